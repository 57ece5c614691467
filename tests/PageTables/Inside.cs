global using static Tierce.PageTables.Inside;
using Tierce.Abi;

using Tierce.PageTables;

[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Tierce.PageTables
{
    /// <summary>What lies inside a guest.</summary>
    internal static unsafe class Inside
    {
        /// <summary>Its cache.</summary>
        public static PageTableCache* Cache(Guest* guest) => (PageTableCache*)guest;

        /// <summary>Whether it has a copy of a frame.</summary>
        public static bool IsCached(Guest* guest, ulong frame) => Cache(guest)->Tables.NextCopy(frame, TablePool.None) != TablePool.None;

        /// <summary>Loads roots as the kernel does: the known pair at once, else the long way.</summary>
        public static Status LoadRoots(Guest* guest, LoadedRoots* roots, ulong kernelFrame, ulong userFrame) =>
            GuestSpace.LoadKnownRoots(guest, roots, kernelFrame, userFrame) ? Status.Ok : GuestSpace.LoadRoots(guest, roots, kernelFrame, userFrame, restartable: false);
    }
}

namespace Tierce.Kernel.Translation.Cache
{
    /// <content>What the checker looks at.</content>
    internal unsafe partial struct GuestNotes
    {
        internal readonly NotePage* Page => _page;

        internal readonly void ToggleDeclared(ulong frame) => _declaredTables[frame >> 3] ^= (byte)(1 << (int)(frame & 7));
    }

    /// <content>What the checker looks at.</content>
    internal unsafe partial struct HoleTables
    {
        internal readonly ulong Top(int slot) => _entries[slot];
    }

    /// <content>What the checker looks at.</content>
    internal unsafe partial struct WatchList
    {
        internal readonly int Count => _count;

        internal readonly ulong Frame(int index) => _watched[index] >> 32;
    }
}

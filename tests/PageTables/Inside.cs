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

        /// <summary>Loads roots as the kernel does: the known pair at once, else the long way.</summary>
        public static Status LoadRoots(Guest* guest, LoadedRoots* roots, ulong kernelFrame, ulong userFrame) =>
            GuestSpace.LoadKnownRoots(guest, roots, kernelFrame, userFrame) ? Status.Ok : GuestSpace.LoadRoots(guest, roots, kernelFrame, userFrame, restartable: false);
    }
}

namespace Tierce.Kernel.Translation.Cache
{
    /// <content>What the checker looks at.</content>
    public unsafe partial struct PageTableCache
    {
        internal readonly int Searches => searches;

        internal readonly int WatchedCount => watchedCount;

        internal readonly NotePage* Notes => notes;

        internal readonly uint Writers(ulong frame) => WritersOf(frame);

        internal readonly bool SaysCached(ulong frame) => HasCopies(frame);

        internal readonly ulong HoleTop(int slot) => holeEntries[slot];

        internal readonly ulong WatchedFrame(int index) => watched[index] >> 32;

        internal readonly bool Declared(ulong frame) => ((declaredTables[frame >> 3] >> (int)(frame & 7)) & 1) != 0;

        internal readonly void ToggleDeclared(ulong frame) => declaredTables[frame >> 3] ^= (byte)(1 << (int)(frame & 7));

        internal readonly bool Cached(ulong frame) => Tables.NextCopy(frame, TablePool.None) != TablePool.None;
    }
}

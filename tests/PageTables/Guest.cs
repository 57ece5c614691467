using Tierce.Abi;

[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Tierce.Kernel.Translation;

/// <content>What the checker looks at.</content>
public unsafe partial struct Guest
{
    /// <summary>As the kernel does it: the known pair at once, else the long way.</summary>
    internal Status LoadRoots(LoadedRoots* vcpu, ulong kernelFrame, ulong userFrame) =>
        LoadKnownRoots(vcpu, kernelFrame, userFrame) ? Status.Ok : LoadRoots(vcpu, kernelFrame, userFrame, restartable: false);

    internal readonly ulong FirstPage => firstPage;

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

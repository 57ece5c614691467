using Tierce.Kernel.Translation.Guests;

namespace Tierce.Kernel.Translation.Cache;

/// <summary>
/// Pairs of roots, kernel and user, that were loaded together. When a guest switches to an address space again, one look-up finds both. A
/// pair is a hint: the records of its tables show whether it is still valid.
/// </summary>
internal unsafe struct RootPairs
{
    // SAFETY: room for pairs, in the cache's memory.

    /// <summary>Number of pairs remembered, by kernel frame; a power of two.</summary>
    private const int Most = 64;

    private fixed ulong _pairs[Most];

    /// <summary>
    /// Loads a remembered pair if there is nothing to drain: no note, and no table that the guest can write. The caller loads CR3, which
    /// does all flushes that were deferred.
    /// </summary>
    /// <returns>False if the long way has to do it.</returns>
    public static bool Load(ref PageTableCache cache, LoadedRoots* roots, ulong kernelFrame, ulong userFrame)
    {
        RootPair pair;
        fixed (ulong* all = cache.Pairs._pairs)
        {
            pair = ((RootPair*)all)[Place(kernelFrame)];
        }
        TableRecord* kernel = cache.Tables.Record(pair.KernelRoot);
        TableRecord* user = cache.Tables.Record(pair.UserRoot);
        bool holds = kernel->Frame == kernelFrame && kernel->Level == 4 && kernel->Role == TableRole.Kernel
            && user->Frame == userFrame && user->Level == 4 && user->Role == TableRole.User;
        if (!holds || !cache.Watches.IsEmpty || GuestNotes.Wait(ref cache) || roots->UserRoot == TablePool.None || cache.Options.MovesRoots)
        {
            return false;
        }

        // A virtual CPU releases two roots and takes two. This changes which are loaded; their number changes only if another virtual CPU
        // uses one of them.
        RootSet.Release(ref cache, ref roots->KernelRoot);
        RootSet.Release(ref cache, ref roots->UserRoot);
        RootSet.Hold(ref cache, kernel);
        RootSet.Hold(ref cache, user);
        roots->KernelRoot = pair.KernelRoot;
        roots->UserRoot = pair.UserRoot;
        roots->KernelTop = cache.Tables.Physical(pair.KernelRoot);
        roots->UserTop = cache.Tables.Physical(pair.UserRoot);
        roots->KernelRootFrame = kernelFrame;
        roots->UserRootFrame = userFrame;
        cache.Tlb.IsStale = false;
        cache.Tlb.IsStaleInOtherRoot = false;
        return true;
    }

    public static void Remember(ref PageTableCache cache, LoadedRoots* roots)
    {
        if (roots->UserRoot != TablePool.None)
        {
            fixed (ulong* all = cache.Pairs._pairs)
            {
                ((RootPair*)all)[Place(roots->KernelRootFrame)] = new RootPair { KernelRoot = roots->KernelRoot, UserRoot = roots->UserRoot };
            }
        }
    }

    /// <summary>Frames of a kernel's table and its user's table are often neighbours.</summary>
    private static int Place(ulong kernelFrame) => (int)(kernelFrame ^ (kernelFrame >> 6)) & (Most - 1);

    private struct RootPair
    {
        public int KernelRoot, UserRoot;
    }
}

using Tierce.Kernel.Translation.Guests;

namespace Tierce.Kernel.Translation.Cache;

/// <summary>
/// Pairs of roots, kernel and user, that were loaded together. When a guest switches to an address space again, one look-up finds both. A
/// pair is a hint: the records of its tables show whether it is still valid.
/// </summary>
public unsafe partial struct PageTableCache
{
    // SAFETY: the settings' room for pairs, in the cache's memory.

    /// <summary>Number of pairs remembered, by kernel frame; a power of two.</summary>
    private const int MostPairs = 64;

    /// <summary>
    /// Loads a remembered pair if there is nothing to drain: no note, and no table that the guest can write. The caller loads CR3, which
    /// does all flushes that were deferred.
    /// </summary>
    /// <returns>False if the long way has to do it.</returns>
    private bool LoadPair(LoadedRoots* roots, ulong kernelFrame, ulong userFrame)
    {
        RootPair pair;
        fixed (ulong* all = pairs)
        {
            pair = ((RootPair*)all)[PairPlace(kernelFrame)];
        }

        TableRecord* kernel = Tables.Record(pair.KernelRoot);
        TableRecord* user = Tables.Record(pair.UserRoot);
        bool holds = kernel->Frame == kernelFrame && kernel->Level == 4 && kernel->Role == TableRole.Kernel
            && user->Frame == userFrame && user->Level == 4 && user->Role == TableRole.User;
        if (!holds || watchedCount != 0 || HasNotes || roots->UserRoot == TablePool.None || MovesRoots)
        {
            return false;
        }

        // A virtual CPU releases two roots and takes two. This changes which are loaded; their number changes only if another virtual CPU
        // uses one of them.
        Release(ref roots->KernelRoot);
        Release(ref roots->UserRoot);
        Hold(kernel);
        Hold(user);
        roots->KernelRoot = pair.KernelRoot;
        roots->UserRoot = pair.UserRoot;
        roots->KernelTop = Tables.Physical(pair.KernelRoot);
        roots->UserTop = Tables.Physical(pair.UserRoot);
        roots->KernelRootFrame = kernelFrame;
        roots->UserRootFrame = userFrame;
        staleTlb = false;
        staleInOtherRoot = false;
        return true;
    }

    private void RememberPair(LoadedRoots* roots)
    {
        if (roots->UserRoot != TablePool.None)
        {
            fixed (ulong* all = pairs)
            {
                ((RootPair*)all)[PairPlace(roots->KernelRootFrame)] = new RootPair { KernelRoot = roots->KernelRoot, UserRoot = roots->UserRoot };
            }
        }
    }

    private void Hold(TableRecord* root)
    {
        loadedRoots += root->Loaded == 0 ? 1 : 0;
        root->Loaded++;
    }

    /// <summary>Frames of a kernel's table and its user's table are often neighbours.</summary>
    private static int PairPlace(ulong kernelFrame) => (int)(kernelFrame ^ (kernelFrame >> 6)) & (MostPairs - 1);

    private struct RootPair
    {
        public int KernelRoot, UserRoot;
    }
}

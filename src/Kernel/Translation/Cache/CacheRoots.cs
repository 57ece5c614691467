using System.Numerics;
using System.Threading;
using Tierce.Abi;
using Tierce.Kernel.Arch;
using Tierce.Kernel.Arch.Formats;
using Tierce.Kernel.Translation.Guests;

namespace Tierce.Kernel.Translation.Cache;

/// <summary>Loads guest frames as roots: finds or makes their copies.</summary>
internal static unsafe class CacheRoots
{
    // SAFETY: tables of the cache by index; the kernel's half of its own top-level table.

    /// <summary>See <see cref="GuestSpace.ReleaseRoots"/>.</summary>
    public static void Release(ref PageTableCache cache, LoadedRoots* roots)
    {
        RootSet.Release(ref cache, ref roots->KernelRoot);
        RootSet.Release(ref cache, ref roots->UserRoot);
    }

    /// <summary>See <see cref="GuestSpace.LoadKnownRoots"/>.</summary>
    public static bool LoadKnown(ref PageTableCache cache, LoadedRoots* roots, ulong kernelFrame, ulong userFrame) =>
        cache.Guest.Owns(kernelFrame) && cache.Guest.Owns(userFrame) && RootPairs.Load(ref cache, roots, kernelFrame, userFrame);

    /// <summary>See <see cref="GuestSpace.LoadRoots"/>.</summary>
    public static Status Load(ref PageTableCache cache, LoadedRoots* roots, ulong kernelFrame, ulong userFrame, bool restartable)
    {
        if (!cache.Guest.Owns(kernelFrame) || !cache.Guest.Owns(userFrame))
        {
            return Status.BadFrame;
        }

        if (cache.Roots.Loaded + 2 > RootSet.MostLoaded || !RootSet.CanPin(ref cache, 2, CacheLinks.TablesToEvict))
        {
            return Status.NoMemory;
        }

        if (!CacheDrain.Run(ref cache, restartable ? roots : null))
        {
            return Status.Again;
        }

        WatchList.MakeRoom(ref cache);
        cache.Work.Searches = 0;

        // The old roots stay as they are, because the processor walks one of them until the caller loads the new one.
        int kernelRoot = Take(ref cache, kernelFrame, TableRole.Kernel, roots->KernelRoot);
        int userRoot = userFrame != 0 ? Take(ref cache, userFrame, TableRole.User, TablePool.None) : TablePool.None;
        Release(ref cache, roots);
        roots->KernelRoot = kernelRoot;
        roots->UserRoot = userRoot;
        roots->KernelTop = cache.Tables.Physical(kernelRoot);
        roots->UserTop = userFrame != 0 ? cache.Tables.Physical(userRoot) : 0;
        roots->KernelRootFrame = kernelFrame;
        roots->UserRootFrame = userFrame;
        RootPairs.Remember(ref cache, roots);
        TlbState.Flush(ref cache);
        return Status.Ok;
    }

    private static int Take(ref PageTableCache cache, ulong frame, TableRole role, int template)
    {
        int root = cache.Tables.Find(frame, 4, role);
        if (root == TablePool.None)
        {
            root = Make(ref cache, frame, role);
            if (template != TablePool.None && cache.Options.FillsAhead)
            {
                LinkKernelHalf(ref cache, root, template);
            }
        }

        RootSet.Keep(ref cache, root);
        RootSet.Hold(ref cache, cache.Tables.Record(root));
        return root;
    }

    private static int Make(ref PageTableCache cache, ulong frame, TableRole role)
    {
        if (!CacheLinks.Reserve(ref cache, 1))
        {
            Machine.Panic("page-table cache cannot hold a root"u8, frame);
        }

        int root = CacheLinks.Add(ref cache, frame, 4, role);
        ulong* top = cache.Tables.Entries(root);
        ulong* kernel = Machine.KernelTable;
        for (int slot = HoleLayout.FirstKernelSlot; slot < HoleLayout.EndSlot; slot++)
        {
            top[slot] = kernel[slot];
        }

        if (role == TableRole.Kernel)
        {
            HoleTables.CopyTo(ref cache, top);
        }

        return root;
    }

    /// <summary>
    /// Links a new kernel root to the tables of the kernel half that another root has, where the guest's entries agree. Without this the
    /// first use of each would be a fault.
    /// </summary>
    private static void LinkKernelHalf(ref PageTableCache cache, int root, int template)
    {
        const ulong Needed = PageEntry.Present | PageEntry.Accessed;
        ulong* entries = cache.Tables.Entries(root);
        ulong* others = cache.Tables.Entries(template);
        ulong* guestEntries = cache.Guest.Entry(cache.Tables.Record(root)->Frame, 0);
        ulong lines = cache.Tables.Record(template)->Lines >> (HoleLayout.EndSlot / 8) << (HoleLayout.EndSlot / 8);
        for (; lines != 0; lines &= lines - 1)
        {
            int first = BitOperations.TrailingZeroCount(lines) << 3;
            WorkMeter.Charge(ref cache, 8);
            for (int slot = first; slot < first + 8; slot++)
            {
                ulong guest = Volatile.Read(ref guestEntries[slot]);
                if ((others[slot] & PageEntry.Present) == 0 || (guest & (Needed | PageEntry.Large)) != Needed)
                {
                    continue;
                }

                int child = cache.Tables.Linked(others[slot]);
                if (cache.Tables.Record(child)->Frame == PageEntry.Frame(guest))
                {
                    entries[slot] = cache.Tables.Physical(child) | CacheLinks.LinkFlags | (guest & (PageEntry.Writable | PageEntry.NoExecute));
                    CacheLinks.AddParent(ref cache, child, (root << 9) | slot);
                }
            }
        }
    }
}

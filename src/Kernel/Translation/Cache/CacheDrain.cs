using System.Numerics;
using System.Runtime.CompilerServices;
using System.Threading;
using Tierce.Abi;
using Tierce.Kernel.Arch;
using Tierce.Kernel.Arch.Formats;
using Tierce.Kernel.Translation.Guests;

namespace Tierce.Kernel.Translation.Cache;

/// <summary>
/// Brings the cache up to date: entries that the ROM has noted, and tables that the guest can write without a note ("watched"). After a
/// drain every cached entry is what a walk of the guest's tables would give.
/// </summary>
internal static unsafe class CacheDrain
{
    // SAFETY: tables of the cache by index; a line of entries does not leave its table.

    /// <summary>Whether the current drain stops here, because an interrupt has woken a thread.</summary>
    public static bool EndsEarly(ref PageTableCache cache) => cache.Work.IsWoken && cache.Progress.Caller != null;

    /// <summary>The drain for a call of a virtual CPU that can be made again; null: runs to the end.</summary>
    /// <returns>False if it was preempted because an interrupt woke a thread. When the same virtual CPU makes the call again, the drain
    /// continues where it stopped.</returns>
    public static bool Run(ref PageTableCache cache, LoadedRoots* caller)
    {
        if (caller == null || caller != cache.Progress.Caller)
        {
            // Another virtual CPU's part of a drain may have been done before this drain began, so it does not count.
            cache.Progress.WatchedDone = 0;
            cache.Progress.ResyncNext = cache.Progress.ResyncNext == 0 ? 0 : 1;
        }

        cache.Progress.Caller = caller;
        cache.Work.IsWoken = false;
        bool finished = GuestNotes.Take(ref cache) && SyncAll(ref cache) && WatchList.Sync(ref cache);
        if (finished)
        {
            cache.Progress.Caller = null;
            cache.Tlb.IsStale = cache.Tlb.IsStale | cache.Tlb.IsStaleInOtherRoot;
            cache.Tlb.IsStaleInOtherRoot = false;
        }

        TlbState.Flush(ref cache);
        return finished;
    }

    /// <summary>
    /// INVLPG: brings the entries of one address in the loaded roots up to date. Notes and watched tables stay until a drain.
    /// </summary>
    public static void SyncAddress(ref PageTableCache cache, LoadedRoots* roots, ulong address)
    {
        // Otherwise an address that no instruction can use would lead into the slots of the hole.
        address = PageEntry.Canonical(address);
        bool stale = cache.Tlb.IsStale;
        bool leafAlone = SyncPath(ref cache, roots->KernelRoot, address, TablePool.None);
        if (roots->UserRoot != TablePool.None)
        {
            // The user half is usually shared: the part below is done already.
            ulong link = cache.Tables.Entries(roots->KernelRoot)[PageEntry.Index(address, 4)];
            leafAlone &= SyncPath(ref cache, roots->UserRoot, address, (link & PageEntry.Present) != 0 ? cache.Tables.Linked(link) : TablePool.None);
        }

        Machine.InvalidatePage(address);
        if (leafAlone && !stale)
        {
            // The guest kernel root is loaded, and the other is flushed when it is loaded. A second address that reaches the same leaf may
            // keep the old translation until it is flushed, which the guest has not requested yet.
            cache.Tlb.IsStaleInOtherRoot = cache.Tlb.IsStaleInOtherRoot | cache.Tlb.IsStale;
            cache.Tlb.IsStale = false;
        }

        TlbState.Flush(ref cache);
    }

    /// <summary>See <see cref="GuestSpace.TakeNotes"/>; the caller has seen that there are notes.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void TakeNotes(ref PageTableCache cache, LoadedRoots* roots)
    {
        cache.Progress.Caller = null;
        cache.Notes.IsUncachedNoted = false;
        _ = GuestNotes.Take(ref cache);
        if (cache.Progress.ResyncNext != 0)
        {
            SyncAll(ref cache);
        }

        if (cache.Tlb.IsStale | cache.Tlb.IsStaleInOtherRoot)
        {
            SettleStale(ref cache);
        }

        if (cache.Notes.IsUncachedNoted && roots->FaultAddress != 0 && roots->UserRoot != TablePool.None && cache.Options.FillsAhead)
        {
            FillAfterFault(ref cache, roots);
        }
    }

    /// <summary>Settles what the coming load of the guest user root flushes: all that is not global.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void SettleStale(ref PageTableCache cache)
    {
        if (Machine.KeepsGlobals)
        {
            TlbState.Flush(ref cache);
            return;
        }

        cache.Tlb.IsStale = false;
        cache.Tlb.IsStaleInOtherRoot = false;
    }

    /// <summary>
    /// Fills the entry of the last page fault of guest user, if the guest has mapped something in a table without a copy since: the access
    /// will be made again and would miss. Fills as for a read, so that an entry is writable only if the guest itself has marked it dirty.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void FillAfterFault(ref PageTableCache cache, LoadedRoots* roots)
    {
        ulong address = roots->FaultAddress;
        roots->FaultAddress = 0;
        _ = CacheFill.Fill(ref cache, roots, true, address, 0);
    }

    /// <summary>Compares the entries that translate an address, from a root down to a table below which that is done already.</summary>
    /// <returns>False if more than the leaf may have changed.</returns>
    private static bool SyncPath(ref PageTableCache cache, int root, ulong address, int done)
    {
        if (address >= HoleLayout.Start && address < HoleLayout.End)
        {
            return true;
        }

        int table = root;
        bool leafAlone = true;
        for (int level = 4; level > 1; level--)
        {
            ulong* entry = PageEntry.Of(cache.Tables.Entries(table), address, level);
            ulong before = *entry;
            if ((before & PageEntry.Present) == 0)
            {
                return leafAlone;
            }

            if (LinkUpdated(ref cache, cache.Tables.Record(table), entry, before) != before)
            {
                leafAlone = false;
                SyncLink(ref cache, table, entry);
                if ((*entry & PageEntry.Present) == 0)
                {
                    return false;
                }
            }

            table = cache.Tables.Linked(before);
            if (table == done)
            {
                return leafAlone;
            }
        }

        CacheLeaves.SyncLeaf(ref cache, cache.Tables.Record(table), PageEntry.Of(cache.Tables.Entries(table), address, 1), fills: false);
        return leafAlone;
    }

    /// <summary>Compares all tables after an overflow of the notes, from where an earlier call was preempted.</summary>
    /// <returns>False if it was preempted.</returns>
    private static bool SyncAll(ref PageTableCache cache)
    {
        while (cache.Progress.ResyncNext != 0)
        {
            int table = cache.Progress.ResyncNext - 1;
            if (table == cache.Tables.Count)
            {
                cache.Progress.ResyncNext = 0;
                return true;
            }

            cache.Progress.ResyncNext++;
            TableRecord* record = cache.Tables.Record(table);
            WorkMeter.Charge(ref cache, 1);
            if (record->Level != 0 && record->Role != TableRole.Hole)
            {
                SyncTable(ref cache, table);
            }

            if (EndsEarly(ref cache))
            {
                return false;
            }
        }

        return true;
    }

    public static void SyncCopies(ref PageTableCache cache, ulong frame)
    {
        for (int table = cache.Tables.NextCopy(frame, TablePool.None); table != TablePool.None; table = cache.Tables.NextCopy(frame, table))
        {
            SyncTable(ref cache, table);
        }
    }

    private static void SyncTable(ref PageTableCache cache, int table)
    {
        TableRecord* record = cache.Tables.Record(table);
        ulong* entries = cache.Tables.Entries(table);
        ulong lines = record->Lines;
        while (lines != 0)
        {
            // The lowest run of consecutive lines: adding the lowest one carries through them.
            ulong others = lines & (lines + (lines & (0 - lines)));
            int first = BitOperations.TrailingZeroCount(lines) << 3;
            int end = (64 - BitOperations.LeadingZeroCount(lines ^ others)) << 3;
            lines = others;
            if (record->Level == 1)
            {
                CacheLeaves.SyncLines(ref cache, record, entries + first, entries + end);
            }
            else
            {
                SyncLinks(ref cache, table, record, entries + first, entries + end);
            }
        }
    }

    public static void SyncLinks(ref PageTableCache cache, int table, TableRecord* record, ulong* place, ulong* end)
    {
        for (; place < end; place++)
        {
            WorkMeter.Charge(ref cache, 1);

            // The entries in the hole of a top-level table belong to the monitor and the kernel.
            if ((*place & PageEntry.Present) != 0 && (record->Level != 4 || !HoleTables.IsSlot(PageEntry.Slot(place))))
            {
                SyncLink(ref cache, table, place);
            }
        }
    }

    /// <summary>Updates a present link from the guest's entry, or removes it.</summary>
    private static void SyncLink(ref PageTableCache cache, int table, ulong* entry)
    {
        ulong updated = LinkUpdated(ref cache, cache.Tables.Record(table), entry, *entry);
        if (updated == 0)
        {
            CacheLinks.Unlink(ref cache, table, PageEntry.Slot(entry));
        }
        else if (*entry != updated)
        {
            *entry = updated;
            cache.Tlb.IsStale = true;
        }
    }

    /// <summary>The value that a present link of a table should have by the guest's current entry; 0: absent.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong LinkUpdated(ref PageTableCache cache, TableRecord* record, ulong* entry, ulong link)
    {
        ulong guest = Volatile.Read(ref *CacheLeaves.Original(ref cache, record, entry));
        TableRecord* child = cache.Tables.Record(cache.Tables.Linked(link));

        // A kernel root may link to the shared half only while user mode may use it, because the tables below may be global.
        ulong needed = LeafForm.Required(child->Role);
        bool usable = (guest & (needed | PageEntry.Large)) == needed && child->Frame == PageEntry.Frame(guest);
        return usable ? (link & (PageEntry.AddressMask | CacheLinks.LinkFlags)) | (guest & (PageEntry.Writable | PageEntry.NoExecute)) : 0;
    }
}

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
public unsafe partial struct PageTableCache
{
    /// <summary>Most watched tables. When all places are used, a drain makes room.</summary>
    private const int MostWatched = 256;

    /// <summary>Watches that one fill may need.</summary>
    private const int WatchesOfOneFill = 8;

    private const int NoLeaf = -1;

    /// <summary>Brings all noted and watched tables up to date and flushes the TLB if an entry that may be in it changed.</summary>
    public void Drain() => Drain(null);

    /// <summary>The drain for a call of a virtual CPU that can be made again; null: runs to the end.</summary>
    /// <returns>False if it was preempted because an interrupt woke a thread. When the same virtual CPU makes the call again, the drain
    /// continues where it stopped.</returns>
    public bool Drain(LoadedRoots* caller)
    {
        if (caller == null || caller != drainer)
        {
            // Another virtual CPU's part of a drain may have been done before this drain began, so it does not count.
            watchedDone = 0;
            resyncNext = resyncNext == 0 ? 0 : 1;
        }

        drainer = caller;
        woken = false;
        bool finished = TakeNotes() && SyncAll() && SyncWatched();
        if (finished)
        {
            drainer = null;
            staleTlb |= staleInOtherRoot;
            staleInOtherRoot = false;
        }

        FlushStale();
        return finished;
    }

    /// <summary>
    /// INVLPG: brings the entries of one address in the loaded roots up to date. Notes and watched tables stay until a drain.
    /// </summary>
    public void Invalidate(LoadedRoots* roots, ulong address)
    {
        // Otherwise an address that no instruction can use would lead into the slots of the hole.
        address = PageEntry.Canonical(address);
        bool stale = staleTlb;
        bool leafAlone = SyncPath(roots->KernelRoot, address, TablePool.None);
        if (roots->UserRoot != TablePool.None)
        {
            // The user half is usually shared: the part below is done already.
            ulong link = Tables.Entries(roots->KernelRoot)[PageEntry.Index(address, 4)];
            leafAlone &= SyncPath(roots->UserRoot, address, (link & PageEntry.Present) != 0 ? Tables.Linked(link) : TablePool.None);
        }

        Machine.InvalidatePage(address);
        if (leafAlone && !stale)
        {
            // The guest kernel root is loaded, and the other is flushed when it is loaded. A second address that reaches the same leaf may
            // keep the old translation until it is flushed, which the guest has not requested yet.
            staleInOtherRoot |= staleTlb;
            staleTlb = false;
        }

        FlushStale();
    }

    /// <summary>
    /// Takes the notes before guest user resumes, so that what the guest's kernel has just mapped costs no fault. Loading the guest user
    /// root, which follows, flushes translations that are not global.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void TakeNotesBeforeUser(LoadedRoots* roots)
    {
        if (HasNotes)
        {
            TakeWaitingNotes(roots);
        }
    }

    /// <summary><see cref="TakeNotesBeforeUser"/> for a caller that has tested <see cref="HasNotes"/>.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void TakeWaitingNotes(LoadedRoots* roots)
    {
        drainer = null;
        notedUncached = false;
        _ = TakeNotes();
        if (resyncNext != 0)
        {
            SyncAll();
        }

        if (staleTlb | staleInOtherRoot)
        {
            SettleStale();
        }

        if (notedUncached && roots->FaultAddress != 0 && roots->UserRoot != TablePool.None && FillsAhead)
        {
            FillAfterFault(roots);
        }
    }

    /// <summary>Settles what the coming load of the guest user root flushes: all that is not global.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void SettleStale()
    {
        if (Machine.KeepsGlobals)
        {
            FlushStale();
            return;
        }

        staleTlb = false;
        staleInOtherRoot = false;
    }

    /// <summary>
    /// Fills the entry of the last page fault of guest user, if the guest has mapped something in a table without a copy since: the access
    /// will be made again and would miss. Fills as for a read, so that an entry is writable only if the guest itself has marked it dirty.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void FillAfterFault(LoadedRoots* roots)
    {
        ulong address = roots->FaultAddress;
        roots->FaultAddress = 0;
        _ = Fill(roots, true, address, 0);
    }

    /// <summary>Whether there are notes to take.</summary>
    public readonly bool HasNotes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Volatile.Read(ref notes->Count) != 0 || resyncNext != 0;
    }

    /// <summary>Compares the entries that translate an address, from a root down to a table below which that is done already.</summary>
    /// <returns>False if more than the leaf may have changed.</returns>
    private bool SyncPath(int root, ulong address, int done)
    {
        if (address >= HoleLayout.Start && address < HoleLayout.End)
        {
            return true;
        }

        int table = root;
        bool leafAlone = true;
        for (int level = 4; level > 1; level--)
        {
            ulong* entry = PageEntry.Of(Tables.Entries(table), address, level);
            ulong before = *entry;
            if ((before & PageEntry.Present) == 0)
            {
                return leafAlone;
            }

            if (LinkUpdated(Tables.Record(table), entry, before) != before)
            {
                leafAlone = false;
                SyncLink(table, entry);
                if ((*entry & PageEntry.Present) == 0)
                {
                    return false;
                }
            }

            table = Tables.Linked(before);
            if (table == done)
            {
                return leafAlone;
            }
        }

        SyncLeaf(Tables.Record(table), PageEntry.Of(Tables.Entries(table), address, 1), fills: false);
        return leafAlone;
    }

    /// <returns>False if it was preempted. The remaining notes are then at the front of the page.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TakeNotes()
    {
        searches = 0;

        // SAFETY: the note page is guest memory; each word is read once and only guides what is re-read and checked.
        uint count = Interlocked.Exchange(ref notes->Count, 0);
        notes->Next = 0;
        if (count > NotePage.Capacity)
        {
            resyncNext = 1;
            return true;
        }

        ulong* first = &notes->First;
        for (uint i = 0; i < count; i++)
        {
            TakeNote(Volatile.Read(ref first[i]));
            if (GivesWay && i + 1 < count)
            {
                KeepNotes(i + 1, count - i - 1);
                return false;
            }
        }

        return true;
    }

    /// <summary>Moves the notes that are not taken yet, from place <paramref name="from"/> on, to the front of the page.</summary>
    private readonly void KeepNotes(uint from, uint count)
    {
        ulong* first = &notes->First;
        for (uint i = 0; i < count; i++)
        {
            first[i] = first[from + i];
        }

        Volatile.Write(ref notes->Count, count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void TakeNote(ulong note)
    {
        ChargeWork(EntriesOfSearch);
        ulong frame = PageEntry.Frame(note);
        if (!Guest.Owns(frame) || !HasCopies(frame))
        {
            notedUncached = true;
            return;
        }

        switch ((NoteKind)(note & 7))
        {
            case NoteKind.Entry:
                SyncNoted(frame, note);
                break;
            case NoteKind.Drop:
                DropCopies(frame);
                break;
            default:
                break;
        }
    }

    /// <summary>Compares all tables after an overflow of the notes, from where an earlier call was preempted.</summary>
    /// <returns>False if it was preempted.</returns>
    private bool SyncAll()
    {
        while (resyncNext != 0)
        {
            int table = resyncNext - 1;
            if (table == Tables.Count)
            {
                resyncNext = 0;
                return true;
            }

            resyncNext++;
            TableRecord* record = Tables.Record(table);
            ChargeWork(1);
            if (record->Level != 0 && record->Role != TableRole.Hole)
            {
                SyncTable(table);
            }

            if (GivesWay)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Compares the entry of a note, and as many after it as the note counts, in all copies of a table.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void SyncNoted(ulong frame, ulong note)
    {
        uint more = (uint)(note >> NotePage.MoreShift);
        TableRecord* record;
        for (int table = Tables.First(frame); table != TablePool.None; table = record->Next)
        {
            record = Tables.Record(table);
            if (record->Frame != frame)
            {
                continue;
            }

            ulong* place = (ulong*)((byte*)Tables.Entries(table) + (note & 0xff8));
            if (more != 0 || record->Level != 1)
            {
                SyncRun(table, record, place, more);
            }
            else
            {
                SyncLeaf(record, place, FillsAhead);
            }
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void SyncRun(int table, TableRecord* record, ulong* place, uint more)
    {
        ulong* end = (ulong*)(((ulong)place | 0xfff) + 1);
        ulong* last = more < EntryCount(place, end) ? place + more + 1 : end;
        if (record->Level != 1)
        {
            SyncLinks(table, record, place, last);
        }
        else if (FillsAhead)
        {
            for (; place < last; place += LeavesAtOnce)
            {
                SyncLeaves(record, place, EntryCount(place, last) < LeavesAtOnce ? last : place + LeavesAtOnce);
            }
        }
        else
        {
            for (; place < last; place++)
            {
                ChargeWork(EntriesOfChange);
                SyncLeaf(record, place, fills: false);
            }
        }
    }

    private void SyncCopies(ulong frame)
    {
        for (int table = Tables.NextCopy(frame, TablePool.None); table != TablePool.None; table = Tables.NextCopy(frame, table))
        {
            SyncTable(table);
        }
    }

    private void SyncTable(int table)
    {
        TableRecord* record = Tables.Record(table);
        ulong* entries = Tables.Entries(table);
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
                SyncLines(record, entries + first, entries + end);
            }
            else
            {
                SyncLinks(table, record, entries + first, entries + end);
            }
        }
    }

    private void SyncLinks(int table, TableRecord* record, ulong* place, ulong* end)
    {
        for (; place < end; place++)
        {
            ChargeWork(1);

            // The entries in the hole of a top-level table belong to the monitor and the kernel.
            if ((*place & PageEntry.Present) != 0 && (record->Level != 4 || !IsHoleSlot(PageEntry.Slot(place))))
            {
                SyncLink(table, place);
            }
        }
    }

    private static bool IsHoleSlot(int slot) => slot is >= HoleLayout.FirstSlot and < HoleLayout.EndSlot;

    /// <summary>Updates a present link from the guest's entry, or removes it.</summary>
    private void SyncLink(int table, ulong* entry)
    {
        ulong updated = LinkUpdated(Tables.Record(table), entry, *entry);
        if (updated == 0)
        {
            Unlink(table, PageEntry.Slot(entry));
        }
        else if (*entry != updated)
        {
            *entry = updated;
            staleTlb = true;
        }
    }

    /// <summary>The value that a present link of a table should have by the guest's current entry; 0: absent.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly ulong LinkUpdated(TableRecord* record, ulong* entry, ulong link)
    {
        ulong guest = Volatile.Read(ref *Original(record, entry));
        TableRecord* child = Tables.Record(Tables.Linked(link));

        // A kernel root may link to the shared half only while user mode may use it, because the tables below may be global.
        ulong needed = RequiredBits(child->Role);
        bool usable = (guest & (needed | PageEntry.Large)) == needed && child->Frame == PageEntry.Frame(guest);
        return usable ? (link & (PageEntry.AddressMask | LinkFlags)) | (guest & (PageEntry.Writable | PageEntry.NoExecute)) : 0;
    }

    /// <summary>
    /// Removes the write right from the leaves that gave it, then compares. A table that is still writable elsewhere stays watched.
    /// </summary>
    /// <returns>False if it was preempted. The entries that it has compared are then at the front of <c>watched</c>.</returns>
    private bool SyncWatched()
    {
        int kept = watchedDone;
        int count = watchedCount;
        int next = kept;
        while (next < count && (next == watchedDone || !GivesWay))
        {
            int leaf = (int)watched[next];
            ulong frame = watched[next] >> 32;
            next++;
            if (leaf != NoLeaf)
            {
                Protect(leaf, frame);
            }

            ChargeWork(EntriesOfSearch + ((uint)kept / 2));
            SyncCopies(frame);
            if (WritersOf(frame) != 0 && HasCopies(frame) && !IsWatched(frame, kept))
            {
                watched[kept++] = (frame << 32) | 0xffff_ffff;
            }
        }

        watchedDone = next < count ? kept : 0;
        bool finished = next == count;
        while (next < count)
        {
            watched[kept++] = watched[next++];
        }

        watchedCount = kept;
        return finished;
    }

    /// <summary>Removes the write right from a leaf, if it still maps that frame.</summary>
    private void Protect(int leaf, ulong frame)
    {
        int table = leaf >> 9;
        int slot = leaf & (PageEntry.Count - 1);
        ulong* place = &Tables.Entries(table)[slot];
        ulong entry = *place;
        bool writable = Tables.Record(table)->Level == 1 && (entry & PageEntry.Present) != 0 && (entry & PageEntry.Writable) != 0;
        if (writable && PageEntry.Frame(entry) == Guest.FirstPage + frame)
        {
            SetLeaf(Tables.Record(table), place, entry & ~PageEntry.Writable);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void MakeRoomToWatch()
    {
        if (watchedCount > MostWatched - WatchesOfOneFill)
        {
            ShortenWatched();
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ShortenWatched()
    {
        Drain();
        if (watchedCount > MostWatched - WatchesOfOneFill)
        {
            // The guest can write more tables unnoticed than can be watched: drop the copies of all of them.
            DropWatched();
        }
    }

    private void DropWatched()
    {
        int kept = 0;
        watchedDone = 0;
        for (int i = 0; i < watchedCount; i++)
        {
            ulong frame = watched[i] >> 32;
            ChargeWork(EntriesOfSearch + ((uint)kept / 2));
            DropCopies(frame);

            // Only loaded roots still have copies, and these are fewer than the places.
            if (HasCopies(frame) && !IsWatched(frame, kept))
            {
                watched[kept++] = (frame << 32) | 0xffff_ffff;
            }
        }

        watchedCount = kept;
    }

    private readonly bool IsWatched(ulong frame, int count)
    {
        for (int i = 0; i < count; i++)
        {
            if (watched[i] >> 32 == frame)
            {
                return true;
            }
        }

        return false;
    }

    private void Watch(ulong frame, int leaf)
    {
        for (int i = 0; i < watchedCount; i++)
        {
            if (watched[i] >> 32 == frame && ((int)watched[i] == leaf || leaf == NoLeaf))
            {
                return;
            }
        }

        watched[watchedCount++] = (frame << 32) | (uint)leaf;
    }
}

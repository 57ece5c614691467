using System.Numerics;
using System.Runtime.CompilerServices;
using System.Threading;
using Tierce.Abi;
using Tierce.Kernel.Arch;
using Tierce.Kernel.Arch.Formats;
using Tierce.Kernel.UserState;
using Tierce.Kernel.VirtualCpu;

namespace Tierce.Kernel.Translation;

/// <summary>
/// Bringing the cache up to date: what the ROM has noted, and the tables that the guest can write without a word
/// ("watched"). After a drain every cached entry is what a walk of the guest's tables would give.
/// </summary>
public unsafe partial struct Guest
{
    /// <summary>Most watched tables; when they are used up, a drain makes room.</summary>
    private const int MostWatched = 256;

    /// <summary>Watches that one fill may need.</summary>
    private const int WatchesOfOneFill = 8;

    private const int NoLeaf = -1;

    /// <summary>Brings all noted and watched tables up to date and flushes the TLB if an entry that may be in it changed.</summary>
    public void Drain() => Drain(null);

    /// <summary>The same for a call of a virtual CPU's that can be made again; null: to the end.</summary>
    /// <returns>False if it gave way to whoever an interrupt has woken. Made again by the same virtual CPU, it goes on where it was.</returns>
    public bool Drain(VCpu* caller)
    {
        if (caller == null || caller != drainer)
        {
            // What another has done of a drain may have been before this one began.
            watchedDone = 0;
            resyncNext = resyncNext == 0 ? 0 : 1;
        }

        drainer = caller;
        woken = false;
        bool finished = TakeNotes() && SyncAll() && SyncWatched();
        if (finished)
        {
            drainer = null;
            staleTlb |= staleElsewhere;
            staleElsewhere = false;
        }

        FlushStale();
        return finished;
    }

    /// <summary>
    /// INVLPG: brings what the loaded roots hold of one address up to date. Tables that the guest can write stay watched, and
    /// notes stay noted, until a drain.
    /// </summary>
    public void Invalidate(VCpu* vcpu, ulong address)
    {
        // Else an address that no instruction can use would lead into the slots of the hole.
        address = ResumeState.Canonical(address);
        bool stale = staleTlb;
        bool leafAlone = SyncPath(vcpu->KernelRoot, address, TablePool.None);
        if (vcpu->UserRoot != TablePool.None)
        {
            // The user half is shared as a rule: what is below is done.
            ulong link = Tables.Entries(vcpu->KernelRoot)[PageEntry.Index(address, 4)];
            leafAlone &= SyncPath(vcpu->UserRoot, address, (link & PageEntry.Present) != 0 ? Tables.Linked(link) : TablePool.None);
        }

        Machine.InvalidatePage(address);
        if (leafAlone && !stale)
        {
            // The guest kernel root is loaded, and the other is flushed when it is. A second address that reaches the same leaf
            // may keep the old one until it is flushed, which the guest has not asked for yet.
            staleElsewhere |= staleTlb;
            staleTlb = false;
        }

        FlushStale();
    }

    /// <summary>
    /// Takes the notes before guest user mode goes on, so that what the guest's kernel has just mapped costs no fault. Loading
    /// the guest user root, which follows, flushes the TLB of what is not global.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void TakeNotesBeforeUser(VCpu* vcpu)
    {
        if (HasNotes)
        {
            TakeWaitingNotes(vcpu);
        }
    }

    /// <summary><see cref="TakeNotesBeforeUser"/> where <see cref="HasNotes"/> is known.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void TakeWaitingNotes(VCpu* vcpu)
    {
        drainer = null;
        notedUncached = false;
        _ = TakeNotes();
        if (resyncNext != 0)
        {
            SyncAll();
        }

        if (staleTlb | staleElsewhere)
        {
            SettleStale();
        }

        if (notedUncached && vcpu->FaultAddress != 0 && vcpu->UserRoot != TablePool.None && FillsAhead)
        {
            FillAfterFault(vcpu);
        }
    }

    /// <summary>The guest user root is about to be loaded: what is not global goes by that.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void SettleStale()
    {
        if (Machine.KeepsGlobals)
        {
            FlushStale();
            return;
        }

        staleTlb = false;
        staleElsewhere = false;
    }

    /// <summary>
    /// The guest has mapped something in a table without a copy, after a fault of its user mode: the access that is made again would miss.
    /// Filled as for a read: what the guest has not marked dirty itself is not.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void FillAfterFault(VCpu* vcpu)
    {
        ulong address = vcpu->FaultAddress;
        vcpu->FaultAddress = 0;
        _ = Fill(vcpu, true, address, 0);
    }

    /// <summary>Whether <see cref="TakeNotesBeforeUser"/> has something to do.</summary>
    public readonly bool HasNotes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Volatile.Read(ref notes->Count) != 0 || resyncNext != 0;
    }

    /// <summary>Where the ROM counts its notes, for entry code.</summary>
    public readonly uint* NoteCount => &notes->Count;

    /// <summary>Synchronises the entries that translate an address, from a root down to a table below which that is done.</summary>
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

    /// <returns>False if it gave way; the notes that are left are noted again.</returns>
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

    /// <summary>Notes again what could not be looked at: from place <paramref name="from"/> on, so many.</summary>
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
        Worked(EntriesOfSearch);
        ulong frame = PageEntry.Frame(note);
        if (!Owns(frame) || !HasCopies(frame))
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

    /// <summary>After an overflow of the notes: compares all tables, from where an earlier call of it gave way.</summary>
    /// <returns>False if it gave way.</returns>
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
            Worked(1);
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

    /// <summary>Synchronises the entry of a note, and as many after it as the note counts, in all copies of a table.</summary>
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
        ulong* last = more < Between(place, end) ? place + more + 1 : end;
        if (record->Level != 1)
        {
            SyncLinks(table, record, place, last);
        }
        else if (FillsAhead)
        {
            for (; place < last; place += LeavesAtOnce)
            {
                SyncLeaves(record, place, Between(place, last) < LeavesAtOnce ? last : place + LeavesAtOnce);
            }
        }
        else
        {
            for (; place < last; place++)
            {
                Worked(EntriesOfChange);
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
            // The lowest lines that follow each other: adding the lowest carries through them.
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
            Worked(1);

            // What stands in the hole of a top-level table is the monitor's and the kernel's.
            if ((*place & PageEntry.Present) != 0 && (record->Level != 4 || !IsHoleSlot(PageEntry.Slot(place))))
            {
                SyncLink(table, place);
            }
        }
    }

    private static bool IsHoleSlot(int slot) => slot is >= HoleLayout.FirstSlot and < HoleLayout.EndSlot;

    /// <summary>Makes a present link what the guest's entry says now, or absent.</summary>
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

    /// <summary>What a present link of a table should be by what the guest's entry says now; 0: absent.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly ulong LinkUpdated(TableRecord* record, ulong* entry, ulong link)
    {
        ulong guest = Volatile.Read(ref *Original(record, entry));
        TableRecord* child = Tables.Record(Tables.Linked(link));

        // A kernel root may link to the shared half only while user mode may use it: what is below may be global.
        ulong needed = Needed(child->Role);
        bool usable = (guest & (needed | PageEntry.Large)) == needed && child->Frame == PageEntry.Frame(guest);
        return usable ? (link & (PageEntry.AddressMask | LinkFlags)) | (guest & (PageEntry.Writable | PageEntry.NoExecute)) : 0;
    }

    /// <summary>Takes the right to write from the leaves that gave it, then compares. What is still writable elsewhere stays watched.</summary>
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

            Worked(EntriesOfSearch + ((uint)kept / 2));
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

    /// <summary>Takes the write right from a leaf, if it still maps that frame.</summary>
    private void Protect(int leaf, ulong frame)
    {
        int table = leaf >> 9;
        int slot = leaf & (PageEntry.Count - 1);
        ulong* place = &Tables.Entries(table)[slot];
        ulong entry = *place;
        bool writable = Tables.Record(table)->Level == 1 && (entry & PageEntry.Present) != 0 && (entry & PageEntry.Writable) != 0;
        if (writable && PageEntry.Frame(entry) == firstPage + frame)
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
            // More tables that the guest can write behind our back than can be watched: forget them all.
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
            Worked(EntriesOfSearch + ((uint)kept / 2));
            DropCopies(frame);

            // Only loaded roots still have copies: they are fewer than the places.
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

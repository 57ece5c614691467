using System.Runtime.CompilerServices;
using System.Threading;
using Tierce.Abi;
using Tierce.Kernel.Arch.Formats;

namespace Tierce.Kernel.Translation.Cache;

/// <summary>What the guest's ROM reports of its page tables: the notes of changed entries, and which frames it has declared as tables.</summary>
internal unsafe partial struct GuestNotes
{
    // SAFETY: the note page and the bitmap are guest memory; each word is read once and only guides what is re-read and checked.

    /// <summary>A note named a table without copies.</summary>
    public bool IsUncachedNoted;

    private NotePage* _page;
    private byte* _declaredTables;

    /// <summary>Sets where the guest's reports are.</summary>
    public void Initialise(NotePage* page, byte* declaredTables)
    {
        _page = page;
        _declaredTables = declaredTables;
    }

    /// <summary>Whether the guest has declared a frame as a table.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool Declares(ulong frame) => ((_declaredTables[frame >> 3] >> (int)(frame & 7)) & 1) != 0;

    /// <summary>Whether there are notes to take.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Wait(ref PageTableCache cache) => Volatile.Read(ref cache.Notes._page->Count) != 0 || cache.Progress.ResyncNext != 0;

    /// <returns>False if it was preempted. The remaining notes are then at the front of the page.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Take(ref PageTableCache cache)
    {
        cache.Work.Searches = 0;

        // SAFETY: the note page is guest memory; each word is read once and only guides what is re-read and checked.
        uint count = Interlocked.Exchange(ref cache.Notes._page->Count, 0);
        cache.Notes._page->Next = 0;
        if (count > NotePage.Capacity)
        {
            cache.Progress.ResyncNext = 1;
            return true;
        }

        ulong* first = &cache.Notes._page->First;
        for (uint i = 0; i < count; i++)
        {
            TakeNote(ref cache, Volatile.Read(ref first[i]));
            if (CacheDrain.EndsEarly(ref cache) && i + 1 < count)
            {
                Keep(ref cache, i + 1, count - i - 1);
                return false;
            }
        }

        return true;
    }

    /// <summary>Moves the notes that are not taken yet, from place <paramref name="from"/> on, to the front of the page.</summary>
    private static void Keep(ref PageTableCache cache, uint from, uint count)
    {
        ulong* first = &cache.Notes._page->First;
        for (uint i = 0; i < count; i++)
        {
            first[i] = first[from + i];
        }

        Volatile.Write(ref cache.Notes._page->Count, count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TakeNote(ref PageTableCache cache, ulong note)
    {
        WorkMeter.Charge(ref cache, WorkMeter.EntriesOfSearch);
        ulong frame = PageEntry.Frame(note);
        if (!cache.Guest.Owns(frame) || !cache.Uses.HasCopies(frame))
        {
            cache.Notes.IsUncachedNoted = true;
            return;
        }

        switch ((NoteKind)(note & 7))
        {
            case NoteKind.Entry:
                SyncNoted(ref cache, frame, note);
                break;
            case NoteKind.Drop:
                CacheLinks.DropCopies(ref cache, frame);
                break;
            default:
                break;
        }
    }

    /// <summary>Compares the entry of a note, and as many after it as the note counts, in all copies of a table.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SyncNoted(ref PageTableCache cache, ulong frame, ulong note)
    {
        uint more = (uint)(note >> NotePage.MoreShift);
        TableRecord* record;
        for (int table = cache.Tables.First(frame); table != TablePool.None; table = record->Next)
        {
            record = cache.Tables.Record(table);
            if (record->Frame != frame)
            {
                continue;
            }

            ulong* place = (ulong*)((byte*)cache.Tables.Entries(table) + (note & 0xff8));
            if (more != 0 || record->Level != 1)
            {
                SyncRun(ref cache, table, record, place, more);
            }
            else
            {
                CacheLeaves.SyncLeaf(ref cache, record, place, cache.Options.FillsAhead);
            }
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void SyncRun(ref PageTableCache cache, int table, TableRecord* record, ulong* place, uint more)
    {
        ulong* end = (ulong*)(((ulong)place | 0xfff) + 1);
        ulong* last = more < CacheLeaves.EntryCount(place, end) ? place + more + 1 : end;
        if (record->Level != 1)
        {
            CacheDrain.SyncLinks(ref cache, table, record, place, last);
        }
        else if (cache.Options.FillsAhead)
        {
            for (; place < last; place += CacheLeaves.LeavesAtOnce)
            {
                CacheLeaves.SyncLeaves(ref cache, record, place, CacheLeaves.EntryCount(place, last) < CacheLeaves.LeavesAtOnce ? last : place + CacheLeaves.LeavesAtOnce);
            }
        }
        else
        {
            for (; place < last; place++)
            {
                WorkMeter.Charge(ref cache, WorkMeter.EntriesOfChange);
                CacheLeaves.SyncLeaf(ref cache, record, place, fills: false);
            }
        }
    }
}

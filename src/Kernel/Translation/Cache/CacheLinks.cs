using System.Numerics;
using System.Runtime.CompilerServices;
using Tierce.Kernel.Arch;
using Tierce.Kernel.Arch.Formats;

namespace Tierce.Kernel.Translation.Cache;

/// <summary>The links within the cache: making, dropping and evicting copies, and counting the writers of each frame.</summary>
public unsafe partial struct PageTableCache
{
    /// <summary>Most searches of the whole cache for a table's links in one entry to the kernel.</summary>
    private const int MostSearches = 8;

    /// <summary>Makes an empty copy of a guest's table. If the guest can write that frame already, it is watched.</summary>
    private int CacheTable(ulong frame, int level, TableRole role)
    {
        int table = Tables.Take(frame, level, role);
        writers[frame] |= CopiesFlag;
        if (WritersOf(frame) != 0)
        {
            Watch(frame, NoLeaf);
        }

        return table;
    }

    private void Give(int table)
    {
        Invariant.Holds(Tables.Record(table)->Level != 0 && Tables.Record(table)->Lines == 0);
        ulong frame = Tables.Record(table)->Frame;
        if (Tables.Record(table)->Level == 4)
        {
            ForgetRoot(table);
        }

        Tables.Give(table);
        if (Tables.NextCopy(frame, TablePool.None) == TablePool.None)
        {
            writers[frame] &= ~CopiesFlag;
        }
    }

    private readonly uint WritersOf(ulong frame) => writers[frame] & ~CopiesFlag;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly bool HasCopies(ulong frame) => (writers[frame] & CopiesFlag) != 0;

    /// <summary>Sets a leaf and keeps count of the frame's writers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void SetLeaf(TableRecord* record, ulong* place, ulong entry)
    {
        Invariant.Holds(record->Level == 1 && (entry == 0 || (entry & PageEntry.Present) != 0));
        Invariant.Holds((*place & PageEntry.Present) != 0 || *place == 0);

        // An absent entry is 0.
        ulong old = *place;
        if (old == 0)
        {
            record->UseLine((int)((ulong)place >> 6));
        }
        else
        {
            if ((old & PageEntry.Writable) != 0)
            {
                Invariant.Holds(WritersOf(PageEntry.Frame(old) - Guest.FirstPage) != 0);
                writers[PageEntry.Frame(old) - Guest.FirstPage]--;
            }

            if (!Widens(old, entry))
            {
                staleTlb = true;
            }
        }

        if ((entry & PageEntry.Writable) != 0)
        {
            writers[PageEntry.Frame(entry) - Guest.FirstPage]++;
        }

        *place = entry;
    }

    /// <summary>
    /// Whether a leaf allows everything that it allowed before. The TLB then need not be flushed: a fault for a right that the TLB does not
    /// have yet makes the processor drop that address itself (Intel SDM vol. 3, 4.10.4.1), and the next walk finds it.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Widens(ulong old, ulong entry)
    {
        // A right that it had, or any bit that is no right. The TLB does not use dirty.
        const ulong Rights = PageEntry.Writable | PageEntry.NoExecute;
        return ((old ^ entry) & ~PageEntry.Dirty & ((old ^ PageEntry.NoExecute) | ~Rights)) == 0;
    }

    /// <summary>Records that an entry links to a table.</summary>
    private void AddParent(int child, int place)
    {
        Tables.Record(place >> 9)->Use(place & (PageEntry.Count - 1));
        TableRecord* record = Tables.Record(child);
        Invariant.Holds(Tables.Record(place >> 9)->Level == record->Level + 1);
        record->Parents++;
        if (record->Parent0 == TablePool.None)
        {
            record->Parent0 = place;
        }
        else if (record->Parent1 == TablePool.None)
        {
            record->Parent1 = place;
        }
    }

    /// <summary>Removes a link. A table without links is dropped with all tables below it.</summary>
    private void Unlink(int table, int slot)
    {
        ulong* place = &Tables.Entries(table)[slot];
        if ((*place & PageEntry.Present) == 0)
        {
            return;
        }

        int child = Tables.Linked(*place);
        *place = 0;
        staleTlb = true;
        TableRecord* record = Tables.Record(child);
        Invariant.Holds(record->Parents > 0 && record->Level == Tables.Record(table)->Level - 1);
        int reference = (table << 9) | slot;
        record->Parents--;
        if (record->Parent0 == reference)
        {
            record->Parent0 = TablePool.None;
        }
        else if (record->Parent1 == reference)
        {
            record->Parent1 = TablePool.None;
        }

        if (record->Parents == 0 && record->Loaded == 0)
        {
            Clear(child);
            Give(child);
        }
    }

    /// <summary>Empties a table. The recursion with <see cref="Unlink"/> is as deep as the tables.</summary>
    private void Clear(int table)
    {
        TableRecord* record = Tables.Record(table);
        ulong* entries = Tables.Entries(table);
        ulong lines = record->Lines;
        record->Lines = 0;
        staleTlb |= lines != 0;
        if (record->Level == 1)
        {
            ClearLeaves(entries, lines);
            return;
        }

        for (; lines != 0; lines &= lines - 1)
        {
            ChargeWork(LineLeaves);
            ulong* place = entries + (BitOperations.TrailingZeroCount(lines) << 3);
            for (ulong* end = place + LineLeaves; place < end; place++)
            {
                if (*place != 0)
                {
                    Unlink(table, PageEntry.Slot(place));
                }
            }
        }
    }

    /// <summary>Drops all copies of a frame. A loaded root is emptied instead, and stays watched while the guest can write it.</summary>
    private void DropCopies(ulong frame)
    {
        if (!HasCopies(frame))
        {
            return;
        }

        int table = Tables.NextCopy(frame, TablePool.None);
        while (table != TablePool.None)
        {
            if (Tables.Record(table)->Loaded != 0)
            {
                Clear(table);
                table = Tables.NextCopy(frame, table);
            }
            else
            {
                // The next copy may have been dropped too, so begin again.
                Drop(table);
                table = Tables.NextCopy(frame, TablePool.None);
            }
        }
    }

    /// <summary>Drops a table that is not loaded: empties it, then removes the links to it.</summary>
    private void Drop(int table)
    {
        Clear(table);
        TableRecord* record = Tables.Record(table);
        staleTlb = true;
        if (record->Parents == 0)
        {
            Give(table);
            return;
        }

        // The last Unlink frees the table.
        UnlinkRemembered(record->Parent0);
        UnlinkRemembered(record->Parent1);
        if (record->Level == 0)
        {
            return;
        }

        if (searches == MostSearches)
        {
            // A guest with too many links to its tables loses its cache, which bounds the kernel's time.
            DropAll();
            return;
        }

        searches++;
        UnlinkEverywhere(table);
    }

    /// <summary>Empties the cache, except for the hole. Loaded roots stay, empty.</summary>
    private void DropAll()
    {
        for (int table = 0; table < Tables.Count; table++)
        {
            TableRecord* record = Tables.Record(table);
            ChargeWork(1);
            if (record->Level == 0 || record->Role == TableRole.Hole)
            {
                continue;
            }

            if (record->Level == 1)
            {
                Clear(table);
            }
            else
            {
                ForgetLinks(table);
            }

            if (record->Loaded == 0)
            {
                Give(table);
            }
        }

        staleTlb = true;
    }

    /// <summary>Clears a table's links; the caller takes care of the tables below.</summary>
    private void ForgetLinks(int table)
    {
        TableRecord* record = Tables.Record(table);
        ulong* entries = Tables.Entries(table);
        for (ulong lines = record->Lines; lines != 0; lines &= lines - 1)
        {
            int first = BitOperations.TrailingZeroCount(lines) << 3;
            ChargeWork(8);
            for (int slot = first; slot < first + 8; slot++)
            {
                entries[slot] = 0;
            }
        }

        record->Lines = 0;
    }

    private void UnlinkRemembered(int place)
    {
        if (place != TablePool.None)
        {
            Unlink(place >> 9, place & (PageEntry.Count - 1));
        }
    }

    /// <summary>Searches the tables of the next level once for links that were not remembered, and removes them.</summary>
    private void UnlinkEverywhere(int table)
    {
        ulong physical = Tables.Physical(table);
        TableRecord* record = Tables.Record(table);
        int level = record->Level + 1;
        for (int candidate = 0; candidate < Tables.Count; candidate++)
        {
            ChargeWork(1);
            if (Tables.Record(candidate)->Level != level || Tables.Record(candidate)->Role == TableRole.Hole)
            {
                continue;
            }

            UnlinkFrom(candidate, physical);
            if (record->Level == 0)
            {
                return;
            }
        }

        Machine.Panic("a linked table has no parent"u8, (ulong)table);
    }

    private void UnlinkFrom(int table, ulong physical)
    {
        ulong* entries = Tables.Entries(table);
        for (ulong lines = Tables.Record(table)->Lines; lines != 0; lines &= lines - 1)
        {
            int first = BitOperations.TrailingZeroCount(lines) << 3;
            ChargeWork(8);
            for (int slot = first; slot < first + 8; slot++)
            {
                bool present = (entries[slot] & PageEntry.Present) != 0;
                if (present && (entries[slot] & PageEntry.AddressMask) == physical)
                {
                    Unlink(table, slot);
                }
            }
        }
    }

    /// <summary>
    /// Ensures that enough tables are free. Evicts others, first in first out, but no loaded root. Tables whose parents are not all
    /// remembered are evicted in a second round only.
    /// </summary>
    /// <returns>False if even that is not enough.</returns>
    private bool Reserve(int needed)
    {
        for (int steps = 0; Tables.Free < needed; steps++)
        {
            if (steps > 2 * Tables.Count)
            {
                return false;
            }

            ChargeWork(1);
            evictionHand = evictionHand + 1 < Tables.Count ? evictionHand + 1 : 0;
            TableRecord* record = Tables.Record(evictionHand);
            bool evictable = record->Level != 0 && record->Role != TableRole.Hole && record->Loaded == 0
                && (record->Parents <= 2 || steps > Tables.Count);
            if (evictable)
            {
                Drop(evictionHand);
            }
        }

        return true;
    }
}

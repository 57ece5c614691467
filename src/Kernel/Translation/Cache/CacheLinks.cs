using System.Numerics;
using System.Runtime.CompilerServices;
using Tierce.Kernel.Arch;
using Tierce.Kernel.Arch.Formats;

namespace Tierce.Kernel.Translation.Cache;

/// <summary>The links within the cache: making, dropping and evicting copies.</summary>
internal static unsafe class CacheLinks
{
    // SAFETY: tables of the cache by index; a line of entries does not leave its table.

    /// <summary>Flags that a link to a lower table always has.</summary>
    public const ulong LinkFlags = PageEntry.Present | PageEntry.User | PageEntry.Accessed;

    /// <summary>Tables that are kept free of hole and loaded roots, so that a walk always finds room by eviction.</summary>
    public const int TablesToEvict = 16;

    /// <summary>Most searches of the whole cache for a table's links in one entry to the kernel.</summary>
    private const int MostSearches = 8;

    /// <summary>Makes an empty copy of a guest's table. If the guest can write that frame already, it is watched.</summary>
    public static int Add(ref PageTableCache cache, ulong frame, int level, TableRole role)
    {
        int table = cache.Tables.Take(frame, level, role);
        cache.Uses.AddCopies(frame);
        if (cache.Uses.Writers(frame) != 0)
        {
            WatchList.Add(ref cache, frame, WatchList.NoLeaf);
        }

        return table;
    }

    private static void Give(ref PageTableCache cache, int table)
    {
        Invariant.Holds(cache.Tables.Record(table)->Level != 0 && cache.Tables.Record(table)->Lines == 0);
        ulong frame = cache.Tables.Record(table)->Frame;
        if (cache.Tables.Record(table)->Level == 4)
        {
            RootSet.Forget(ref cache, table);
        }

        cache.Tables.Give(table);
        if (cache.Tables.NextCopy(frame, TablePool.None) == TablePool.None)
        {
            cache.Uses.RemoveCopies(frame);
        }
    }

    /// <summary>Records that an entry links to a table.</summary>
    public static void AddParent(ref PageTableCache cache, int child, int place)
    {
        cache.Tables.Record(place >> 9)->Use(place & (PageEntry.Count - 1));
        TableRecord* record = cache.Tables.Record(child);
        Invariant.Holds(cache.Tables.Record(place >> 9)->Level == record->Level + 1);
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
    public static void Unlink(ref PageTableCache cache, int table, int slot)
    {
        ulong* place = &cache.Tables.Entries(table)[slot];
        if ((*place & PageEntry.Present) == 0)
        {
            return;
        }

        int child = cache.Tables.Linked(*place);
        *place = 0;
        cache.Tlb.IsStale = true;
        TableRecord* record = cache.Tables.Record(child);
        Invariant.Holds(record->Parents > 0 && record->Level == cache.Tables.Record(table)->Level - 1);
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
            Clear(ref cache, child);
            Give(ref cache, child);
        }
    }

    /// <summary>Empties a table. The recursion with <see cref="Unlink"/> is as deep as the tables.</summary>
    private static void Clear(ref PageTableCache cache, int table)
    {
        TableRecord* record = cache.Tables.Record(table);
        ulong* entries = cache.Tables.Entries(table);
        ulong lines = record->Lines;
        record->Lines = 0;
        cache.Tlb.IsStale = cache.Tlb.IsStale | (lines != 0);
        if (record->Level == 1)
        {
            CacheLeaves.ClearLeaves(ref cache, entries, lines);
            return;
        }

        for (; lines != 0; lines &= lines - 1)
        {
            WorkMeter.Charge(ref cache, CacheLeaves.LineLeaves);
            ulong* place = entries + (BitOperations.TrailingZeroCount(lines) << 3);
            for (ulong* end = place + CacheLeaves.LineLeaves; place < end; place++)
            {
                if (*place != 0)
                {
                    Unlink(ref cache, table, PageEntry.Slot(place));
                }
            }
        }
    }

    /// <summary>Drops all copies of a frame. A loaded root is emptied instead, and stays watched while the guest can write it.</summary>
    public static void DropCopies(ref PageTableCache cache, ulong frame)
    {
        if (!cache.Uses.HasCopies(frame))
        {
            return;
        }

        int table = cache.Tables.NextCopy(frame, TablePool.None);
        while (table != TablePool.None)
        {
            if (cache.Tables.Record(table)->Loaded != 0)
            {
                Clear(ref cache, table);
                table = cache.Tables.NextCopy(frame, table);
            }
            else
            {
                // The next copy may have been dropped too, so begin again.
                Drop(ref cache, table);
                table = cache.Tables.NextCopy(frame, TablePool.None);
            }
        }
    }

    /// <summary>Drops a table that is not loaded: empties it, then removes the links to it.</summary>
    public static void Drop(ref PageTableCache cache, int table)
    {
        Clear(ref cache, table);
        TableRecord* record = cache.Tables.Record(table);
        cache.Tlb.IsStale = true;
        if (record->Parents == 0)
        {
            Give(ref cache, table);
            return;
        }

        // The last Unlink frees the table.
        UnlinkRemembered(ref cache, record->Parent0);
        UnlinkRemembered(ref cache, record->Parent1);
        if (record->Level == 0)
        {
            return;
        }

        if (cache.Work.Searches == MostSearches)
        {
            // A guest with too many links to its tables loses its cache, which bounds the kernel's time.
            DropAll(ref cache);
            return;
        }

        cache.Work.Searches++;
        UnlinkEverywhere(ref cache, table);
    }

    /// <summary>Empties the cache, except for the hole. Loaded roots stay, empty.</summary>
    private static void DropAll(ref PageTableCache cache)
    {
        for (int table = 0; table < cache.Tables.Count; table++)
        {
            TableRecord* record = cache.Tables.Record(table);
            WorkMeter.Charge(ref cache, 1);
            if (record->Level == 0 || record->Role == TableRole.Hole)
            {
                continue;
            }

            if (record->Level == 1)
            {
                Clear(ref cache, table);
            }
            else
            {
                ForgetLinks(ref cache, table);
            }

            if (record->Loaded == 0)
            {
                Give(ref cache, table);
            }
        }

        cache.Tlb.IsStale = true;
    }

    /// <summary>Clears a table's links; the caller takes care of the tables below.</summary>
    private static void ForgetLinks(ref PageTableCache cache, int table)
    {
        TableRecord* record = cache.Tables.Record(table);
        ulong* entries = cache.Tables.Entries(table);
        for (ulong lines = record->Lines; lines != 0; lines &= lines - 1)
        {
            int first = BitOperations.TrailingZeroCount(lines) << 3;
            WorkMeter.Charge(ref cache, 8);
            for (int slot = first; slot < first + 8; slot++)
            {
                entries[slot] = 0;
            }
        }

        record->Lines = 0;
    }

    private static void UnlinkRemembered(ref PageTableCache cache, int place)
    {
        if (place != TablePool.None)
        {
            Unlink(ref cache, place >> 9, place & (PageEntry.Count - 1));
        }
    }

    /// <summary>Searches the tables of the next level once for links that were not remembered, and removes them.</summary>
    private static void UnlinkEverywhere(ref PageTableCache cache, int table)
    {
        ulong physical = cache.Tables.Physical(table);
        TableRecord* record = cache.Tables.Record(table);
        int level = record->Level + 1;
        for (int candidate = 0; candidate < cache.Tables.Count; candidate++)
        {
            WorkMeter.Charge(ref cache, 1);
            if (cache.Tables.Record(candidate)->Level != level || cache.Tables.Record(candidate)->Role == TableRole.Hole)
            {
                continue;
            }

            UnlinkFrom(ref cache, candidate, physical);
            if (record->Level == 0)
            {
                return;
            }
        }

        Machine.Panic("a linked table has no parent"u8, (ulong)table);
    }

    private static void UnlinkFrom(ref PageTableCache cache, int table, ulong physical)
    {
        ulong* entries = cache.Tables.Entries(table);
        for (ulong lines = cache.Tables.Record(table)->Lines; lines != 0; lines &= lines - 1)
        {
            int first = BitOperations.TrailingZeroCount(lines) << 3;
            WorkMeter.Charge(ref cache, 8);
            for (int slot = first; slot < first + 8; slot++)
            {
                bool present = (entries[slot] & PageEntry.Present) != 0;
                if (present && (entries[slot] & PageEntry.AddressMask) == physical)
                {
                    Unlink(ref cache, table, slot);
                }
            }
        }
    }

    /// <summary>
    /// Ensures that enough tables are free. Evicts others, first in first out, but no loaded root. Tables whose parents are not all
    /// remembered are evicted in a second round only.
    /// </summary>
    /// <returns>False if even that is not enough.</returns>
    public static bool Reserve(ref PageTableCache cache, int needed)
    {
        for (int steps = 0; cache.Tables.Free < needed; steps++)
        {
            if (steps > 2 * cache.Tables.Count)
            {
                return false;
            }

            WorkMeter.Charge(ref cache, 1);
            int candidate = cache.Tables.NextCandidate();
            TableRecord* record = cache.Tables.Record(candidate);
            bool evictable = record->Level != 0 && record->Role != TableRole.Hole && record->Loaded == 0
                && (record->Parents <= 2 || steps > cache.Tables.Count);
            if (evictable)
            {
                Drop(ref cache, candidate);
            }
        }

        return true;
    }
}

using Tierce.Abi;
using Tierce.Kernel.Arch;
using Tierce.Kernel.Arch.Formats;

namespace Tierce.Kernel.Translation.Cache;

/// <summary>The tables of the hole, which all kernel roots share.</summary>
internal unsafe partial struct HoleTables
{
    // SAFETY: tables of the cache by index.

    /// <summary>Top-level slots below the kernel that the monitor can map.</summary>
    private const int Slots = 3;

    private fixed ulong _entries[Slots];
    private int _tables;

    /// <summary>Number of its tables.</summary>
    public readonly int Tables => _tables;

    /// <summary>Whether a slot of a top-level table belongs to the monitor and the kernel.</summary>
    public static bool IsSlot(int slot) => slot is >= HoleLayout.FirstSlot and < HoleLayout.EndSlot;

    /// <summary>See <see cref="GuestSpace.MapHole"/>.</summary>
    public static Status Map(ref PageTableCache cache, ulong address, ulong frame, ulong pages, CapRights rights)
    {
        ulong top = HoleLayout.Start + (Slots * HoleLayout.SlotSize);
        bool large = pages > PageEntry.Count;
        ulong granule = large ? PageEntry.Count : 1UL;
        bool aligned = ((address >> 12) % granule) == 0 && ((cache.Guest.FirstPage + frame) % granule) == 0 && pages % granule == 0;
        if ((address & 0xfff) != 0 || address < HoleLayout.Start || address >= top || pages == 0 || pages > (ulong)PageEntry.Count * PageEntry.Count
            || address + (pages << 12) > top || !aligned)
        {
            return Status.BadArgument;
        }

        if (frame >= cache.Guest.Frames || pages > cache.Guest.Frames - frame)
        {
            return Status.BadFrame;
        }

        if (!Takes(ref cache, address, pages, large))
        {
            return Status.BadState;
        }

        cache.Work.Searches = 0;

        // At most two tables at each level below the top, whatever the boundaries; and room for roots must be left.
        if (!RootSet.CanPin(ref cache, 6, 2 * CacheLinks.TablesToEvict) || !CacheLinks.Reserve(ref cache, 6))
        {
            return Status.NoMemory;
        }

        ulong flags = PageEntry.Present | PageEntry.User | PageEntry.Accessed | PageEntry.Dirty
            | ((rights & CapRights.Write) != 0 ? PageEntry.Writable : 0) | ((rights & CapRights.Execute) != 0 ? 0 : PageEntry.NoExecute)
            | (large ? PageEntry.Large : 0);
        for (ulong page = 0; page < pages; page += granule)
        {
            WorkMeter.Charge(ref cache, 8);
            ulong* entry = Entry(ref cache, address + (page << 12), large ? 2 : 1);
            *entry = ((cache.Guest.FirstPage + frame + page) << 12) | flags;
        }

        Share(ref cache);
        Machine.FlushTlb();
        return Status.Ok;
    }

    /// <summary>Whether no large page is where small ones are to be mapped, nor small ones where a large one is.</summary>
    private static bool Takes(ref PageTableCache cache, ulong address, ulong pages, bool large)
    {
        ulong end = address + (pages << 12);
        for (ulong at = address & ~((1UL << 21) - 1); at < end; at += 1UL << 21)
        {
            ulong entry = cache.Hole._entries[PageEntry.Index(at, 4) - HoleLayout.FirstSlot];
            for (int level = 3; level >= 2 && (entry & PageEntry.Present) != 0; level--)
            {
                entry = cache.Tables.Entries(cache.Tables.Linked(entry))[PageEntry.Index(at, level)];
            }

            if ((entry & PageEntry.Present) != 0 && ((entry & PageEntry.Large) != 0) != large)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The entry of the hole's tables for an address, with the tables above it made as needed.</summary>
    private static ulong* Entry(ref PageTableCache cache, ulong address, int leafLevel)
    {
        ulong* entry;
        fixed (ulong* tops = cache.Hole._entries)
        {
            entry = &tops[PageEntry.Index(address, 4) - HoleLayout.FirstSlot];
        }

        for (int level = 3; level >= leafLevel; level--)
        {
            if ((*entry & PageEntry.Present) == 0)
            {
                int table = cache.Tables.Take(0, level, TableRole.Hole);
                cache.Hole._tables++;
                *entry = cache.Tables.Physical(table) | PageEntry.Present | PageEntry.Writable | PageEntry.User | PageEntry.Accessed;
            }

            entry = &cache.Tables.Entries(cache.Tables.Linked(*entry))[PageEntry.Index(address, level)];
        }

        return entry;
    }

    private static void Share(ref PageTableCache cache)
    {
        for (int table = 0; table < cache.Tables.Count; table++)
        {
            TableRecord* record = cache.Tables.Record(table);
            WorkMeter.Charge(ref cache, 1);
            if (record->Level == 4 && record->Role == TableRole.Kernel)
            {
                CopyTo(ref cache, cache.Tables.Entries(table));
            }
        }
    }

    public static void CopyTo(ref PageTableCache cache, ulong* top)
    {
        for (int i = 0; i < Slots; i++)
        {
            top[HoleLayout.FirstSlot + i] = cache.Hole._entries[i];
        }
    }
}

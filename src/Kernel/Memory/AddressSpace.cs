using Tierce.Abi;
using Tierce.Kernel.Arch;

namespace Tierce.Kernel.Memory;

/// <summary>
/// The page tables of domains: four levels, user half only. Tables come from the domain's pool and stay until the domain is destroyed, so
/// unmapping needs no search. Two MiB that are aligned in address and memory become one large page.
/// </summary>
public static unsafe class AddressSpace
{
    /// <summary>Most pages of one mapping; it touches at most two tables of each level.</summary>
    public const ulong MostPages = 512;

    /// <summary>Pages mapped or unmapped in one piece, of some 120 instructions each.</summary>
    private const ulong PagesBetweenInterrupts = 64;

    private const ulong Present = 1;
    private const ulong Writable = 2;
    private const ulong User = 4;
    private const ulong WriteThrough = 8;
    private const ulong CacheDisable = 16;
    private const ulong Large = 1UL << 7;
    private const ulong NoExecute = 1UL << 63;
    private const ulong FrameMask = 0x000f_ffff_ffff_f000;
    private const ulong TableFlags = Present | Writable | User;
    private const int EntryCount = 512;

    /// <summary>Above this many pages the whole TLB is flushed instead of each page.</summary>
    private const ulong FlushLimit = 16;

    /// <summary>Makes a top-level table of a page of zeros: the kernel's slots, nothing else. Returns its physical address.</summary>
    public static ulong CreateTop(void* page)
    {
        Invariant.Holds(((ulong)page & 4095) == 0);
        // SAFETY: both are top-level tables of 512 entries; the kernel's slots never change after start.
        ulong* kernelTop = Machine.KernelTable;
        for (int i = HoleLayout.FirstKernelSlot; i < HoleLayout.EndSlot; i++)
        {
            ((ulong*)page)[i] = kernelTop[i];
        }

        return Machine.ToPhysical(page);
    }

    /// <summary>
    /// Whether a range can be mapped: in the user half, nothing there yet, and enough pages in the pool for the tables.
    /// </summary>
    public static Status Check(ulong top, Pool* pool, ulong address, ulong firstPage, ulong pages)
    {
        if ((address & 4095) != 0 || pages == 0 || pages > MostPages
            || address >= HoleLayout.UserLimit || pages > (HoleLayout.UserLimit - address) >> 12)
        {
            return Status.BadArgument;
        }

        ulong* entry = LevelTwo(top, address);
        if (FitsLarge(address, firstPage, pages) && (entry == null || *entry == 0))
        {
            return TablesMissing(top, address, 1, 2) <= pool->Available ? Status.Ok : Status.NoMemory;
        }

        for (ulong i = 0; i < pages; i++)
        {
            ulong page = address + (i << 12);
            ulong* second = LevelTwo(top, page);
            if (second == null || *second == 0)
            {
                // There is no table here: continue after the last page that it would cover.
                i += EntryCount - 1 - ((page >> 12) & (EntryCount - 1));
                continue;
            }

            if ((*second & Large) != 0 || Entries(*second)[(page >> 12) & (EntryCount - 1)] != 0)
            {
                return Status.BadState;
            }
        }

        return TablesMissing(top, address, pages, 1) <= pool->Available ? Status.Ok : Status.NoMemory;
    }

    /// <summary>Maps a range that has passed <see cref="Check"/>. A device's is not <paramref name="cached"/>.</summary>
    public static void Map(ulong top, Pool* pool, ulong address, ulong firstPage, ulong pages, CapRights rights, bool cached = true)
    {
        Invariant.Holds((address & 4095) == 0 && pages is not 0 and <= MostPages);
        Invariant.Holds(address < HoleLayout.UserLimit && pages <= (HoleLayout.UserLimit - address) >> 12);
        ulong flags = Present | User
            | ((rights & CapRights.Write) != 0 ? Writable : 0)
            | ((rights & CapRights.Execute) != 0 ? 0 : NoExecute)
            | (cached ? 0 : WriteThrough | CacheDisable);
        if (FitsLarge(address, firstPage, pages))
        {
            ulong* entry = Walk(top, pool, address, 2);
            if (*entry == 0)
            {
                *entry = (firstPage << 12) | flags | Large;
                return;
            }
        }

        for (ulong i = 0; i < pages; i++)
        {
            *Walk(top, pool, address + (i << 12), 1) = ((firstPage + i) << 12) | flags;
            TakeInterrupts(i);
        }
    }

    /// <summary>Unmaps a range and flushes it from the TLB.</summary>
    public static void Unmap(ulong top, Pool* pool, ulong address, ulong pages)
    {
        ulong* second = LevelTwo(top, address);
        if ((*second & Large) != 0)
        {
            Invariant.Holds(pages == MostPages && (address & ((MostPages << 12) - 1)) == 0);
            *second = 0;
        }
        else
        {
            for (ulong i = 0; i < pages; i++)
            {
                *Walk(top, pool, address + (i << 12), 1) = 0;
                TakeInterrupts(i);
            }
        }

        if (pages > FlushLimit)
        {
            Machine.FlushTlb();
            return;
        }

        for (ulong i = 0; i < pages; i++)
        {
            Machine.InvalidatePage(address + (i << 12));
        }
    }

    /// <summary>The leaf entry for an address (0 if none): for tests and for the log.</summary>
    public static ulong Translate(ulong top, ulong address)
    {
        ulong* second = LevelTwo(top, address);
        if (second == null || *second == 0 || (*second & Large) != 0)
        {
            return second == null ? 0 : *second;
        }

        return Entries(*second)[(address >> 12) & (EntryCount - 1)];
    }

    private static void TakeInterrupts(ulong page)
    {
        if (page % PagesBetweenInterrupts == PagesBetweenInterrupts - 1)
        {
            Machine.TakeInterrupts();
        }
    }

    private static bool FitsLarge(ulong address, ulong firstPage, ulong pages) =>
        pages == MostPages && ((address >> 12) & (MostPages - 1)) == 0 && (firstPage & (MostPages - 1)) == 0;

    private static ulong* Entries(ulong entry) => (ulong*)Machine.ToVirtual(entry & FrameMask);

    private static int Index(ulong address, int level) => (int)(address >> (3 + (9 * level))) & (EntryCount - 1);

    /// <summary>The entry of level 2 for an address, or null if a table above is missing.</summary>
    private static ulong* LevelTwo(ulong top, ulong address)
    {
        ulong* entry = Entries(top) + Index(address, 4);
        for (int level = 3; level >= 2; level--)
        {
            if (*entry == 0)
            {
                return null;
            }

            entry = Entries(*entry) + Index(address, level);
        }

        return entry;
    }

    /// <summary>The entry of a level for an address. Makes missing tables on the way; the pool has been checked.</summary>
    private static ulong* Walk(ulong top, Pool* pool, ulong address, int level)
    {
        ulong* entry = Entries(top) + Index(address, 4);
        for (int current = 3; current >= level; current--)
        {
            if (*entry == 0)
            {
                *entry = Machine.ToPhysical(pool->Take()) | TableFlags;
            }

            Invariant.Holds((*entry & (TableFlags | Large)) == TableFlags);
            entry = Entries(*entry) + Index(address, current);
        }

        return entry;
    }

    /// <summary>Tables that mapping a range at a level would need. A range crosses at most one border of each level.</summary>
    private static ulong TablesMissing(ulong top, ulong address, ulong pages, int level)
    {
        ulong last = address + ((pages - 1) << 12);
        ulong missing = MissingFor(top, address, 4, level);
        if (level == 1 && last >> 21 != address >> 21)
        {
            // Tables that cover both ends were counted with the first.
            int shared = last >> 39 != address >> 39 ? 4 : last >> 30 != address >> 30 ? 3 : 2;
            missing += MissingFor(top, last, shared, level);
        }

        return missing;
    }

    /// <summary>Tables missing below level <paramref name="from"/> on the way to an address, down to the table of <paramref name="level"/>.</summary>
    private static ulong MissingFor(ulong top, ulong address, int from, int level)
    {
        ulong* entry = Entries(top) + Index(address, 4);
        for (int current = 4; current > level; current--)
        {
            if (*entry == 0)
            {
                return (ulong)((current < from ? current : from) - level);
            }

            entry = Entries(*entry) + Index(address, current - 1);
        }

        return 0;
    }
}

using Tierce.Abi;

namespace Tierce.Root;

/// <summary>What a machine lacks for a guest.</summary>
public enum MemoryLack
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>There are not enough free pages, wherever they lie.</summary>
    Pages,

    /// <summary>No free range holds all of the guest's frames.</summary>
    Range,

    /// <summary>No remaining range holds the page-table cache.</summary>
    CacheRange,
}

/// <summary>
/// The place of a guest's memory. A guest needs two ranges: one for its RAM and the frames above it, since its frame n is page n of that
/// range, and one for the kernel's page-table cache. Its monitor's pages may lie anywhere.
/// </summary>
public struct GuestPlan
{
    /// <summary>Pages of RAM, of RAM with the frames above it, of the page-table cache, and of the monitor.</summary>
    public readonly ulong Ram, All, Cache, Monitor;

    /// <summary>Pages that drivers, applications and the monitors of earlier guests still need.</summary>
    public readonly ulong Kept;

    /// <summary>The two ranges, if the machine has them.</summary>
    public PageStretch Memory, CacheMemory;

    /// <summary>A guest by its sizes, in pages.</summary>
    public GuestPlan(ulong ram, ulong monitor, ulong kept)
    {
        this = default;
        Ram = ram;
        All = GuestFootprint.AllPages(ram);
        Cache = GuestFootprint.CachePages(ram);
        Monitor = monitor;
        Kept = kept;
    }

    /// <summary>Pages that the guest needs in all.</summary>
    public readonly ulong Wanted => All + Cache + Monitor;

    /// <summary>Takes both ranges, or none.</summary>
    /// <param name="pages">Free memory.</param>
    public MemoryLack Take(ref PageAllocator pages)
    {
        if (pages.Free < Wanted + Kept)
        {
            return MemoryLack.Pages;
        }

        PageAllocator left = pages;
        if (!left.TryTakeAligned(All, GuestFootprint.LargePage, out Memory))
        {
            return MemoryLack.Range;
        }

        if (!left.TryTake(Cache, out CacheMemory))
        {
            return MemoryLack.CacheRange;
        }

        pages = left;
        return MemoryLack.None;
    }
}

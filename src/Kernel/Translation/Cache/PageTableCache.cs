using System.Runtime.InteropServices;
using Tierce.Abi;
using Tierce.Kernel.Arch;
using Tierce.Kernel.Translation.Guests;

namespace Tierce.Kernel.Translation.Cache;

/// <summary>
/// A guest and the cache of its page tables. It lies at the start of the memory that the guest's monitor gave for the cache.
/// </summary>
/// <remarks>
/// The processor walks tables that are a cache of the guest's. Faults fill it (<see cref="CacheFill"/>), and flushes bring it up to date
/// (<see cref="CacheDrain"/>). One check protects others from the guest: an entry is made only for a frame that the guest owns. Everything
/// else serves the guest's own correctness. Each part keeps its own state; the parts reach each other through the cache.
/// </remarks>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct PageTableCache
{
    // SAFETY: memory of the guest's cache, laid out once at creation, and frames that the guest owns.

    /// <summary>The guest.</summary>
    public Guest Guest;

    /// <summary>The cache's tables.</summary>
    public TablePool Tables;

    /// <summary>What all its leaves have in common.</summary>
    public LeafForm Leaves;

    /// <summary>What the cache knows of each frame.</summary>
    public FrameUses Uses;

    /// <summary>The guest's reports.</summary>
    public GuestNotes Notes;

    /// <summary>What the TLB may still hold.</summary>
    public TlbState Tlb;

    /// <summary>How far a drain is.</summary>
    public DrainProgress Progress;

    /// <summary>Work since interrupts were last taken.</summary>
    public WorkMeter Work;

    /// <summary>The guest's settings.</summary>
    public CacheOptions Options;

    /// <summary>The hole's tables.</summary>
    public HoleTables Hole;

    /// <summary>The cached roots.</summary>
    public RootSet Roots;

    /// <summary>Pairs of them.</summary>
    public RootPairs Pairs;

    /// <summary>Tables that the guest can write without a note.</summary>
    public WatchList Watches;

    /// <summary>Fewest tables: the hole, two roots and the worst walk of one instruction (two addresses, each crossing a boundary, twice three tables).</summary>
    private const int FewestTables = 64;

    /// <summary>Largest guest in frames: 1 TiB, so that a frame number fits the cache's records.</summary>
    private const ulong MostFrames = 1UL << 28;

    /// <summary>Pages zeroed in one piece, of 512 instructions each at most.</summary>
    private const ulong PagesBetweenInterrupts = 16;

    /// <summary>See <see cref="GuestSpace.Create"/>.</summary>
    public static Status Create(ulong firstPage, ulong pages, ulong cacheFirstPage, ulong cachePages, ulong bitmapFrame, ulong noteFrame, ulong settings, PageTableCache** result)
    {
        ulong bitmapFrames = (pages + (8 * 4096) - 1) / (8 * 4096);
        if (pages == 0 || pages > MostFrames || !CacheSettings.AreValid(settings))
        {
            return Status.BadArgument;
        }

        if (noteFrame >= pages || bitmapFrame >= pages || bitmapFrames > pages - bitmapFrame)
        {
            return Status.BadFrame;
        }

        ulong guestPages = ((ulong)sizeof(PageTableCache) + 4095) >> 12;
        ulong writerPages = ((pages * sizeof(uint)) + 4095) >> 12;
        if (cachePages <= guestPages + writerPages + 1)
        {
            return Status.NoMemory;
        }

        ulong left = cachePages - guestPages - writerPages;
        ulong tables = (left - 1) * 4096 / (4096 + TablePool.Overhead);
        tables = tables < TablePool.Most ? tables : TablePool.Most;
        ulong bookkeepingPages = ((tables * TablePool.Overhead) + 4095) >> 12;
        if (tables < FewestTables)
        {
            return Status.NoMemory;
        }

        byte* memory = Machine.ToVirtual(cacheFirstPage << 12);
        for (ulong page = 0; page < guestPages + writerPages + bookkeepingPages; page++)
        {
            Machine.ZeroPage(memory + (page << 12));
            if (page % PagesBetweenInterrupts == 0)
            {
                Machine.TakeInterrupts();
            }
        }

        PageTableCache* cache = (PageTableCache*)memory;
        cache->Guest.Initialise(firstPage, pages, noteFrame);
        cache->Leaves.Initialise(firstPage, pages);
        cache->Notes.Initialise((NotePage*)cache->Guest.FrameAddress(noteFrame), cache->Guest.FrameAddress(bitmapFrame));
        cache->Options.Initialise(settings);
        cache->Uses.Initialise((uint*)(memory + (guestPages << 12)));
        ulong firstTable = cacheFirstPage + guestPages + writerPages + bookkeepingPages;
        cache->Tables.Initialise((int)tables, memory + ((guestPages + writerPages) << 12), firstTable << 12);
        Machine.TakeInterrupts();
        *result = cache;
        return Status.Ok;
    }

    /// <summary>See <see cref="GuestSpace.Destroy"/>.</summary>
    public static void Destroy(ref PageTableCache cache) => cache.Tables = default;
}

using System.Numerics;
using System.Runtime.InteropServices;
using System.Threading;
using Tierce.Abi;
using Tierce.Kernel.Arch;
using Tierce.Kernel.Arch.Formats;
using Tierce.Kernel.Translation.Guests;

namespace Tierce.Kernel.Translation.Cache;

/// <summary>
/// A guest and the cache of its page tables. It lies at the start of the memory that the guest's monitor gave for the cache.
/// </summary>
/// <remarks>
/// The processor walks tables that are a cache of the guest's. Faults fill it (<c>CacheFill.cs</c>), and flushes bring it up to date
/// (<c>CacheDrain.cs</c>). One check protects others from the guest: an entry is made only for a frame that the guest owns. Everything else
/// serves the guest's own correctness.
/// </remarks>
[StructLayout(LayoutKind.Sequential)]
public unsafe partial struct PageTableCache
{
    // SAFETY: memory of the guest's cache, laid out once at creation, and frames that the guest owns.

    /// <summary>Fewest tables: the hole, two roots and the worst walk of one instruction (two addresses, each crossing a boundary, twice three tables).</summary>
    private const int FewestTables = 64;

    /// <summary>Tables that are kept free of hole and loaded roots, so that a walk always finds room by eviction.</summary>
    private const int TablesToEvict = 16;

    /// <summary>Most loaded roots: more than half of <see cref="MostWatched"/> remains for other tables.</summary>
    private const int MostRoots = 64;

    /// <summary>Largest guest in frames: 1 TiB, so that a frame number fits the cache's records.</summary>
    private const ulong MostFrames = 1UL << 28;

    /// <summary>One more than the largest value of a role.</summary>
    private const int LeafRoles = (int)TableRole.User + 1;

    /// <summary>Pages zeroed in one piece, of 512 instructions each at most.</summary>
    private const ulong PagesBetweenInterrupts = 16;

    /// <summary>Top-level slots below the kernel that the monitor can map.</summary>
    private const int HoleSlots = 3;

    /// <summary>Bit of a frame's count of writers: the cache has a copy of the frame as a table.</summary>
    private const uint CopiesFlag = 1U << 31;

    /// <summary>The guest.</summary>
    public Guest Guest;

    /// <summary>The cache's tables.</summary>
    public TablePool Tables;

    /// <summary>By role: the base of the guest's memory and the flags that every leaf has.</summary>
    private fixed ulong leafBases[LeafRoles];

    /// <summary>
    /// Address bits that are set only in frames above the largest power of two that the guest owns: an address without them is the guest's.
    /// </summary>
    private ulong highFrameBits;
    private NotePage* notes;
    private byte* declaredTables;

    /// <summary>Per frame: number of cached leaves through which it can be written, and <see cref="CopiesFlag"/>.</summary>
    private uint* writers;
    private bool staleTlb;
    private bool staleInOtherRoot;

    /// <summary>A note named a table without copies.</summary>
    private bool notedUncached;
    private int evictionHand;
    private int watchedCount;
    private int holeTables;
    private int searches;
    private int loadedRoots;
    private int listedRoots;
    private ulong settings;
    private fixed ulong holeEntries[HoleSlots];
    private fixed ulong watched[MostWatched];
    private fixed int rootList[MostListed];
    private fixed ulong pairs[MostPairs];

    /// <summary>Entries processed since interrupts were last taken.</summary>
    private uint work;

    /// <summary>The interrupts taken last have woken a thread.</summary>
    private bool woken;

    /// <summary>The virtual CPU whose drain is running or was stopped and can be continued; null if there is none.</summary>
    private LoadedRoots* drainer;

    /// <summary>
    /// Progress of the drain: number of watched tables that are done, which are the first; one more than the next table of a comparison of
    /// all, 0 for none.
    /// </summary>
    private int watchedDone, resyncNext;

    /// <summary>Makes a guest of two ranges of physical pages.</summary>
    /// <param name="firstPage">First page of the guest's frames.</param>
    /// <param name="pages">Number of frames.</param>
    /// <param name="cacheFirstPage">First page of the kernel's memory for it.</param>
    /// <param name="cachePages">Number of pages.</param>
    /// <param name="bitmapFrame">Guest frame where the bitmap of declared tables begins: one bit a frame.</param>
    /// <param name="noteFrame">Guest frame of the note page.</param>
    /// <param name="settings">Settings of the cache (<see cref="CacheSettings"/>).</param>
    /// <param name="result">The guest.</param>
    /// <returns>BadArgument (too large, no such settings), BadFrame, or NoMemory if the cache is too small.</returns>
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
        cache->SetLeafBases();
        cache->highFrameBits = PageEntry.AddressMask & ~((1UL << (63 - BitOperations.LeadingZeroCount(pages << 12))) - 1);
        cache->notes = (NotePage*)cache->Guest.FrameAddress(noteFrame);
        cache->declaredTables = cache->Guest.FrameAddress(bitmapFrame);
        cache->settings = settings;
        cache->writers = (uint*)(memory + (guestPages << 12));
        ulong firstTable = cacheFirstPage + guestPages + writerPages + bookkeepingPages;
        cache->Tables.Initialise((int)tables, memory + ((guestPages + writerPages) << 12), firstTable << 12);
        Machine.TakeInterrupts();
        *result = cache;
        return Status.Ok;
    }

    /// <summary>
    /// Prepares the end of a guest, after that of its virtual CPUs: none of its roots is loaded, and nothing of it lies outside its memory.
    /// </summary>
    public static void Destroy(PageTableCache* cache) => cache->Tables = default;

    /// <summary>Releases the roots of a virtual CPU that will not run again: they may be dropped.</summary>
    public void ReleaseRoots(LoadedRoots* roots)
    {
        Release(ref roots->KernelRoot);
        Release(ref roots->UserRoot);
    }

    /// <summary>Loads roots that were loaded together before, if that takes little work.</summary>
    /// <returns>False if the long way has to do it.</returns>
    public bool LoadKnownRoots(LoadedRoots* roots, ulong kernelFrame, ulong userFrame) =>
        Guest.Owns(kernelFrame) && Guest.Owns(userFrame) && LoadPair(roots, kernelFrame, userFrame);

    /// <summary>
    /// Makes guest frames the loaded roots of a virtual CPU. A user frame of 0 means none. The caller has to call <see cref="LimitRoots"/>
    /// when the old roots are no longer in use.
    /// </summary>
    /// <param name="roots">What the virtual CPU has loaded.</param>
    /// <param name="kernelFrame">Frame of the top-level table for guest kernel mode.</param>
    /// <param name="userFrame">The same for guest user mode.</param>
    /// <param name="restartable">The call can be made again.</param>
    /// <returns>BadFrame if one is not the guest's; NoMemory if more roots are loaded than the cache can hold; Again if the drain before it
    /// was stopped: nothing is loaded yet.</returns>
    public Status LoadRoots(LoadedRoots* roots, ulong kernelFrame, ulong userFrame, bool restartable)
    {
        if (!Guest.Owns(kernelFrame) || !Guest.Owns(userFrame))
        {
            return Status.BadFrame;
        }

        if (loadedRoots + 2 > MostRoots || !CanPin(2, TablesToEvict))
        {
            return Status.NoMemory;
        }

        if (!Drain(restartable ? roots : null))
        {
            return Status.Again;
        }

        MakeRoomToWatch();
        searches = 0;

        // The old roots stay as they are, because the processor walks one of them until the caller loads the new one.
        int kernelRoot = TakeRoot(kernelFrame, TableRole.Kernel, roots->KernelRoot);
        int userRoot = userFrame != 0 ? TakeRoot(userFrame, TableRole.User, TablePool.None) : TablePool.None;
        ReleaseRoots(roots);
        roots->KernelRoot = kernelRoot;
        roots->UserRoot = userRoot;
        roots->KernelTop = Tables.Physical(kernelRoot);
        roots->UserTop = userFrame != 0 ? Tables.Physical(userRoot) : 0;
        roots->KernelRootFrame = kernelFrame;
        roots->UserRootFrame = userFrame;
        RememberPair(roots);
        FlushStale();
        return Status.Ok;
    }

    /// <summary>Maps guest frames into the hole of all kernel roots. Decides everything before it changes anything.</summary>
    /// <returns>BadArgument, BadFrame, BadState if large pages and small ones would meet, or NoMemory if the hole takes too much of the cache.</returns>
    public Status MapHole(ulong address, ulong frame, ulong pages, CapRights rights)
    {
        ulong top = HoleLayout.Start + (HoleSlots * HoleLayout.SlotSize);
        bool large = pages > PageEntry.Count;
        ulong granule = large ? PageEntry.Count : 1UL;
        bool aligned = ((address >> 12) % granule) == 0 && ((Guest.FirstPage + frame) % granule) == 0 && pages % granule == 0;
        if ((address & 0xfff) != 0 || address < HoleLayout.Start || address >= top || pages == 0 || pages > (ulong)PageEntry.Count * PageEntry.Count
            || address + (pages << 12) > top || !aligned)
        {
            return Status.BadArgument;
        }

        if (frame >= Guest.Frames || pages > Guest.Frames - frame)
        {
            return Status.BadFrame;
        }

        if (!HoleTakes(address, pages, large))
        {
            return Status.BadState;
        }

        searches = 0;

        // At most two tables at each level below the top, whatever the boundaries; and room for roots must be left.
        if (!CanPin(6, 2 * TablesToEvict) || !Reserve(6))
        {
            return Status.NoMemory;
        }

        ulong flags = PageEntry.Present | PageEntry.User | PageEntry.Accessed | PageEntry.Dirty
            | ((rights & CapRights.Write) != 0 ? PageEntry.Writable : 0) | ((rights & CapRights.Execute) != 0 ? 0 : PageEntry.NoExecute)
            | (large ? PageEntry.Large : 0);
        for (ulong page = 0; page < pages; page += granule)
        {
            ChargeWork(8);
            ulong* entry = HoleEntry(address + (page << 12), large ? 2 : 1);
            *entry = ((Guest.FirstPage + frame + page) << 12) | flags;
        }

        ShareHole();
        Machine.FlushTlb();
        return Status.Ok;
    }

    /// <summary>Whether no large page is where small ones are to be mapped, nor small ones where a large one is.</summary>
    private bool HoleTakes(ulong address, ulong pages, bool large)
    {
        ulong end = address + (pages << 12);
        for (ulong at = address & ~((1UL << 21) - 1); at < end; at += 1UL << 21)
        {
            ulong entry = holeEntries[PageEntry.Index(at, 4) - HoleLayout.FirstSlot];
            for (int level = 3; level >= 2 && (entry & PageEntry.Present) != 0; level--)
            {
                entry = Tables.Entries(Tables.Linked(entry))[PageEntry.Index(at, level)];
            }

            if ((entry & PageEntry.Present) != 0 && ((entry & PageEntry.Large) != 0) != large)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The entry of the hole's tables for an address, with the tables above it made as needed.</summary>
    private ulong* HoleEntry(ulong address, int leafLevel)
    {
        ulong* entry;
        fixed (ulong* tops = holeEntries)
        {
            entry = &tops[PageEntry.Index(address, 4) - HoleLayout.FirstSlot];
        }

        for (int level = 3; level >= leafLevel; level--)
        {
            if ((*entry & PageEntry.Present) == 0)
            {
                int table = Tables.Take(0, level, TableRole.Hole);
                holeTables++;
                *entry = Tables.Physical(table) | PageEntry.Present | PageEntry.Writable | PageEntry.User | PageEntry.Accessed;
            }

            entry = &Tables.Entries(Tables.Linked(*entry))[PageEntry.Index(address, level)];
        }

        return entry;
    }

    private void ShareHole()
    {
        for (int table = 0; table < Tables.Count; table++)
        {
            TableRecord* record = Tables.Record(table);
            ChargeWork(1);
            if (record->Level == 4 && record->Role == TableRole.Kernel)
            {
                CopyHole(Tables.Entries(table));
            }
        }
    }

    private void CopyHole(ulong* top)
    {
        for (int i = 0; i < HoleSlots; i++)
        {
            top[HoleLayout.FirstSlot + i] = holeEntries[i];
        }
    }

    /// <summary>Whether this many more tables can be kept from eviction, with a reserve left.</summary>
    private readonly bool CanPin(int tables, int left) => holeTables + loadedRoots + tables + left <= Tables.Count;

    private void Release(ref int root)
    {
        if (root != TablePool.None)
        {
            TableRecord* record = Tables.Record(root);
            record->Loaded--;
            loadedRoots -= record->Loaded == 0 ? 1 : 0;
            root = TablePool.None;
        }
    }

    private int TakeRoot(ulong frame, TableRole role, int template)
    {
        int root = Tables.Find(frame, 4, role);
        if (root == TablePool.None)
        {
            root = NewRoot(frame, role);
            if (template != TablePool.None && FillsAhead)
            {
                LinkKernelHalf(root, template);
            }
        }

        KeepRoot(root);
        Hold(Tables.Record(root));
        return root;
    }

    private int NewRoot(ulong frame, TableRole role)
    {
        if (!Reserve(1))
        {
            Machine.Panic("page-table cache cannot hold a root"u8, frame);
        }

        int root = CacheTable(frame, 4, role);
        ulong* top = Tables.Entries(root);
        ulong* kernel = Machine.KernelTable;
        for (int slot = HoleLayout.FirstKernelSlot; slot < HoleLayout.EndSlot; slot++)
        {
            top[slot] = kernel[slot];
        }

        if (role == TableRole.Kernel)
        {
            CopyHole(top);
        }

        return root;
    }

    /// <summary>
    /// Links a new kernel root to the tables of the kernel half that another root has, where the guest's entries agree. Without this the
    /// first use of each would be a fault.
    /// </summary>
    private void LinkKernelHalf(int root, int template)
    {
        const ulong Needed = PageEntry.Present | PageEntry.Accessed;
        ulong* entries = Tables.Entries(root);
        ulong* others = Tables.Entries(template);
        ulong* guestEntries = GuestEntry(Tables.Record(root)->Frame, 0);
        ulong lines = Tables.Record(template)->Lines >> (HoleLayout.EndSlot / 8) << (HoleLayout.EndSlot / 8);
        for (; lines != 0; lines &= lines - 1)
        {
            int first = BitOperations.TrailingZeroCount(lines) << 3;
            ChargeWork(8);
            for (int slot = first; slot < first + 8; slot++)
            {
                ulong guest = Volatile.Read(ref guestEntries[slot]);
                if ((others[slot] & PageEntry.Present) == 0 || (guest & (Needed | PageEntry.Large)) != Needed)
                {
                    continue;
                }

                int child = Tables.Linked(others[slot]);
                if (Tables.Record(child)->Frame == PageEntry.Frame(guest))
                {
                    entries[slot] = Tables.Physical(child) | LinkFlags | (guest & (PageEntry.Writable | PageEntry.NoExecute));
                    AddParent(child, (root << 9) | slot);
                }
            }
        }
    }
}

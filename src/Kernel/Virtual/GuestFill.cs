using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Threading;
using Tierce.Abi;

namespace Tierce.Kernel;

/// <summary>What became of a fault.</summary>
public readonly struct FillResult
{
    /// <summary>The cache has the entry now: go on.</summary>
    public readonly bool Filled;

    /// <summary>Else: the fault is the guest's, with this error code (without the bit for user mode).</summary>
    public readonly ulong ErrorCode;

    /// <summary>Makes one.</summary>
    public FillResult(bool filled, ulong errorCode)
    {
        Filled = filled;
        ErrorCode = errorCode;
    }
}

/// <summary>Filling the cache at a fault: one walk of the guest's tables, then the same walk in the cache's.</summary>
public unsafe partial struct Guest
{
    private const ulong ErrorPresent = 1, ErrorWrite = 2, ErrorFetch = 16;

    /// <summary>Slots, aligned, that a fill looks at: what the guest has marked accessed there is filled too.</summary>
    private const int FillAhead = 16;

    /// <summary>Flags that a link to a lower table always has.</summary>
    private const ulong LinkFlags = PageEntry.Present | PageEntry.User | PageEntry.Accessed;

    /// <summary>Flags of every cached leaf; those that are writable are dirty too, so that the processor has nothing to note.</summary>
    private const ulong LeafFlags = PageEntry.Present | PageEntry.User | PageEntry.Accessed;

    /// <summary>Fills the entry for an address, if the guest's tables allow the access.</summary>
    /// <param name="vcpu">The current virtual CPU.</param>
    /// <param name="user">The access came from guest user mode.</param>
    /// <param name="address">A canonical address.</param>
    /// <param name="error">The processor's error code.</param>
    public FillResult Fill(VCpu* vcpu, bool user, ulong address, ulong error)
    {
        if (address >= HoleLayout.Start && address < HoleLayout.End)
        {
            return Fault(error, 0);
        }

        GuestWalk walk;
        bool complete = Walk(&walk, user ? vcpu->UserRootFrame : vcpu->KernelRootFrame, address);
        if (!complete)
        {
            return Fault(error, walk.Entry & PageEntry.Present);
        }

        bool denied = (user && (walk.All & PageEntry.User) == 0)
            || ((error & ErrorFetch) != 0 && (walk.Any & PageEntry.NoExecute) != 0);
        bool native = false;
        if ((error & ErrorWrite) != 0 && (walk.All & PageEntry.Writable) == 0)
        {
            // The guest keeps its tables read-only and writes them all the same: under this interface that is not its fault.
            native = !user && (walk.Upper & PageEntry.Writable) != 0 && IsTable(PageEntry.Frame(walk.Entry));
            denied |= !native;
        }

        if (denied)
        {
            return Fault(error, ErrorPresent);
        }

        Fill(vcpu, &walk, user, address, (error & ErrorWrite) != 0, native);
        return new FillResult(true, 0);
    }

    /// <summary>Fills the entry for an access that the walk allows.</summary>
    /// <param name="vcpu">The current virtual CPU.</param>
    /// <param name="walk">The walk of its tables.</param>
    /// <param name="user">The access came from guest user mode.</param>
    /// <param name="address">Where.</param>
    /// <param name="write">It writes.</param>
    /// <param name="native">It writes a table that the guest has mapped read-only.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Fill(VCpu* vcpu, GuestWalk* walk, bool user, ulong address, bool write, bool native)
    {
        int root = user ? vcpu->UserRoot : vcpu->KernelRoot;
        TableRole role = RoleFor(root, user, address, walk->All);
        searches = 0;
        if (!Reserve(3))
        {
            Machine.Panic("page-table cache cannot hold one walk"u8, address);
        }

        MakeRoomToWatch();
        MarkWalk(walk, address, write && !native);
        ulong leaf = walk->At(1);
        ulong leafFrame = PageEntry.Frame(leaf);
        if (write && !native)
        {
            DropCopies(leafFrame);
        }

        int table = Link(walk, root, role, address);
        int slot = PageEntry.Index(address, 1);
        bool writable = native || ((walk->All & PageEntry.Writable) != 0 && (leaf & PageEntry.Dirty) != 0 && !HasCopies(leafFrame));
        if (write && !writable)
        {
            // A loaded root that the guest maps writable: it may write, and every flush looks at it.
            writable = true;
            native = true;
        }

        TableRecord* record = Tables.Record(table);
        SetLeaf(record, &Tables.Entries(table)[slot], LeafEntry(leaf, writable));
        if (native && write)
        {
            Watch(leafFrame, (table << 9) | slot);
        }

        if (FillsAhead)
        {
            slot &= ~(FillAhead - 1);
            SyncLeaves(table, record, slot, slot + FillAhead, LeafWork.Fill);
        }

        FlushStale();
    }

    private static FillResult Fault(ulong error, ulong present) => new(false, (error & (ErrorWrite | ErrorFetch)) | present);

    private readonly ulong* GuestEntry(ulong frame, int slot) => (ulong*)FrameAddress(frame) + slot;

    /// <summary>Walks the guest's tables from a frame that it owns. False: an entry is absent, large or of a frame that is not the guest's.</summary>
    private readonly bool Walk(GuestWalk* walk, ulong top, ulong address)
    {
        byte* memory = FrameAddress(0);
        ulong limit = frames << 12;
        ulong table = top << 12;
        ulong all = ulong.MaxValue;
        ulong any = 0;
        bool complete = Step(walk, 4, memory, limit, address, ref table, ref all, ref any)
            && Step(walk, 3, memory, limit, address, ref table, ref all, ref any)
            && Step(walk, 2, memory, limit, address, ref table, ref all, ref any);
        if (!complete)
        {
            return false;
        }

        walk->Upper = all;
        _ = Step(walk, 1, memory, limit, address, ref table, ref all, ref any);
        walk->All = all;
        walk->Any = any;
        return (walk->Entry & PageEntry.Present) != 0 && table < limit;
    }

    /// <summary>Reads the entry of a level, once; written out four times, it costs half of what a loop does.</summary>
    /// <returns>Whether it leads to a table.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Step(GuestWalk* walk, int level, byte* memory, ulong limit, ulong address, ref ulong table, ref ulong all, ref ulong any)
    {
        ulong entry = Volatile.Read(ref *(ulong*)(memory + table + ((address >> (9 * level)) & 0xff8)));
        walk->Table(level) = table;
        walk->At(level) = entry;
        walk->Entry = entry;
        all &= entry;
        any |= entry;
        table = entry & PageEntry.AddressMask;
        return (entry & (PageEntry.Present | PageEntry.Large)) == PageEntry.Present && table < limit;
    }

    /// <summary>Notes accessed, and dirty for a write, in the guest's tables, as the processor would.</summary>
    private readonly void MarkWalk(GuestWalk* walk, ulong address, bool dirty)
    {
        const ulong Noted = PageEntry.Accessed | PageEntry.Dirty;
        for (int level = 4; level >= 1; level--)
        {
            ulong wanted = level == 1 && dirty ? PageEntry.Accessed | PageEntry.Dirty : PageEntry.Accessed;
            ulong seen = walk->At(level);
            if ((seen & wanted) == wanted)
            {
                continue;
            }

            // If the guest changed the entry meanwhile, the next fault sees the new one; nothing is set in it. An entry that
            // stands at two levels of one walk has changed by these two bits alone.
            ulong* entry = GuestEntry(walk->Table(level) >> 12, PageEntry.Index(address, level));
            ulong now = Interlocked.CompareExchange(ref *entry, seen | wanted, seen);
            if (now != seen && ((now ^ seen) & ~Noted) == 0)
            {
                seen = now;
                now = Interlocked.CompareExchange(ref *entry, seen | wanted, seen);
            }

            walk->At(level) = now == seen ? seen | wanted : seen;
        }
    }

    /// <summary>The role of the tables below a root for an address. A supervisor leaf in the user half gives the kernel root a user half of its own.</summary>
    private TableRole RoleFor(int root, bool user, ulong address, ulong all)
    {
        if (address >= HoleLayout.UserLimit)
        {
            return user ? TableRole.User : TableRole.Kernel;
        }

        TableRecord* record = Tables.Record(root);
        if (user || (!record->PrivateUserHalf && (all & PageEntry.User) != 0))
        {
            return TableRole.Shared;
        }

        if (!record->PrivateUserHalf)
        {
            record->PrivateUserHalf = true;
            for (int slot = 0; slot < HoleLayout.FirstSlot; slot++)
            {
                Unlink(root, slot);
            }
        }

        return TableRole.Kernel;
    }

    /// <summary>Makes the cache's tables follow the walk.</summary>
    /// <returns>The leaf table.</returns>
    private int Link(GuestWalk* walk, int root, TableRole role, ulong address)
    {
        int table = root;
        for (int level = 4; level > 1; level--)
        {
            int slot = PageEntry.Index(address, level);
            ulong* link = &Tables.Entries(table)[slot];
            ulong flags = LinkFlags | (walk->At(level) & (PageEntry.Writable | PageEntry.NoExecute));
            ulong frame = walk->Table(level - 1) >> 12;
            int child = TablePool.None;
            if ((*link & PageEntry.Present) != 0)
            {
                child = Tables.Linked(*link);
                TableRecord* record = Tables.Record(child);
                if (record->Frame != frame || record->Role != role)
                {
                    Unlink(table, slot);
                    child = TablePool.None;
                }
            }

            if (child == TablePool.None)
            {
                child = Tables.Find(frame, level - 1, role);
                if (child == TablePool.None)
                {
                    child = CacheTable(frame, level - 1, role);
                }

                AddParent(child, (table << 9) | slot);
            }

            ulong entry = Tables.Physical(child) | flags;
            if (*link != entry)
            {
                staleTlb |= (*link & PageEntry.Present) != 0;
                *link = entry;
            }

            table = child;
        }

        return table;
    }

    /// <summary>A leaf for a guest's entry whose frame is owned.</summary>
    private readonly ulong LeafEntry(ulong guest, bool writable) =>
        ((firstPage + PageEntry.Frame(guest)) << 12) | LeafFlags | (guest & (PageEntry.NoExecute | PageEntry.Dirty))
        | (writable ? PageEntry.Writable | PageEntry.Dirty : 0);

    /// <summary>Whether the guest treats a frame as a page table: it said so, or the cache has a copy.</summary>
    private readonly bool IsTable(ulong frame) =>
        ((declaredTables[frame >> 3] >> (int)(frame & 7)) & 1) != 0 || HasCopies(frame);

    private void FlushStale()
    {
        if (staleTlb)
        {
            staleTlb = false;
            Machine.FlushTlb();
        }
    }
}

/// <summary>One walk of a guest's tables: entries as read and the tables they stand in, by level (1 to 4).</summary>
public unsafe struct GuestWalk
{
    /// <summary>AND and OR of all entries; AND of those above the leaf.</summary>
    public ulong All, Any, Upper;

    /// <summary>The last entry read: the leaf, or the one at which the walk ended.</summary>
    public ulong Entry;

    // No fixed arrays: for those the compiler guards the stack at each fault.
    private ulong entry1, entry2, entry3, entry4, table1, table2, table3, table4;

    /// <summary>The entry read at a level.</summary>
    [UnscopedRef]
    public ref ulong At(int level) => ref Unsafe.Add(ref entry1, level - 1);

    /// <summary>Guest-physical address of the table at a level.</summary>
    [UnscopedRef]
    public ref ulong Table(int level) => ref Unsafe.Add(ref table1, level - 1);
}

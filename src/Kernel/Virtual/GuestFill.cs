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

    /// <summary>Flags of every cached leaf: the processor has nothing to note in it.</summary>
    private const ulong LeafFlags = PageEntry.Present | PageEntry.User | PageEntry.Accessed | PageEntry.Dirty;

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
        walk.Top = user ? vcpu->UserRootFrame : vcpu->KernelRootFrame;
        walk.Address = address;
        if (!Walk(&walk, address))
        {
            return Fault(error, walk.Present ? ErrorPresent : 0);
        }

        bool write = (error & ErrorWrite) != 0;
        ulong leafFrame = PageEntry.Frame(walk.Leaf);
        bool denied = (user && (walk.All & PageEntry.User) == 0)
            || ((error & ErrorFetch) != 0 && (walk.Any & PageEntry.NoExecute) != 0);
        bool native = false;
        if (write && (walk.All & PageEntry.Writable) == 0)
        {
            // The guest keeps its tables read-only and writes them all the same: under this interface that is not its fault.
            native = !user && (walk.Upper & PageEntry.Writable) != 0 && IsTable(leafFrame);
            denied |= !native;
        }

        if (denied)
        {
            return Fault(error, ErrorPresent);
        }

        int root = user ? vcpu->UserRoot : vcpu->KernelRoot;
        TableRole role = RoleFor(root, user, address, walk.All);
        searches = 0;
        if (!Reserve(3))
        {
            Machine.Panic("page-table cache cannot hold one walk"u8, address);
        }

        MakeRoomToWatch();
        MarkWalk(&walk, write && !native);
        if (write && !native)
        {
            DropCopies(leafFrame);
        }

        int table = Link(&walk, root, role, address);
        int slot = PageEntry.Index(address, 1);
        bool writable = native || ((walk.All & PageEntry.Writable) != 0 && (walk.Leaf & PageEntry.Dirty) != 0 && !HasCopies(leafFrame));
        if (write && !writable)
        {
            // A loaded root that the guest maps writable: it may write, and every flush looks at it.
            writable = true;
            native = true;
        }

        SetLeaf(table, slot, LeafEntry(walk.Leaf, writable));
        if (native && write)
        {
            Watch(leafFrame, (table << 9) | slot);
        }

        if (FillsAhead)
        {
            FillNeighbours(table, slot);
        }

        FlushStale();
        return new FillResult(true, 0);
    }

    private static FillResult Fault(ulong error, ulong present) => new(false, (error & (ErrorWrite | ErrorFetch)) | present);

    private readonly ulong* GuestEntry(ulong frame, int slot) => (ulong*)FrameAddress(frame) + slot;

    /// <summary>Walks the guest's tables. False: an entry is absent, large or of a frame that is not the guest's.</summary>
    private readonly bool Walk(GuestWalk* walk, ulong address)
    {
        byte* memory = FrameAddress(0);
        ulong all = ulong.MaxValue;
        ulong any = 0;
        ulong upper = ulong.MaxValue;
        ulong entry = 0;
        ulong frame = walk->Top;
        walk->Present = false;
        int shift = 39;
        for (int level = 4; level >= 1; level--, shift -= 9)
        {
            ulong* table = (ulong*)(memory + (frame << 12));
            entry = Volatile.Read(ref table[(address >> shift) & (PageEntry.Count - 1)]);
            walk->Frames[level] = frame;
            walk->Entries[level] = entry;
            if ((entry & PageEntry.Present) == 0)
            {
                return false;
            }

            frame = PageEntry.Frame(entry);
            if (frame >= frames || (level > 1 && (entry & PageEntry.Large) != 0))
            {
                walk->Present = true;
                return false;
            }

            upper = all;
            all &= entry;
            any |= entry;
        }

        walk->All = all;
        walk->Any = any;
        walk->Upper = upper;
        walk->Leaf = entry;
        return true;
    }

    /// <summary>Notes accessed, and dirty for a write, in the guest's tables, as the processor would.</summary>
    private readonly void MarkWalk(GuestWalk* walk, bool dirty)
    {
        const ulong Noted = PageEntry.Accessed | PageEntry.Dirty;
        for (int level = 4; level >= 1; level--)
        {
            ulong wanted = level == 1 && dirty ? PageEntry.Accessed | PageEntry.Dirty : PageEntry.Accessed;
            ulong seen = walk->Entries[level];
            if ((seen & wanted) == wanted)
            {
                continue;
            }

            // If the guest changed the entry meanwhile, the next fault sees the new one; nothing is set in it. An entry that
            // stands at two levels of one walk has changed by these two bits alone.
            ulong* entry = GuestEntry(walk->Frames[level], walk->Slot(level));
            ulong now = Interlocked.CompareExchange(ref *entry, seen | wanted, seen);
            if (now != seen && ((now ^ seen) & ~Noted) == 0)
            {
                seen = now;
                now = Interlocked.CompareExchange(ref *entry, seen | wanted, seen);
            }

            walk->Entries[level] = now == seen ? seen | wanted : seen;
        }

        walk->Leaf = walk->Entries[1];
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
            ulong flags = LinkFlags | (walk->Entries[level] & (PageEntry.Writable | PageEntry.NoExecute));
            ulong frame = walk->Frames[level - 1];
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
        ((firstPage + PageEntry.Frame(guest)) << 12) | LeafFlags | (guest & PageEntry.NoExecute) | (writable ? PageEntry.Writable : 0);

    /// <summary>Fills what the guest has marked accessed around a slot, so that it costs no fault.</summary>
    private void FillNeighbours(int table, int slot)
    {
        const ulong Needed = PageEntry.Present | PageEntry.Accessed;
        ulong* entries = Tables.Entries(table);
        ulong* guestEntries = GuestEntry(Tables.Record(table)->Frame, 0);
        int first = slot & ~(FillAhead - 1);
        for (int i = first; i < first + FillAhead; i++)
        {
            ulong guest = Volatile.Read(ref guestEntries[i]);
            if ((guest & Needed) == Needed && (entries[i] & PageEntry.Present) == 0)
            {
                FillQuietly(table, i, guest);
            }
        }
    }

    /// <summary>Fills an absent leaf ahead of its use, if nothing need be noted in the guest's entry for it.</summary>
    private void FillQuietly(int table, int slot, ulong guest)
    {
        const ulong Needed = PageEntry.Present | PageEntry.Accessed;
        ulong frame = PageEntry.Frame(guest);
        if ((guest & Needed) != Needed || frame >= frames || IsHidden(table, guest))
        {
            return;
        }

        bool writable = MayWrite(guest, frame);
        writers[frame] += writable ? 1U : 0;
        Tables.Record(table)->Use(slot);
        Tables.Entries(table)[slot] = LeafEntry(guest, writable);
    }

    /// <summary>Whether a guest's entry keeps guest user mode out, which could use it in a table of that role.</summary>
    private readonly bool IsHidden(int table, ulong guest) =>
        (guest & PageEntry.User) == 0 && Tables.Record(table)->Role != TableRole.Kernel;

    /// <summary>Whether a leaf may be writable at once: the guest allows it, has it marked dirty, and it is no cached table.</summary>
    private readonly bool MayWrite(ulong guest, ulong frame)
    {
        const ulong Both = PageEntry.Writable | PageEntry.Dirty;
        return (guest & Both) == Both && !HasCopies(frame);
    }

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

/// <summary>One walk of a guest's tables: entries as read and the frames they stand in, by level.</summary>
public unsafe struct GuestWalk
{
    /// <summary>Frame of the top-level table.</summary>
    public ulong Top;

    /// <summary>The entries read, by level (1 to 4).</summary>
    public fixed ulong Entries[5];

    /// <summary>Frames of the tables, by level.</summary>
    public fixed ulong Frames[5];

    /// <summary>AND and OR of all entries; AND of those above the leaf.</summary>
    public ulong All, Any, Upper;

    /// <summary>The leaf.</summary>
    public ulong Leaf;

    /// <summary>The address.</summary>
    public ulong Address;

    /// <summary>The walk failed at an entry that is present.</summary>
    public bool Present;

    /// <summary>Index in the table of a level.</summary>
    public readonly int Slot(int level) => PageEntry.Index(Address, level);
}

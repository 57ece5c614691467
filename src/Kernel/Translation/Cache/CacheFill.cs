using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Threading;
using Tierce.Abi;
using Tierce.Kernel.Arch;
using Tierce.Kernel.Arch.Formats;
using Tierce.Kernel.Translation.Guests;

namespace Tierce.Kernel.Translation.Cache;

/// <summary>Fills the cache at a fault: one walk of the guest's tables, then the same walk in the cache's.</summary>
public unsafe partial struct PageTableCache
{
    // SAFETY: tables of the cache by index, and frames of the guest's that were compared with its limit; a line of entries does
    // not leave its table.

    private const ulong ErrorPresent = 1, ErrorWrite = 2, ErrorFetch = 16;

    /// <summary>Slots, aligned, that a fill considers: it also fills those that the guest has marked accessed.</summary>
    private const int FillAhead = 16;

    /// <summary>Flags that a link to a lower table always has.</summary>
    private const ulong LinkFlags = PageEntry.Present | PageEntry.User | PageEntry.Accessed;

    /// <summary>Flags of every cached leaf. Writable leaves are dirty too, so that the processor has nothing to write.</summary>
    private const ulong LeafFlags = PageEntry.Present | PageEntry.User | PageEntry.Accessed;

    /// <summary>Fills the entry for an address, if the guest's tables allow the access.</summary>
    /// <param name="roots">The current virtual CPU.</param>
    /// <param name="user">The access came from guest user mode.</param>
    /// <param name="address">A canonical address.</param>
    /// <param name="error">The processor's error code.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public FillResult Fill(LoadedRoots* roots, bool user, ulong address, ulong error)
    {
        if (address >= HoleLayout.Start && address < HoleLayout.End)
        {
            return Fault(error, 0);
        }

        GuestWalk walk;
        bool complete = Walk(&walk, user ? roots->UserRootFrame : roots->KernelRootFrame, address, out ulong leaf);
        if (!complete)
        {
            return Fault(error, leaf & PageEntry.Present);
        }

        ulong upper = walk.At(4) & walk.At(3) & walk.At(2);
        walk.All = upper & leaf;
        bool denied = (user && (walk.All & PageEntry.User) == 0 && !IsOpenToUser)
            || ((error & ErrorFetch) != 0 && ((walk.At(4) | walk.At(3) | walk.At(2) | leaf) & PageEntry.NoExecute) != 0);
        bool native = false;
        if ((error & ErrorWrite) != 0 && (walk.All & PageEntry.Writable) == 0)
        {
            // The guest maps its tables read-only and still writes them. Under this interface that is not a fault of the guest.
            native = !user && (upper & PageEntry.Writable) != 0 && IsTable(PageEntry.Frame(leaf));
            denied |= !native;
        }

        if (denied)
        {
            return Fault(error, ErrorPresent);
        }

        Fill(roots, &walk, user, address, (error & ErrorWrite) != 0, native);
        return new FillResult(true, 0);
    }

    /// <summary>Fills the entry for an access that the walk allows.</summary>
    /// <param name="roots">The current virtual CPU.</param>
    /// <param name="walk">The walk of its tables.</param>
    /// <param name="user">The access came from guest user mode.</param>
    /// <param name="address">The address of the access.</param>
    /// <param name="write">Whether it writes.</param>
    /// <param name="native">Whether it writes a table that the guest has mapped read-only.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Fill(LoadedRoots* roots, GuestWalk* walk, bool user, ulong address, bool write, bool native)
    {
        int root = user ? roots->UserRoot : roots->KernelRoot;
        TableRole role = RoleFor(root, user, address, walk->All);
        searches = 0;
        if (Tables.Free < 3 && !Reserve(3))
        {
            Machine.Panic("page-table cache cannot hold one walk"u8, address);
        }

        MakeRoomToWatch();
        bool dirty = write && !native;
        if ((walk->All & PageEntry.Accessed) == 0 || (dirty && (walk->At(1) & PageEntry.Dirty) == 0))
        {
            MarkWalk(walk, address, dirty);
        }

        ulong leaf = walk->At(1);
        ulong leafFrame = PageEntry.Frame(leaf);
        if (dirty)
        {
            DropCopies(leafFrame);
        }

        int table = Link(walk, root, role, address);
        Invariant.Holds(Tables.Record(table)->Level == 1 && Tables.Record(table)->Role == role);
        Invariant.Holds(Tables.Record(table)->Frame == PageEntry.Frame(walk->At(2)));
        int slot = PageEntry.Index(address, 1);
        bool writable = native || ((walk->All & PageEntry.Writable) != 0 && (leaf & PageEntry.Dirty) != 0 && !HasCopies(leafFrame));
        if (write && !writable)
        {
            // A loaded root that the guest maps writable: the write is allowed, and every flush compares it.
            writable = true;
            native = true;
        }

        TableRecord* record = Tables.Record(table);
        ulong* place = &Tables.Entries(table)[slot];
        SetLeaf(record, place, LeafEntry(role, leaf, writable));
        if (native && write)
        {
            Watch(leafFrame, (table << 9) | slot);
        }

        if (FillsAhead && !native)
        {
            ulong* first = (ulong*)((ulong)place & ~(FillAhead * sizeof(ulong) - 1UL));
            SyncLeaves(record, first, first + FillAhead);
        }

        FlushStale();
    }

    private static FillResult Fault(ulong error, ulong present) => new(false, (error & (ErrorWrite | ErrorFetch)) | present);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly ulong* GuestEntry(ulong frame, int slot) => (ulong*)Guest.FrameAddress(frame) + slot;

    /// <summary>Walks the guest's tables from a frame that it owns.</summary>
    /// <param name="walk">The entries read.</param>
    /// <param name="top">Frame of the top-level table.</param>
    /// <param name="address">Address to translate.</param>
    /// <param name="entry">The last entry read: the leaf, or the entry at which the walk ended.</param>
    /// <returns>False if an entry is absent, large, or of a frame that the guest does not own.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly bool Walk(GuestWalk* walk, ulong top, ulong address, out ulong entry)
    {
        byte* memory = Guest.FrameAddress(0);
        ulong limit = Guest.Frames << 12;
        walk->At(5) = top << 12;
        if (!Step(walk, 4, memory, limit, address, top << 12, out entry))
        {
            return false;
        }

        if (!Step(walk, 3, memory, limit, address, entry, out entry))
        {
            return false;
        }

        if (!Step(walk, 2, memory, limit, address, entry, out entry))
        {
            return false;
        }

        entry = Read(walk, 1, memory, address, entry);
        return (entry & PageEntry.Present) != 0 && (entry & PageEntry.AddressMask) < limit;
    }

    /// <summary>
    /// Reads the entry of a level and tests whether it leads to a table. Written out three times, this costs half of what a loop does.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Step(GuestWalk* walk, int level, byte* memory, ulong limit, ulong address, ulong above, out ulong entry)
    {
        entry = Read(walk, level, memory, address, above);
        return (entry & (PageEntry.Present | PageEntry.Large)) == PageEntry.Present && (entry & PageEntry.AddressMask) < limit;
    }

    /// <summary>Reads the entry of a level, once, in the table that the entry above it names.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Read(GuestWalk* walk, int level, byte* memory, ulong address, ulong above)
    {
        ulong entry = Volatile.Read(ref *PageEntry.Of(memory + (above & PageEntry.AddressMask), address, level));
        walk->At(level) = entry;
        return entry;
    }

    /// <summary>Sets accessed, and dirty for a write, in the guest's tables, as the processor would.</summary>
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

            // If the guest changed the entry meanwhile, this sets nothing in it, and the next fault sees the new one. An entry that occurs
            // at two levels of one walk has changed in these two bits only.
            ulong* entry = GuestEntry(PageEntry.Frame(walk->At(level + 1)), PageEntry.Index(address, level));
            ulong now = Interlocked.CompareExchange(ref *entry, seen | wanted, seen);
            if (now != seen && ((now ^ seen) & ~Noted) == 0)
            {
                seen = now;
                now = Interlocked.CompareExchange(ref *entry, seen | wanted, seen);
            }

            walk->At(level) = now == seen ? seen | wanted : seen;
        }
    }

    /// <summary>The role of the tables below a root for an address.</summary>
    private TableRole RoleFor(int root, bool user, ulong address, ulong all)
    {
        if (address >= HoleLayout.UserLimit && !user)
        {
            return TableRole.Kernel;
        }

        if (!Tables.Record(root)->PrivateUserHalf && (all & PageEntry.User) != 0)
        {
            return address < HoleLayout.UserLimit ? TableRole.Shared : TableRole.User;
        }

        return PrivateRole(root, user);
    }

    /// <summary>
    /// A leaf without the user bit, used through a root that may hold it, ends the sharing for that root: a kernel root gets a user half of
    /// its own, and a user root shares nothing from then on.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private TableRole PrivateRole(int root, bool user)
    {
        TableRecord* record = Tables.Record(root);
        if (!record->PrivateUserHalf)
        {
            record->PrivateUserHalf = true;
            for (int slot = 0; slot < (user ? PageEntry.Count : HoleLayout.FirstSlot); slot++)
            {
                if (!IsHoleSlot(slot))
                {
                    Unlink(root, slot);
                }
            }
        }

        return user ? TableRole.Open : TableRole.Kernel;
    }

    /// <summary>Makes the cache's tables follow the walk.</summary>
    /// <returns>The leaf table.</returns>
    private int Link(GuestWalk* walk, int root, TableRole role, ulong address)
    {
        int table = LinkLevel(walk, 4, root, role, address);
        table = LinkLevel(walk, 3, table, role, address);
        return LinkLevel(walk, 2, table, role, address);
    }

    /// <summary>Does this for one level. Written out three times, it costs a quarter less than a loop.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int LinkLevel(GuestWalk* walk, int level, int table, TableRole role, ulong address)
    {
        ulong* place = PageEntry.Of(Tables.Entries(table), address, level);
        ulong guest = walk->At(level);
        ulong link = *place;
        int child = Tables.Linked(link);
        if (link == 0 || Tables.Record(child)->Frame != PageEntry.Frame(guest) || Tables.Record(child)->Role != role)
        {
            child = LinkTo(table, place, PageEntry.Frame(guest), level - 1, role);
        }

        Invariant.Holds(Tables.Record(child)->Level == level - 1 && Tables.Record(child)->Role == role);
        ulong entry = Tables.Physical(child) | LinkFlags | (guest & (PageEntry.Writable | PageEntry.NoExecute));
        if (*place != entry)
        {
            staleTlb |= *place != 0;
            *place = entry;
        }

        return child;
    }

    /// <summary>Finds or makes the copy of a frame to which a table shall link. Removes the table's old link there.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private int LinkTo(int table, ulong* place, ulong frame, int level, TableRole role)
    {
        int slot = PageEntry.Slot(place);
        if (*place != 0)
        {
            Unlink(table, slot);
        }

        int child = Tables.Find(frame, level, role);
        if (child == TablePool.None)
        {
            child = CacheTable(frame, level, role);
        }

        Invariant.Holds(Tables.Record(child)->Level == level && Tables.Record(child)->Role == role && Tables.Record(child)->Frame == frame);

        AddParent(child, (table << 9) | slot);
        return child;
    }

    /// <summary>A leaf for a guest's entry whose frame is owned.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly ulong LeafEntry(TableRole role, ulong guest, bool writable) =>
        ((guest & (PageEntry.AddressMask | PageEntry.NoExecute | PageEntry.Dirty)) + leafBases[(int)role])
        | (writable ? PageEntry.Writable | PageEntry.Dirty : 0);

    /// <summary>Whether the guest treats a frame as a page table: it has declared it, or the cache has a copy.</summary>
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

/// <summary>
/// One walk of a guest's tables: the entries read, by level (1 to 4). The entry above them, at 5, names the top-level table.
/// </summary>
public unsafe struct GuestWalk
{
    /// <summary>AND of all entries of a complete walk.</summary>
    public ulong All;

    // Not a fixed array, because the compiler would then add a stack guard to each fault.
    private ulong entry1, entry2, entry3, entry4, entry5;

    /// <summary>The entry read at a level.</summary>
    [UnscopedRef]
    public ref ulong At(int level) => ref Unsafe.Add(ref entry1, level - 1);
}

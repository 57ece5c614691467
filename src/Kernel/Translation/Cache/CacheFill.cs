using System.Runtime.CompilerServices;
using System.Threading;
using Tierce.Abi;
using Tierce.Kernel.Arch;
using Tierce.Kernel.Arch.Formats;
using Tierce.Kernel.Translation.Guests;

namespace Tierce.Kernel.Translation.Cache;

/// <summary>Fills the cache at a fault: one walk of the guest's tables, then the same walk in the cache's.</summary>
internal static unsafe class CacheFill
{
    // SAFETY: tables of the cache by index, and frames of the guest's that were compared with its limit; a line of entries does
    // not leave its table.

    private const ulong ErrorPresent = 1, ErrorWrite = 2, ErrorFetch = 16;

    /// <summary>Slots, aligned, that a fill considers: it also fills those that the guest has marked accessed.</summary>
    private const int FillAhead = 16;

    /// <summary>See <see cref="GuestSpace.Fill"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FillResult Fill(ref PageTableCache cache, LoadedRoots* roots, bool user, ulong address, ulong error)
    {
        if (address >= HoleLayout.Start && address < HoleLayout.End)
        {
            return Fault(error, 0);
        }

        GuestWalk walk;
        bool complete = Walk(ref cache, &walk, user ? roots->UserRootFrame : roots->KernelRootFrame, address, out ulong leaf);
        if (!complete)
        {
            return Fault(error, leaf & PageEntry.Present);
        }

        ulong upper = walk.At(4) & walk.At(3) & walk.At(2);
        walk.All = upper & leaf;
        bool denied = (user && (walk.All & PageEntry.User) == 0 && !cache.Options.IsOpenToUser)
            || ((error & ErrorFetch) != 0 && ((walk.At(4) | walk.At(3) | walk.At(2) | leaf) & PageEntry.NoExecute) != 0);
        bool native = false;
        if ((error & ErrorWrite) != 0 && (walk.All & PageEntry.Writable) == 0)
        {
            // The guest maps its tables read-only and still writes them. Under this interface that is not a fault of the guest.
            native = !user && (upper & PageEntry.Writable) != 0 && IsTable(ref cache, PageEntry.Frame(leaf));
            denied |= !native;
        }

        if (denied)
        {
            return Fault(error, ErrorPresent);
        }

        FillAllowed(ref cache, roots, &walk, user, address, (error & ErrorWrite) != 0, native);
        return new FillResult(true, 0);
    }

    /// <summary>Fills the entry for an access that the walk allows.</summary>
    /// <param name="cache">The cache.</param>
    /// <param name="roots">The current virtual CPU.</param>
    /// <param name="walk">The walk of its tables.</param>
    /// <param name="user">The access came from guest user mode.</param>
    /// <param name="address">The address of the access.</param>
    /// <param name="write">Whether it writes.</param>
    /// <param name="native">Whether it writes a table that the guest has mapped read-only.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void FillAllowed(ref PageTableCache cache, LoadedRoots* roots, GuestWalk* walk, bool user, ulong address, bool write, bool native)
    {
        int root = user ? roots->UserRoot : roots->KernelRoot;
        TableRole role = RoleFor(ref cache, root, user, address, walk->All);
        cache.Work.Searches = 0;
        if (cache.Tables.Free < 3 && !CacheLinks.Reserve(ref cache, 3))
        {
            Machine.Panic("page-table cache cannot hold one walk"u8, address);
        }

        WatchList.MakeRoom(ref cache);
        bool dirty = write && !native;
        if ((walk->All & PageEntry.Accessed) == 0 || (dirty && (walk->At(1) & PageEntry.Dirty) == 0))
        {
            MarkWalk(ref cache, walk, address, dirty);
        }

        ulong leaf = walk->At(1);
        ulong leafFrame = PageEntry.Frame(leaf);
        if (dirty)
        {
            CacheLinks.DropCopies(ref cache, leafFrame);
        }

        int table = Link(ref cache, walk, root, role, address);
        Invariant.Holds(cache.Tables.Record(table)->Level == 1 && cache.Tables.Record(table)->Role == role);
        Invariant.Holds(cache.Tables.Record(table)->Frame == PageEntry.Frame(walk->At(2)));
        int slot = PageEntry.Index(address, 1);
        bool writable = native || ((walk->All & PageEntry.Writable) != 0 && (leaf & PageEntry.Dirty) != 0 && !cache.Uses.HasCopies(leafFrame));
        if (write && !writable)
        {
            // A loaded root that the guest maps writable: the write is allowed, and every flush compares it.
            writable = true;
            native = true;
        }

        TableRecord* record = cache.Tables.Record(table);
        ulong* place = &cache.Tables.Entries(table)[slot];
        CacheLeaves.SetLeaf(ref cache, record, place, cache.Leaves.Entry(role, leaf, writable));
        if (native && write)
        {
            WatchList.Add(ref cache, leafFrame, (table << 9) | slot);
        }

        if (cache.Options.FillsAhead && !native)
        {
            ulong* first = (ulong*)((ulong)place & ~(FillAhead * sizeof(ulong) - 1UL));
            CacheLeaves.SyncLeaves(ref cache, record, first, first + FillAhead);
        }

        TlbState.Flush(ref cache);
    }

    private static FillResult Fault(ulong error, ulong present) => new(false, (error & (ErrorWrite | ErrorFetch)) | present);

    /// <summary>Walks the guest's tables from a frame that it owns.</summary>
    /// <param name="cache">The cache.</param>
    /// <param name="walk">The entries read.</param>
    /// <param name="top">Frame of the top-level table.</param>
    /// <param name="address">Address to translate.</param>
    /// <param name="entry">The last entry read: the leaf, or the entry at which the walk ended.</param>
    /// <returns>False if an entry is absent, large, or of a frame that the guest does not own.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Walk(ref PageTableCache cache, GuestWalk* walk, ulong top, ulong address, out ulong entry)
    {
        byte* memory = cache.Guest.FrameAddress(0);
        ulong limit = cache.Guest.Frames << 12;
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
    private static void MarkWalk(ref PageTableCache cache, GuestWalk* walk, ulong address, bool dirty)
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
            ulong* entry = cache.Guest.Entry(PageEntry.Frame(walk->At(level + 1)), PageEntry.Index(address, level));
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
    private static TableRole RoleFor(ref PageTableCache cache, int root, bool user, ulong address, ulong all)
    {
        if (address >= HoleLayout.UserLimit && !user)
        {
            return TableRole.Kernel;
        }

        if (!cache.Tables.Record(root)->PrivateUserHalf && (all & PageEntry.User) != 0)
        {
            return address < HoleLayout.UserLimit ? TableRole.Shared : TableRole.User;
        }

        return PrivateRole(ref cache, root, user);
    }

    /// <summary>
    /// A leaf without the user bit, used through a root that may hold it, ends the sharing for that root: a kernel root gets a user half of
    /// its own, and a user root shares nothing from then on.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static TableRole PrivateRole(ref PageTableCache cache, int root, bool user)
    {
        TableRecord* record = cache.Tables.Record(root);
        if (!record->PrivateUserHalf)
        {
            record->PrivateUserHalf = true;
            for (int slot = 0; slot < (user ? PageEntry.Count : HoleLayout.FirstSlot); slot++)
            {
                if (!HoleTables.IsSlot(slot))
                {
                    CacheLinks.Unlink(ref cache, root, slot);
                }
            }
        }

        return user ? TableRole.Open : TableRole.Kernel;
    }

    /// <summary>Makes the cache's tables follow the walk.</summary>
    /// <returns>The leaf table.</returns>
    private static int Link(ref PageTableCache cache, GuestWalk* walk, int root, TableRole role, ulong address)
    {
        int table = LinkLevel(ref cache, walk, 4, root, role, address);
        table = LinkLevel(ref cache, walk, 3, table, role, address);
        return LinkLevel(ref cache, walk, 2, table, role, address);
    }

    /// <summary>Does this for one level. Written out three times, it costs a quarter less than a loop.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int LinkLevel(ref PageTableCache cache, GuestWalk* walk, int level, int table, TableRole role, ulong address)
    {
        ulong* place = PageEntry.Of(cache.Tables.Entries(table), address, level);
        ulong guest = walk->At(level);
        ulong link = *place;
        int child = cache.Tables.Linked(link);
        if (link == 0 || cache.Tables.Record(child)->Frame != PageEntry.Frame(guest) || cache.Tables.Record(child)->Role != role)
        {
            child = LinkTo(ref cache, table, place, PageEntry.Frame(guest), level - 1, role);
        }

        Invariant.Holds(cache.Tables.Record(child)->Level == level - 1 && cache.Tables.Record(child)->Role == role);
        ulong entry = cache.Tables.Physical(child) | CacheLinks.LinkFlags | (guest & (PageEntry.Writable | PageEntry.NoExecute));
        if (*place != entry)
        {
            cache.Tlb.IsStale = cache.Tlb.IsStale | (*place != 0);
            *place = entry;
        }

        return child;
    }

    /// <summary>Finds or makes the copy of a frame to which a table shall link. Removes the table's old link there.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int LinkTo(ref PageTableCache cache, int table, ulong* place, ulong frame, int level, TableRole role)
    {
        int slot = PageEntry.Slot(place);
        if (*place != 0)
        {
            CacheLinks.Unlink(ref cache, table, slot);
        }

        int child = cache.Tables.Find(frame, level, role);
        if (child == TablePool.None)
        {
            child = CacheLinks.Add(ref cache, frame, level, role);
        }

        Invariant.Holds(cache.Tables.Record(child)->Level == level && cache.Tables.Record(child)->Role == role && cache.Tables.Record(child)->Frame == frame);

        CacheLinks.AddParent(ref cache, child, (table << 9) | slot);
        return child;
    }

    /// <summary>Whether the guest treats a frame as a page table: it has declared it, or the cache has a copy.</summary>
    private static bool IsTable(ref PageTableCache cache, ulong frame) =>
        cache.Notes.Declares(frame) || cache.Uses.HasCopies(frame);
}

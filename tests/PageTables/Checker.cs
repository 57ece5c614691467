using Tierce.Abi;

namespace Tierce.PageTables;

/// <summary>The cache broke a promise.</summary>
public sealed class BrokenPromiseException(string message) : Exception(message);

/// <summary>
/// Looks at all of the cache's tables. Always: every leaf maps a frame of the guest, links and books agree. After a drain
/// also: every entry is what the guest's own says.
/// </summary>
public sealed unsafe class Checker(World world)
{
    private const ulong Present = 1, Writable = 2, User = 4, Accessed = 0x20, Dirty = 0x40, Large = 0x80, Global = 0x100, NoExecute = 1UL << 63;
    private const ulong Address = 0x000f_ffff_ffff_f000;

    private readonly uint[] writers = new uint[world.Guest->Frames];
    private readonly bool[] watched = new bool[world.Guest->Frames];
    private readonly int[] parents = new int[Cache(world.Guest)->Tables.Count];
    private readonly int[] holeParents = new int[Cache(world.Guest)->Tables.Count];
    private readonly Guest* guest = world.Guest;
    private (uint Frame, int Slot, int Level, TableRole Role) place;

    /// <summary>Checks all; with <paramref name="drained"/> also agreement with the guest's tables.</summary>
    public void Check(bool drained)
    {
        Array.Clear(writers);
        Array.Clear(watched);
        Array.Clear(parents);
        Array.Clear(holeParents);
        int live = 0;
        for (int slot = 0; slot < 3; slot++)
        {
            CountHoleLink(Cache(guest)->Hole.Top(slot));
        }

        for (int table = 0; table < Cache(guest)->Tables.Count; table++)
        {
            if (Cache(guest)->Tables.Record(table)->Level != 0)
            {
                live++;
                CheckTable(table, drained);
            }
        }

        Demand(live + Cache(guest)->Tables.Free == Cache(guest)->Tables.Count, "tables lost", (ulong)live, (ulong)Cache(guest)->Tables.Free);
        CheckBooks();
    }

    /// <summary>Always: no table that the processor remembers was given back, perhaps to become another.</summary>
    public void CheckDirectories(Processor processor)
    {
        foreach (ulong page in processor.LeafTables)
        {
            TableRecord* record = Cache(guest)->Tables.Record(Cache(guest)->Tables.Linked(page << 12));
            Demand(record->Level == 1, "the processor remembers a table that is no more", page, record->Level);
        }
    }

    /// <summary>After a drain: whatever the processor still holds is what the guest's tables say.</summary>
    public void CheckTlb(Processor processor, LoadedRoots* cpu, bool user)
    {
        foreach ((ulong page, TlbEntry entry) in processor.Tlb)
        {
            ulong address = page << 12;
            if (address is >= HoleLayout.Start and < HoleLayout.End)
            {
                continue;
            }

            CheckHeld(entry, cpu, address, user);
        }
    }

    /// <summary>After an invalidation: what a root and the processor hold of that address is what the guest's tables say.</summary>
    public void CheckAddress(Processor processor, ulong address, LoadedRoots* cpu, bool user)
    {
        if (address is >= HoleLayout.Start and < HoleLayout.End)
        {
            return;
        }

        if (processor.Tlb.TryGetValue(address >> 12, out TlbEntry held))
        {
            CheckHeld(held, cpu, address, user);
        }

        if (Processor.Walk(Cache(guest)->Tables.Physical(cpu->KernelRoot), address, out TlbEntry byKernel))
        {
            CheckTranslation(byKernel, cpu->KernelRootFrame, address, user: false);
        }

        if (cpu->UserRoot != TablePool.None && Processor.Walk(Cache(guest)->Tables.Physical(cpu->UserRoot), address, out TlbEntry byUser))
        {
            CheckTranslation(byUser, cpu->UserRootFrame, address, user: true);
        }
    }

    /// <summary>What is global may have come by either root of the pair; then both modes may use it.</summary>
    private void CheckHeld(TlbEntry entry, LoadedRoots* cpu, ulong address, bool user)
    {
        bool byOther = entry.Global && (user || cpu->UserRoot != TablePool.None) && IsSaid(entry, user ? cpu->KernelRootFrame : cpu->UserRootFrame, address);
        if (!byOther)
        {
            CheckTranslation(entry, user ? cpu->UserRootFrame : cpu->KernelRootFrame, address, user || entry.Global);
        }
    }

    /// <summary>Whether the guest's tables under a root allow user mode what a translation does.</summary>
    private bool IsSaid(TlbEntry entry, ulong top, ulong address)
    {
        GuestTranslation found = GuestWalker.Walk(guest, top, address);
        return found.Valid && found.User && entry.PhysicalPage == guest->FirstPage + found.Frame
            && (!entry.Writable || found.Writable) && (!entry.Executable || found.Executable);
    }

    private void CheckTranslation(TlbEntry entry, ulong top, ulong address, bool user)
    {
        GuestTranslation found = GuestWalker.Walk(guest, top, address);
        Demand(found.Valid, "kept what is gone", address, entry.PhysicalPage);
        Demand(entry.PhysicalPage == guest->FirstPage + found.Frame, "kept another frame", address, entry.PhysicalPage);
        Demand(!entry.Writable || found.Writable, "kept a right to write", address, entry.PhysicalPage);
        Demand(!entry.Executable || found.Executable, "kept a right to fetch", address, entry.PhysicalPage);
        Demand(!user || found.User, "kept the kernel's for user mode", address, entry.PhysicalPage);
    }

    private void CheckTable(int table, bool drained)
    {
        TableRecord* record = Cache(guest)->Tables.Record(table);
        Span<ulong> entries = new(Cache(guest)->Tables.Entries(table), 512);
        if (record->Role != TableRole.Hole)
        {
            Demand(Cache(guest)->Tables.Find(record->Frame, record->Level, record->Role) == table, "not found by its key", (ulong)table, record->Frame);
        }

        for (int slot = 256; record->Level == 4 && slot < 272; slot++)
        {
            CheckHoleSlot(record->Role, slot, entries[slot]);
        }

        for (int slot = 0; slot < 512; slot++)
        {
            int skipped = entries[slot..].IndexOfAnyExcept(0UL);
            if (skipped < 0)
            {
                break;
            }

            slot += skipped;
            ulong entry = entries[slot];
            place = (record->Frame, slot, record->Level, record->Role);
            if (record->Level == 4 && slot is >= 256 and < 272)
            {
                continue;
            }

            if (record->Role == TableRole.Hole)
            {
                CheckHole(record->Level, entry);
            }
            else if (record->Level == 1)
            {
                CheckLeaf(record, slot, entry, drained);
            }
            else
            {
                CheckLink(table, slot, entry, drained);
            }
        }
    }

    private void CheckHoleSlot(TableRole role, int slot, ulong entry)
    {
        ulong expected = slot >= 264 ? Machine.KernelTable[slot] : slot < 259 && role == TableRole.Kernel ? Cache(guest)->Hole.Top(slot - 256) : 0;
        Demand(entry == expected, "hole slot", (ulong)slot, entry);
    }

    private void CheckHole(int level, ulong entry)
    {
        if (level > 1 && (entry & Large) == 0)
        {
            CountHoleLink(entry);
            return;
        }

        ulong pages = level == 2 ? 512UL : 1;
        Demand(Owned(entry) && Owned(entry + ((pages - 1) << 12)), "hole maps a frame that is not the guest's", (ulong)level, entry);
    }

    private void CountHoleLink(ulong entry)
    {
        if (entry != 0)
        {
            int child = Cache(guest)->Tables.Linked(entry);
            Demand(Cache(guest)->Tables.Record(child)->Role == TableRole.Hole && Cache(guest)->Tables.Record(child)->Level != 0, "hole link", entry, 0);
            holeParents[child]++;
        }
    }

    /// <summary>After INVLPG: what a root holds of that address is what the guest's tables say.</summary>
    public void CheckPath(int root, ulong address)
    {
        if (root == TablePool.None || address is >= HoleLayout.Start and < HoleLayout.End)
        {
            return;
        }

        int table = root;
        for (int level = 4; level >= 1; level--)
        {
            int slot = PageEntry.Index(address, level);
            ulong entry = Cache(guest)->Tables.Entries(table)[slot];
            if ((entry & Present) == 0)
            {
                return;
            }

            if (level == 1)
            {
                CheckLeaf(Cache(guest)->Tables.Record(table), slot, entry, drained: true);
                return;
            }

            CheckLink(table, slot, entry, drained: true);
            table = Cache(guest)->Tables.Linked(entry);
        }
    }

    private void CheckLeaf(TableRecord* record, int slot, ulong entry, bool drained)
    {
        ulong expected = Present | User | Accessed | (Machine.KeepsGlobals && record->Role == TableRole.Shared ? Global : 0);
        Demand(Owned(entry), "leaf maps a frame that is not the guest's", record->Frame, entry);
        Demand((entry & ~(Address | NoExecute | Writable | Dirty)) == expected, "leaf flags", record->Frame, entry);
        Demand((entry & (Writable | Dirty)) != Writable, "leaf in which the processor would note a write", record->Frame, entry);
        ulong frame = ((entry & Address) >> 12) - guest->FirstPage;
        if ((entry & Writable) != 0)
        {
            writers[frame]++;
        }

        if (drained)
        {
            ulong original = world.Frame(record->Frame)[slot];
            Demand((original & (Present | Accessed)) == (Present | Accessed), "leaf of an entry that is absent or not accessed", entry, original);
            Demand((original & Address) >> 12 == frame, "leaf of another frame", entry, original);
            Demand((original & NoExecute) == (entry & NoExecute), "leaf of another right to fetch", entry, original);
            Demand((entry & Writable) == 0 || (original & (Writable | Dirty)) == (Writable | Dirty), "leaf of a wider right to write", entry, original);
            Demand(IsForAll(record) || (original & User) != 0, "leaf shows user mode the kernel's", entry, original);
        }
    }

    private void CheckLink(int table, int slot, ulong entry, bool drained)
    {
        TableRecord* record = Cache(guest)->Tables.Record(table);
        int child = Cache(guest)->Tables.Linked(entry);
        Demand(child >= 0 && child < Cache(guest)->Tables.Count, "link out of the pool", (ulong)table, entry);
        TableRecord* below = Cache(guest)->Tables.Record(child);
        bool shared = record->Level == 4 && slot < 256 && !record->PrivateUserHalf;
        bool opens = record->Level == 4 && record->Role == TableRole.User && record->PrivateUserHalf;
        TableRole expected = shared ? TableRole.Shared : opens ? TableRole.Open : record->Role;
        Demand(below->Role != TableRole.Open || Cache(guest)->Options.IsOpenToUser, "open, and not asked to be", (ulong)table, entry);
        Demand(below->Level == record->Level - 1 && below->Role == expected, "link to a wrong table", (ulong)table, entry);
        Demand((entry & ~(Address | NoExecute | Writable)) == (Present | User | Accessed), "link flags", (ulong)table, entry);
        parents[child]++;
        if (drained)
        {
            ulong original = world.Frame(record->Frame)[slot];
            Demand((original & (Present | Accessed | Large)) == (Present | Accessed), "link of an entry that is absent, not accessed or large", entry, original);
            Demand((original & Address) >> 12 == below->Frame, "link to another frame", entry, original);
            Demand((original & (Writable | NoExecute)) == (entry & (Writable | NoExecute)), "link of other rights", entry, original);
            Demand(IsForAll(below) || (original & User) != 0, "link shows user mode the kernel's", entry, original);
        }
    }

    /// <summary>A table whose leaves need no user bit: the kernel's, and those of a user root that is open.</summary>
    private static bool IsForAll(TableRecord* record) => record->Role is TableRole.Kernel or TableRole.Open;

    private void CheckBooks()
    {
        for (int table = 0; table < Cache(guest)->Tables.Count; table++)
        {
            TableRecord* record = Cache(guest)->Tables.Record(table);
            bool hole = record->Role == TableRole.Hole;
            if (record->Level == 0)
            {
                Demand(parents[table] == 0 && holeParents[table] == 0, "free table is linked", (ulong)table, 0);
                continue;
            }

            int loaded = 0;
            for (int i = 0; i < 2; i++)
            {
                loaded += (world.Cpu(i)->KernelRoot == table ? 1 : 0) + (world.Cpu(i)->UserRoot == table ? 1 : 0);
            }

            Demand(record->Loaded == loaded, "loaded count", (ulong)table, (ulong)record->Loaded);
            Demand(hole ? holeParents[table] == 1 : record->Parents == parents[table], "parents count", (ulong)table, (ulong)record->Parents);
            Demand(hole || record->Level == 4 || record->Parents > 0, "table without a parent", (ulong)table, 0);
        }

        for (int i = 0; i < Cache(guest)->Watches.Count; i++)
        {
            watched[Cache(guest)->Watches.Frame(i)] = true;
        }

        for (ulong frame = 0; frame < guest->Frames; frame++)
        {
            Demand(Cache(guest)->Uses.Writers(frame) == writers[frame], "writers count", frame, Cache(guest)->Uses.Writers(frame));
            Demand(Cache(guest)->Uses.HasCopies(frame) == IsCached(guest, frame), "says of a frame that it is a table", frame, 0);
            Demand(writers[frame] == 0 || watched[frame] || !IsCached(guest, frame), "cached table can be written unwatched", frame, 0);
        }
    }

    private bool Owned(ulong entry)
    {
        ulong page = (entry & Address) >> 12;
        return page >= guest->FirstPage && page < guest->FirstPage + guest->Frames;
    }

    private void Demand(bool condition, string broken, ulong first, ulong second)
    {
        if (!condition)
        {
            throw new BrokenPromiseException($"{broken} ({first:x}, {second:x}), last looked at: {place}");
        }
    }
}

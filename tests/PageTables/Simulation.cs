using Tierce.Abi;

namespace Tierce.PageTables;

/// <summary>Sabotage: at one place what is global stays in the TLB where it should go.</summary>
public enum Leak
{
    None,

    /// <summary>Flushes of the cache's own, except that of notes.</summary>
    Flush,

    /// <summary>Notes that are taken before guest user goes on.</summary>
    Notes,

    /// <summary>The guest loads other roots.</summary>
    Roots,

    /// <summary>A domain or another virtual CPU gets the processor.</summary>
    Turn,
}

/// <summary>
/// A seeded run of a hostile guest: its kernel and user accesses go through the cache's tables as a processor would walk them, its table
/// writes come with or without notes, and each promise of the cache is checked on the way.
/// </summary>
public sealed unsafe class Simulation : IDisposable
{
    private const int CheckEvery = 16;
    private const int Nobody = -1;

    /// <summary>Physical page of a domain's top-level table, after the guest's cache.</summary>
    private const ulong DomainPage = 12288;

    private readonly Random random;
    private readonly World world;
    private readonly RandomGuest content;
    private readonly Processor processor = new();
    private readonly Checker checker;
    private readonly Guest* guest;
    private readonly bool reckless;
    private readonly ulong[] recent = new ulong[8];
    private readonly ulong domainRoot;
    private readonly Leak leak;
    private int current;
    private int entered = Nobody;
    private bool user;

    /// <param name="seed">What the run is derived from.</param>
    /// <param name="reckless">The guest forgets notes and uses the note page as a table: it gets no coherence, others stay safe.</param>
    /// <param name="globals">What its roots share is global.</param>
    /// <param name="leak">A flush that forgets nothing global.</param>
    public Simulation(int seed, bool reckless, bool globals, Leak leak = Leak.None)
    {
        this.reckless = reckless;
        this.leak = leak;
        random = new Random(seed);
        ulong frames = (ulong)random.Next(256, 2049);
        world = new World(frames, (ulong)random.Next(70, 160), Settings(random.Next(8)) | (leak == Leak.None && seed % 4 == 3 ? CacheSettings.OpenToUser : 0), globals);
        guest = world.Guest;
        content = new RandomGuest(random, frames - 2, reckless);
        checker = new Checker(world);
        Machine.Processor = processor;
        processor.IsDeaf = leak == Leak.Flush;
        domainRoot = BuildDomain();
        for (ulong frame = 0; frame < content.Tables; frame++)
        {
            for (int i = 0; i < 12; i++)
            {
                world.Frame(frame)[content.Slot(content.LevelOf(frame))] = content.Entry(content.LevelOf(frame));
            }
        }

        for (ulong frame = 0; frame < content.Tables; frame += 2)
        {
            Cache(guest)->Notes.ToggleDeclared(frame);
        }

        Require(GuestSpace.MapHole(guest, HoleLayout.Window, 0, frames < 512 ? frames : 512, CapRights.Read | CapRights.Write) == Status.Ok, "window");
        LoadRoots();
        current = 1;
        LoadRoots();
    }

    /// <summary>Accesses that succeeded, that were refused, and fills: a run that never gets anywhere proves nothing.</summary>
    public int Succeeded { get; private set; }

    public int Refused { get; private set; }

    public int Fills { get; private set; }

    public int NativeWrites { get; private set; }

    /// <summary>Calls that were preempted and made again.</summary>
    public int Restarts { get; private set; }

    public static void Run(int seed, int steps, bool reckless, bool globals, Action<Simulation>? end = null, Leak leak = Leak.None)
    {
        using Simulation simulation = new(seed, reckless, globals, leak);
        for (int step = 0; step < steps; step++)
        {
            try
            {
                simulation.Step();
                simulation.checker.CheckDirectories(simulation.processor);
                if (step % CheckEvery == 0)
                {
                    simulation.checker.Check(drained: false);
                }
            }
            catch (Exception broken)
            {
                throw new BrokenPromiseException($"seed {seed}, step {step}: {broken.Message}\n{broken.StackTrace}");
            }
        }

        end?.Invoke(simulation);
    }

    public void Dispose() => world.Dispose();

    /// <summary>Half the runs as guests get it, the others with few roots, one policy or the other, filling ahead or not.</summary>
    private static ulong Settings(int dice) => dice < 4 ? 0
        : (uint)(dice - 3) | ((dice & 1) != 0 ? CacheSettings.LeastRecentlyUsed : 0) | ((dice & 2) != 0 ? CacheSettings.NoFillAhead : 0);

    private void Step()
    {
        int dice = random.Next(1000);
        switch (dice)
        {
            case < 620:
                AccessOnce((Access)random.Next(3));
                break;
            case < 656:
                SwitchMode();
                break;
            case < 660:
                TakeDomainsTurn();
                break;
            case < 860:
                TableWrite();
                break;
            case < 880:
                world.Note((content.AnyFrame() << 12) | (uint)random.Next(8) | ((uint)random.Next(512) << 3));
                break;
            case < 882:
                Cache(guest)->Notes.Page->Count = (uint)random.NextInt64(512, 1L << 32);
                break;
            case < 884:
                world.Note((ulong)random.NextInt64());
                break;
            case < 900:
                Cache(guest)->Notes.ToggleDeclared(content.AnyFrame());
                break;
            case < 950:
                Finish(() => GuestSpace.Flush(guest, world.Cpu(current)));
                CheckDrained();
                break;
            case < 970:
                InvalidateOne();
                break;
            default:
                LoadRoots();
                break;
        }
    }

    private ulong SomeAddress(LoadedRoots* cpu) => random.Next(8) switch
    {
        0 or 1 => content.Address(),
        2 or 3 => recent[random.Next(recent.Length)],
        _ => content.AddressUnder(world, user ? cpu->UserRootFrame : cpu->KernelRootFrame),
    };

    private void Invalidate()
    {
        // The ROM calls from guest kernel.
        LoadedRoots* cpu = world.Cpu(current);
        if (user)
        {
            user = false;
            EnterRoot();
        }

        ulong address = SomeAddress(cpu);
        GuestSpace.FlushAddress(guest, cpu, address);
        checker.Check(drained: false);
        if (!reckless)
        {
            checker.CheckAddress(processor, address, cpu, user);
        }
    }

    private void TableWrite()
    {
        ulong frame = content.AnyTable();
        int slot = content.Slot(content.LevelOf(frame));
        if (random.Next(3) == 0)
        {
            (frame, slot) = GuestWalker.LowestEntry(guest, world.Cpu(current)->KernelRootFrame, recent[random.Next(recent.Length)]);
        }

        int level = content.LevelOf(frame);
        ulong old = world.Frame(frame)[slot];
        ulong entry = random.Next(3) == 0 ? content.Altered(old) : content.Entry(level);
        switch (random.Next(20))
        {
            case 0:
                int before = random.Next(slot + 1);
                world.Frame(frame)[slot] = entry;
                world.Note((frame << 12) | ((ulong)(slot - before) << 3) | ((ulong)(before + random.Next(600)) << NotePage.MoreShift));
                break;
            case 1:
                world.Frame(frame)[slot] = entry;
                world.Note((frame << 12) | (ulong)NoteKind.Drop);
                break;
            case 2 when reckless:
                world.Frame(frame)[slot] = entry;
                break;
            default:
                world.Write(frame, slot, entry);
                break;
        }
    }

    private void SwitchMode()
    {
        if (random.Next(4) == 0)
        {
            current ^= 1;
        }

        user = random.Next(2) == 0 && world.Cpu(current)->UserRoot != TablePool.None;
        if (user)
        {
            With(Leak.Notes, () => GuestSpace.TakeNotes(guest, world.Cpu(current), waiting: false));
        }

        EnterRoot();
    }

    /// <summary>Loads the root that goes on: as a ring switch, or as the switch from another virtual CPU.</summary>
    private void EnterRoot()
    {
        ulong root = Cache(guest)->Tables.Physical(user ? world.Cpu(current)->UserRoot : world.Cpu(current)->KernelRoot);
        if (entered == current)
        {
            processor.LoadRoot(root);
            return;
        }

        With(Leak.Turn, () => RootRegister.Load(Machine.ThisCpu, root, afterGuest: entered != Nobody));
        entered = current;
        CheckTurn(root);
    }

    /// <summary>A domain runs, in addresses that the guest uses too, and the virtual CPU goes on.</summary>
    private void TakeDomainsTurn()
    {
        With(Leak.Turn, () => RootRegister.Load(Machine.ThisCpu, domainRoot, afterGuest: true));
        entered = Nobody;
        CheckTurn(domainRoot);
        foreach (ulong address in recent)
        {
            bool found = processor.Translate(address, Access.Read, out ulong page, out _);
            Require(!found || page == DomainPage + 4, $"a domain reached a guest's frame: {address:x}");
        }

        EnterRoot();
    }

    /// <summary>The turn of a guest or a domain begins: the processor holds nothing that the new root does not say.</summary>
    private void CheckTurn(ulong root)
    {
        foreach ((ulong page, TlbEntry entry) in processor.Tlb)
        {
            Require(Processor.Walk(root, page << 12, out TlbEntry said) && said == entry, $"kept over a turn: {page << 12:x}");
        }
    }

    /// <summary>Tables that map one page wherever the guest's usual slots lead in the user half.</summary>
    private static ulong BuildDomain()
    {
        int[] top = [0, 1, 255];
        for (ulong level = 0; level < 4; level++)
        {
            foreach (int slot in level == 0 ? top : level == 3 ? [0, 1, 2, 5, 17, 511] : [0, 1, 511])
            {
                ((ulong*)Machine.ToVirtual((DomainPage + level) << 12))[slot] = ((DomainPage + level + 1) << 12) | SimpleGuest.All;
            }
        }

        for (int slot = 264; slot < 272; slot++)
        {
            ((ulong*)Machine.ToVirtual(DomainPage << 12))[slot] = Machine.KernelTable[slot];
        }

        return DomainPage << 12;
    }

    /// <summary>Does something whose flushes forget nothing global if that is the leak.</summary>
    private void With(Leak place, Action what)
    {
        processor.IsDeaf = leak == place;
        what();
        processor.IsDeaf = leak == Leak.Flush;
    }

    private void LoadRoots()
    {
        // The ROM calls from guest kernel, on the old root.
        LoadedRoots* cpu = world.Cpu(current);
        user = false;
        if (cpu->KernelRoot != TablePool.None)
        {
            EnterRoot();
        }
        else
        {
            Machine.LoadedRoot = 0;
        }

        bool foreign = random.Next(20) == 0;
        ulong kernel = foreign ? content.AnyFrame() : content.KernelTop();
        ulong userTop = random.Next(8) == 0 ? 0 : foreign ? content.AnyFrame() : content.UserTop();
        if (!GuestSpace.LoadKnownRoots(guest, cpu, kernel, userTop))
        {
            Status status = Status.Again;
            Finish(() => (status = GuestSpace.LoadRoots(guest, world.Cpu(current), kernel, userTop, restartable: true)) != Status.Again);
            Require(status == Status.Ok, "roots not loaded");
        }

        Require(cpu->KernelRootFrame == kernel && cpu->UserRootFrame == userTop && (cpu->UserRoot == TablePool.None) == (userTop == 0), "roots");
        Require(Machine.LoadedRootHoldsTheKernel(), "the root that the processor walks was dropped");
        ulong root = Cache(guest)->Tables.Physical(cpu->KernelRoot);
        With(Leak.Roots, () => RootRegister.Load(Machine.ThisCpu, root, afterGuest: true));
        entered = current;
        GuestSpace.LimitRoots(guest);
        Require(Machine.LoadedRootHoldsTheKernel(), "the loaded root was dropped");
        CheckDrained();
    }

    private void InvalidateOne()
    {
        LoadedRoots* cpu = world.Cpu(current);
        ulong address = content.Address();
        GuestSpace.FlushAddress(guest, cpu, address);
        checker.Check(drained: false);
        if (!reckless)
        {
            checker.CheckPath(cpu->KernelRoot, address);
            checker.CheckPath(cpu->UserRoot, address);
        }
    }

    private void CheckDrained()
    {
        checker.Check(drained: !reckless);
        if (reckless)
        {
            return;
        }

        LoadedRoots* cpu = world.Cpu(current);
        checker.CheckTlb(processor, cpu, user);
    }

    /// <summary>Makes a call again until it is done, as after interrupts; now and then the other virtual CPU reads in between.</summary>
    private void Finish(Func<bool> call)
    {
        Machine.Interrupt = () => random.Next(3) == 0;
        int times = 0;
        while (!call())
        {
            Restarts++;
            Require(++times < 100_000, "a call that gives way comes to no end");
            if (random.Next(4) == 0 && world.Cpu(current ^ 1)->KernelRoot != TablePool.None)
            {
                (int mine, bool mode) = (current, user);
                current ^= 1;
                user = false;
                EnterRoot();
                AccessOnce(Access.Read);
                (current, user) = (mine, mode);
                EnterRoot();
            }
        }

        Machine.Interrupt = null;
    }

    private void AccessOnce(Access access)
    {
        LoadedRoots* cpu = world.Cpu(current);
        ulong address = SomeAddress(cpu);
        for (int attempt = 0; attempt < 3; attempt++)
        {
            if (processor.Translate(address, access, out ulong page, out ulong error))
            {
                Require(page >= guest->FirstPage && page < guest->FirstPage + guest->Frames, "reached a frame of others");
                Succeeded++;
                recent[random.Next(recent.Length)] = address;
                if (access == Access.Write && address is < HoleLayout.Start or >= HoleLayout.End)
                {
                    GuestWrites(page - guest->FirstPage);
                }

                return;
            }

            Verdict verdict = GuestWalker.Decide(guest, cpu, user, address, access);
            FillResult result = GuestSpace.Fill(guest, cpu, user, address, error);
            Fills++;
            if (!result.Filled)
            {
                Require(!verdict.Allowed, $"refused what the guest allows: {address:x} {access}");
                Require(result.ErrorCode == verdict.Error, $"error code {result.ErrorCode:x} for {verdict.Error:x}");
                Refused++;
                cpu->FaultAddress = user ? address : 0;
                return;
            }

            Require(verdict.Allowed, $"allowed what the guest does not: {address:x} {access} user {user}");
            Require(processor.Translate(address, access, out page, out _), $"filled in vain: {address:x} {access}");
            Require(page == guest->FirstPage + verdict.Frame, $"filled with another frame: {address:x}");
            NativeWrites += verdict.Native ? 1 : 0;
        }

        Require(false, "no progress");
    }

    /// <summary>The guest writes a word of a frame without a note; the pages that it shares with the kernel in their own way.</summary>
    private void GuestWrites(ulong frame)
    {
        if (frame == world.BitmapFrame)
        {
            Cache(guest)->Notes.ToggleDeclared(content.AnyFrame());
        }
        else if (frame == world.NoteFrame)
        {
            world.Note((content.AnyFrame() << 12) | (uint)random.Next(8));
        }
        else
        {
            int level = content.LevelOf(frame);
            int slot = content.Slot(level);
            ulong* word = &world.Frame(frame)[slot];
            *word = random.Next(3) == 0 ? content.Altered(*word) : content.Entry(level);
        }
    }

    private static void Require(bool condition, string broken)
    {
        if (!condition)
        {
            throw new BrokenPromiseException(broken);
        }
    }
}

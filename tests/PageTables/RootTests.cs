using System.Runtime.InteropServices;
using Tierce.Abi;

namespace Tierce.PageTables;

/// <summary>Loading roots: refusals, the most that can be loaded, and tables that are roots and writable at once.</summary>
public sealed unsafe class RootTests
{
    [Fact]
    public void Frames_beyond_the_guest_are_refused_and_change_nothing()
    {
        using SimpleGuest guest = new();
        LoadedRoots before = *guest.World.Cpu(0);
        foreach ((ulong kernel, ulong user) in new[] { (1024UL, 0UL), (1UL, 1024UL), (ulong.MaxValue, 1UL), (1UL, 1UL << 32) })
        {
            Assert.Equal(Status.BadFrame, LoadRoots(guest.World.Guest, guest.World.Cpu(0), kernel, user));
        }

        Assert.Equal(before, *guest.World.Cpu(0));
        guest.Checker.Check(drained: true);
    }

    [Theory]
    [InlineData(0UL, 0UL)]
    [InlineData(0UL, PageEntry.Dirty)]
    [InlineData(CacheSettings.NoFillAhead, PageEntry.Dirty)]
    public void What_a_fault_of_user_mode_asked_for_is_filled_before_it_goes_on(ulong settings, ulong dirty)
    {
        const ulong NewLeaves = 5, Where = 0x20_3000, Clean = SimpleGuest.All & ~PageEntry.Dirty;
        using SimpleGuest guest = new(1024, 200, settings);
        LoadedRoots* cpu = guest.World.Cpu(0);
        Guest* inner = guest.World.Guest;
        Assert.Equal(Status.Ok, LoadRoots(inner, cpu, SimpleGuest.Root, SimpleGuest.Root));
        Assert.False(GuestSpace.Fill(inner, cpu, true, Where, 2).Filled);
        cpu->FaultAddress = Where;
        guest.World.Write(SimpleGuest.Level2, 1, (NewLeaves << 12) | SimpleGuest.All);
        guest.World.Write(NewLeaves, 3, (100 << 12) | Clean | dirty);
        GuestSpace.TakeNotes(inner, cpu, waiting: false);
        bool filled = Processor.Walk(Cache(inner)->Tables.Physical(cpu->UserRoot), Where, out TlbEntry entry);
        Assert.Equal(settings == 0, filled);
        Assert.Equal(filled && dirty != 0, entry.Writable);
        Assert.Equal(dirty, guest.World.Frame(NewLeaves)[3] & PageEntry.Dirty);
        Assert.Equal(filled ? 0 : Where, cpu->FaultAddress);
        guest.Checker.Check(drained: true);
    }

    [Theory]
    [InlineData(0UL, false)]
    [InlineData(CacheSettings.LeastRecentlyUsed, true)]
    public void Only_as_many_roots_stay_as_the_settings_say(ulong policy, bool firstStays)
    {
        using World world = new(1024, 200, 2 | policy);
        Guest* guest = world.Guest;
        foreach (ulong frame in (ulong[])[100, 200, 100, 300])
        {
            Machine.LoadedRoot = world.Cpu(0)->KernelRoot == TablePool.None ? 0 : Cache(guest)->Tables.Physical(world.Cpu(0)->KernelRoot);
            Assert.Equal(Status.Ok, LoadRoots(guest, world.Cpu(0), frame, frame + 1));
            Assert.True(Machine.LoadedRootHoldsTheKernel());
            Machine.LoadedRoot = Cache(guest)->Tables.Physical(world.Cpu(0)->KernelRoot);
            GuestSpace.LimitRoots(guest);
            Assert.True(Machine.LoadedRootHoldsTheKernel());
        }

        bool Stays(ulong frame) => Cache(guest)->Tables.Find(frame, 4, TableRole.Kernel) != TablePool.None
            && Cache(guest)->Tables.Find(frame + 1, 4, TableRole.User) != TablePool.None;
        Assert.True(Stays(300));
        Assert.Equal(firstStays, Stays(100));
        Assert.Equal(!firstStays, Stays(200));
    }

    [Fact]
    public void Nothing_is_filled_ahead_if_the_settings_say_so()
    {
        foreach ((ulong settings, bool ahead) in new[] { (0UL, true), (CacheSettings.NoFillAhead, false) })
        {
            using SimpleGuest guest = new(1024, 200, settings);
            Assert.True(guest.Read(0));
            Assert.Equal(ahead, (guest.Cached(1)[5] & PageEntry.Present) != 0);
        }
    }

    [Theory]
    [InlineData(70)]
    [InlineData(400)]
    public void Too_many_loaded_roots_are_refused_and_those_loaded_go_on(ulong cachePages)
    {
        using SimpleGuest guest = new(1024, cachePages);
        Guest* inner = guest.World.Guest;
        LoadedRoots* cpus = (LoadedRoots*)NativeMemory.Alloc(100, (nuint)sizeof(LoadedRoots));
        int loaded = 0;
        Status status = Status.Ok;
        for (; loaded < 100; loaded++)
        {
            cpus[loaded].KernelRoot = TablePool.None;
            cpus[loaded].UserRoot = TablePool.None;
            status = LoadRoots(inner, &cpus[loaded], 100 + ((ulong)loaded * 2), 101 + ((ulong)loaded * 2));
            if (status != Status.Ok)
            {
                break;
            }
        }

        Assert.Equal(Status.NoMemory, status);
        Assert.True(loaded >= 16, $"only {loaded}");
        for (ulong address = 0; address < 512UL << 12; address += 0x1000)
        {
            Assert.True(guest.Write(address));
        }

        for (int i = 0; i < loaded; i++)
        {
            GuestSpace.ReleaseRoots(inner, &cpus[i]);
        }

        Assert.Equal(Status.Ok, LoadRoots(inner, guest.World.Cpu(0), 5, 6));
        NativeMemory.Free(cpus);
        guest.Checker.Check(drained: true);
    }

    [Fact]
    public void Any_number_of_roots_that_the_guest_can_write_are_kept_up_to_date()
    {
        using SimpleGuest guest = new(1024, 900);
        for (ulong address = 0; address < 512UL << 12; address += 0x1000)
        {
            Assert.True(guest.Write(address));
        }

        for (ulong frame = SimpleGuest.FirstData; frame < SimpleGuest.FirstData + 400; frame++)
        {
            // The guest writes into a page that it has mapped writable, without a note, then loads it.
            guest.World.Frame(frame)[0] = (SimpleGuest.Level3 << 12) | SimpleGuest.All;
            Assert.Equal(Status.Ok, LoadRoots(guest.World.Guest, guest.World.Cpu(0), frame, 0));
            Assert.True(guest.Read(0x1000));
            Assert.True(Cache(guest.World.Guest)->Watches.Count <= 256);
            guest.Checker.Check(drained: false);
            guest.World.Frame(frame)[0] = 0;
            GuestSpace.Flush(guest.World.Guest, null);
            guest.Checker.Check(drained: true);
            Assert.False(guest.Read(0x1000));
        }
    }

    [Fact]
    public void Loading_roots_that_the_guest_can_write_never_needs_more_watches_than_there_are()
    {
        using SimpleGuest guest = new(1024, 900);
        for (ulong address = 0; address < 512UL << 12; address += 0x1000)
        {
            Assert.True(guest.Write(address));
        }

        for (ulong frame = SimpleGuest.FirstData; frame < SimpleGuest.FirstData + 400; frame += 2)
        {
            Assert.Equal(Status.Ok, LoadRoots(guest.World.Guest, guest.World.Cpu(0), frame, frame + 1));
            Assert.True(Cache(guest.World.Guest)->Watches.Count <= 256);
            guest.Checker.Check(drained: true);
        }
    }

    [Fact]
    public void A_pair_of_roots_that_was_loaded_before_is_loaded_again_as_it_was()
    {
        const ulong Other = 5, OtherUser = 6, User = 7;
        using SimpleGuest guest = new();
        Guest* inner = guest.World.Guest;
        LoadedRoots* cpu = guest.World.Cpu(0);
        guest.World.Frame(Other)[0] = (SimpleGuest.Level3 << 12) | SimpleGuest.All;
        guest.World.Frame(User)[0] = (SimpleGuest.Level3 << 12) | SimpleGuest.All;
        Assert.Equal(Status.Ok, LoadRoots(inner, cpu, SimpleGuest.Root, User));
        (int kernel, int user) = (cpu->KernelRoot, cpu->UserRoot);
        for (int round = 0; round < 3; round++)
        {
            Assert.Equal(Status.Ok, LoadRoots(inner, cpu, Other, OtherUser));
            Assert.Equal((0, 0), (Cache(inner)->Tables.Record(kernel)->Loaded, Cache(inner)->Tables.Record(user)->Loaded));
            Assert.Equal(Status.Ok, LoadRoots(inner, cpu, SimpleGuest.Root, User));
            Assert.Equal((kernel, user, SimpleGuest.Root, User), (cpu->KernelRoot, cpu->UserRoot, cpu->KernelRootFrame, cpu->UserRootFrame));
            Assert.Equal((1, 1), (Cache(inner)->Tables.Record(kernel)->Loaded, Cache(inner)->Tables.Record(user)->Loaded));
            Assert.True(guest.Read(0x1000));
            guest.Checker.Check(drained: true);
        }

        // Another user root, and none, with the same kernel root.
        Assert.Equal(Status.Ok, LoadRoots(inner, cpu, SimpleGuest.Root, OtherUser));
        Assert.Equal((kernel, OtherUser), (cpu->KernelRoot, Cache(inner)->Tables.Record(cpu->UserRoot)->Frame));
        Assert.Equal(Status.Ok, LoadRoots(inner, cpu, SimpleGuest.Root, 0));
        Assert.Equal(TablePool.None, cpu->UserRoot);
    }

    [Fact]
    public void Loading_a_known_pair_first_takes_what_was_noted_or_written_natively()
    {
        using SimpleGuest guest = new();
        Guest* inner = guest.World.Guest;
        LoadedRoots* cpu = guest.World.Cpu(0);
        Assert.Equal(Status.Ok, LoadRoots(inner, cpu, SimpleGuest.Root, 7));
        Assert.True(guest.Read(0x1000));
        guest.World.Frame(SimpleGuest.Leaves)[1] = 0;
        guest.World.Note((SimpleGuest.Leaves << 12) | 8);
        Assert.Equal(Status.Ok, LoadRoots(inner, cpu, SimpleGuest.Root, 7));
        Assert.Equal(0UL, guest.Cached(1)[1]);
        guest.Checker.Check(drained: true);

        // The leaf table is mapped writable in itself: a write there is native.
        guest.World.Frame(SimpleGuest.Leaves)[2] = (SimpleGuest.Leaves << 12) | (SimpleGuest.All & ~2UL);
        Assert.True(guest.Read(0x3000));
        Assert.True(guest.Write(0x2000));
        guest.World.Frame(SimpleGuest.Leaves)[3] = 0;
        Assert.NotEqual(0UL, guest.Cached(1)[3]);
        Assert.Equal(Status.Ok, LoadRoots(inner, cpu, SimpleGuest.Root, 7));
        Assert.Equal(0UL, guest.Cached(1)[3]);
        guest.Checker.Check(drained: true);
    }

    [Fact]
    public void A_pair_of_which_a_root_was_dropped_is_made_anew()
    {
        using SimpleGuest guest = new();
        Guest* inner = guest.World.Guest;
        LoadedRoots* cpu = guest.World.Cpu(0);
        Assert.Equal(Status.Ok, LoadRoots(inner, cpu, SimpleGuest.Root, 7));
        Assert.Equal(Status.Ok, LoadRoots(inner, cpu, 5, 6));
        guest.World.Note((7UL << 12) | (ulong)NoteKind.Drop);
        GuestSpace.Flush(inner, null);

        // What was the user root is another frame's table by now.
        Assert.Equal(Status.Ok, LoadRoots(inner, cpu, 8, 9));
        Assert.Equal(Status.Ok, LoadRoots(inner, cpu, SimpleGuest.Root, 7));
        Assert.Equal(7U, Cache(inner)->Tables.Record(cpu->UserRoot)->Frame);
        Assert.True(guest.Read(0x1000));
        guest.Checker.Check(drained: true);
    }

    [Fact]
    public void A_root_may_be_dropped_while_it_is_loaded()
    {
        using SimpleGuest guest = new();
        Assert.True(guest.Write(0x1000));
        guest.World.Note((SimpleGuest.Root << 12) | (ulong)NoteKind.Drop);
        GuestSpace.Flush(guest.World.Guest, null);
        guest.Checker.Check(drained: true);
        Assert.Equal(0UL, guest.Cached(4)[0]);
        Assert.True(guest.Write(0x1000));
    }

    [Fact]
    public void A_guest_of_tables_with_many_parents_each_still_gets_its_pages()
    {
        using SimpleGuest guest = new(1024, 70);
        for (ulong table = 0; table < 160; table++)
        {
            for (ulong copy = 0; copy < 3; copy++)
            {
                guest.World.Frame(SimpleGuest.Root)[(table * 3 / 2) + copy] = ((200 + table) << 12) | SimpleGuest.All;
            }

            guest.World.Frame(200 + table)[0] = (SimpleGuest.Level2 << 12) | SimpleGuest.All;
        }

        for (int round = 0; round < 3; round++)
        {
            for (ulong slot = 0; slot < 240; slot++)
            {
                Assert.True(guest.Read((slot << 39) | 0x1000));
            }
        }

        GuestSpace.Flush(guest.World.Guest, null);
        guest.Checker.Check(drained: false);
    }
}

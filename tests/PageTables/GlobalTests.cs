using Tierce.Abi;

namespace Tierce.PageTables;

/// <summary>What is global, what it saves, and what a guest may rely on.</summary>
public sealed unsafe class GlobalTests : IDisposable
{
    private const ulong User = 5, Other = 6, OtherUser = 7, KernelHalf = 0xffff_8800_0000_0000;
    private const int PagesOfUser = 8, PagesOfKernel = 2;

    private readonly Processor processor = new();
    private SimpleGuest? made;

    [Theory]
    [InlineData(false, PagesOfUser + PagesOfKernel)]
    [InlineData(true, 0)]
    public void What_user_mode_uses_is_in_the_TLB_after_a_system_call_if_it_is_global(bool globals, int walks)
    {
        LoadedRoots* cpu = Start(globals);
        SystemCall(cpu);
        for (int call = 0; call < 3; call++)
        {
            int before = processor.Walks;
            SystemCall(cpu);
            Assert.Equal(walks, processor.Walks - before);
        }
    }

    [Fact]
    public void No_more_than_what_both_roots_share_is_global()
    {
        LoadedRoots* cpu = Start(true);
        Guest* guest = made!.World.Guest;
        foreach (ulong root in new[] { SimpleGuest.Root, User })
        {
            // The same leaf tables in the kernel half.
            made.World.Write(root, PageEntry.Index(KernelHalf, 4), (SimpleGuest.Level3 << 12) | SimpleGuest.All);
        }

        Assert.Equal(Status.Ok, GuestSpace.MapHole(guest, HoleLayout.Window, 0, 512, CapRights.Read | CapRights.Write));
        GuestSpace.Flush(guest, null);
        Touch(cpu, 0x1000, user: false);
        Touch(cpu, KernelHalf | 0x1000, user: false);
        Touch(cpu, HoleLayout.Window, user: false);
        Enter(cpu, user: true);
        Touch(cpu, KernelHalf | 0x2000, user: true);
        Assert.Equal(
            [(0x1000UL, true), (KernelHalf | 0x2000, false)],
            processor.Tlb.Select(entry => (entry.Key << 12, entry.Value.Global)).OrderBy(entry => entry.Item1));
        made.Checker.Check(drained: true);
    }

    [Fact]
    public void A_page_that_the_guest_keeps_for_its_kernel_in_the_user_half_is_not_global()
    {
        LoadedRoots* cpu = Start(true);
        made!.World.Write(SimpleGuest.Leaves, 3, ((SimpleGuest.FirstData + 3) << 12) | (SimpleGuest.All & ~PageEntry.User));
        GuestSpace.Flush(made.World.Guest, null);
        Touch(cpu, 0x1000, user: false);
        Touch(cpu, 0x3000, user: false);
        Enter(cpu, user: true);
        Assert.False(processor.Translate(0x3000, Access.Read, out _, out _));
        Assert.False(GuestSpace.Fill(made.World.Guest, cpu, true, 0x3000, 0).Filled);
    }

    [Fact]
    public void Roots_with_other_user_halves_see_the_one_through_the_other_until_a_flush()
    {
        LoadedRoots* cpu = Start(true);
        World world = made!.World;
        made.World.Frame(User)[0] = (20UL << 12) | SimpleGuest.All;
        world.Frame(20)[0] = (21UL << 12) | SimpleGuest.All;
        world.Frame(21)[0] = (22UL << 12) | SimpleGuest.All;
        world.Frame(22)[1] = (100UL << 12) | SimpleGuest.All;
        Touch(cpu, 0x1000, user: false);
        Enter(cpu, user: true);
        Assert.Equal(World.FirstPage + SimpleGuest.FirstData + 1, Touch(cpu, 0x1000, user: true));
        Load(cpu, SimpleGuest.Root, User);
        Enter(cpu, user: true);
        Assert.Equal(World.FirstPage + 100, Touch(cpu, 0x1000, user: true));
    }

    [Fact]
    public void Other_roots_of_the_guest_begin_with_nothing()
    {
        LoadedRoots* cpu = Start(true);
        SystemCall(cpu);
        Load(cpu, Other, OtherUser);
        Assert.Empty(processor.Tlb);
        Assert.False(GuestSpace.Fill(made!.World.Guest, cpu, true, 0x1000, 0).Filled);
    }

    public void Dispose() => made?.Dispose();

    private LoadedRoots* Start(bool globals)
    {
        made = new SimpleGuest(globals: globals);
        Machine.Processor = processor;
        made.World.Frame(User)[0] = (SimpleGuest.Level3 << 12) | SimpleGuest.All;
        LoadedRoots* cpu = made.World.Cpu(0);
        Load(cpu, SimpleGuest.Root, User);
        return cpu;
    }

    /// <summary>The guest kernel reads what user mode has passed, and user mode goes on with its own.</summary>
    private void SystemCall(LoadedRoots* cpu)
    {
        Enter(cpu, user: false);
        for (int page = 0; page < PagesOfKernel; page++)
        {
            Touch(cpu, (ulong)page << 12, user: false);
        }

        Enter(cpu, user: true);
        for (int page = 0; page < PagesOfUser; page++)
        {
            Touch(cpu, (ulong)page << 12, user: true);
        }
    }

    /// <summary>A ring switch.</summary>
    private void Enter(LoadedRoots* cpu, bool user) => processor.LoadRoot(Cache(made!.World.Guest)->Tables.Physical(user ? cpu->UserRoot : cpu->KernelRoot));

    private void Load(LoadedRoots* cpu, ulong kernel, ulong user)
    {
        Assert.Equal(Status.Ok, LoadRoots(made!.World.Guest, cpu, kernel, user));
        RootRegister.Load(Machine.ThisCpu, Cache(made.World.Guest)->Tables.Physical(cpu->KernelRoot), afterGuest: true);
    }

    /// <summary>Reads; returns the physical page.</summary>
    private ulong Touch(LoadedRoots* cpu, ulong address, bool user)
    {
        if (!processor.Translate(address, Access.Read, out ulong page, out ulong error))
        {
            Assert.True(GuestSpace.Fill(made!.World.Guest, cpu, user, address, error).Filled);
            Assert.True(processor.Translate(address, Access.Read, out page, out _));
        }

        return page;
    }
}

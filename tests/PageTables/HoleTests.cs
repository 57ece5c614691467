using Tierce.Abi;

namespace Tierce.PageTables;

/// <summary>Mappings in the hole: rights, sizes, refusals.</summary>
public sealed unsafe class HoleTests
{
    private const CapRights ReadWrite = CapRights.Read | CapRights.Write;

    [Theory]
    [InlineData(HoleLayout.Start + 1, 0UL, 1UL, Status.BadArgument)]
    [InlineData(HoleLayout.Start - 0x1000, 0UL, 1UL, Status.BadArgument)]
    [InlineData(HoleLayout.Start + (3 * HoleLayout.SlotSize), 0UL, 1UL, Status.BadArgument)]
    [InlineData(HoleLayout.Start + (3 * HoleLayout.SlotSize) - 0x1000, 0UL, 2UL, Status.BadArgument)]
    [InlineData(HoleLayout.Start, 0UL, 0UL, Status.BadArgument)]
    [InlineData(HoleLayout.Start, 0UL, ulong.MaxValue, Status.BadArgument)]
    [InlineData(HoleLayout.Start + 0x1000, 0UL, 1024UL, Status.BadArgument)]
    [InlineData(HoleLayout.Start, 1UL, 1024UL, Status.BadArgument)]
    [InlineData(HoleLayout.Start, 0UL, 513UL, Status.BadArgument)]
    [InlineData(HoleLayout.Start, 1024UL, 1UL, Status.BadFrame)]
    [InlineData(HoleLayout.Start, 1023UL, 2UL, Status.BadFrame)]
    [InlineData(HoleLayout.Start, ulong.MaxValue, 1UL, Status.BadFrame)]
    [InlineData(HoleLayout.Start, 1023UL, 1UL, Status.Ok)]
    [InlineData(HoleLayout.Start, 0UL, 1024UL, Status.Ok)]
    public void Are_decided_from_their_bounds(ulong address, ulong frame, ulong pages, Status expected)
    {
        using SimpleGuest guest = new();
        Assert.Equal(expected, GuestSpace.MapHole(guest.World.Guest, address, frame, pages, ReadWrite));
        guest.Checker.Check(drained: true);
    }

    [Theory]
    [InlineData(CapRights.Read, false, false)]
    [InlineData(CapRights.Read | CapRights.Write, true, false)]
    [InlineData(CapRights.Read | CapRights.Execute, false, true)]
    public void Give_the_rights_asked_for_in_kernel_roots_alone(CapRights rights, bool write, bool fetch)
    {
        using SimpleGuest guest = new();
        Guest* inner = guest.World.Guest;
        LoadedRoots* cpu = guest.World.Cpu(0);
        Assert.Equal(Status.Ok, GuestSpace.MapHole(inner, HoleLayout.RomText, 7, 1, rights));
        Assert.Equal(Status.Ok, LoadRoots(inner, cpu, SimpleGuest.Root, SimpleGuest.Root));
        Processor processor = new();
        processor.LoadRoot(Cache(inner)->Tables.Physical(cpu->KernelRoot));
        Assert.True(processor.Translate(HoleLayout.RomText, Access.Read, out ulong page, out _));
        Assert.Equal(World.FirstPage + 7, page);
        Assert.Equal(write, processor.Translate(HoleLayout.RomText, Access.Write, out _, out _));
        Assert.Equal(fetch, processor.Translate(HoleLayout.RomText, Access.Fetch, out _, out _));
        processor.LoadRoot(Cache(inner)->Tables.Physical(cpu->UserRoot));
        Assert.False(processor.Translate(HoleLayout.RomText, Access.Read, out _, out _));
    }

    [Fact]
    public void Large_and_small_pages_never_meet()
    {
        using SimpleGuest guest = new();
        Guest* inner = guest.World.Guest;
        Assert.Equal(Status.Ok, GuestSpace.MapHole(inner, HoleLayout.Window, 0, 1024, ReadWrite));
        Assert.Equal(Status.BadState, GuestSpace.MapHole(inner, HoleLayout.Window + 0x1ff000, 0, 1, ReadWrite));
        Assert.Equal(Status.BadState, GuestSpace.MapHole(inner, HoleLayout.Window + 0x3ff000, 0, 2, ReadWrite));
        Assert.Equal(Status.Ok, GuestSpace.MapHole(inner, HoleLayout.Window + 0x400000, 0, 1, ReadWrite));
        Assert.Equal(Status.BadState, GuestSpace.MapHole(inner, HoleLayout.Window + 0x200000, 0, 1024, ReadWrite));
        Assert.Equal(Status.Ok, GuestSpace.MapHole(inner, HoleLayout.Window, 0, 1024, CapRights.Read));
        guest.Checker.Check(drained: true);
    }

    [Fact]
    public void Leave_the_guest_room_to_run()
    {
        using SimpleGuest guest = new(cachePages: 70);
        Guest* inner = guest.World.Guest;
        Status status = Status.Ok;
        ulong address = HoleLayout.Start;
        for (int i = 0; status == Status.Ok && i < 100; i++)
        {
            status = GuestSpace.MapHole(inner, address, 0, 1, ReadWrite);
            address += 1UL << 30;
        }

        Assert.Equal(Status.NoMemory, status);
        Assert.True(guest.Write(0x5000));
        guest.Checker.Check(drained: true);
    }

    [Fact]
    public void Are_not_reached_by_invalidations_of_impossible_addresses()
    {
        using SimpleGuest guest = new();
        Assert.Equal(Status.Ok, GuestSpace.MapHole(guest.World.Guest, HoleLayout.Window, 0, 1, ReadWrite));
        for (ulong slot = 0; slot < 1024; slot++)
        {
            GuestSpace.FlushAddress(guest.World.Guest, guest.World.Cpu(0), slot << 39);
        }

        guest.Checker.Check(drained: true);
    }

    [Fact]
    public void Are_not_changed_by_what_a_guest_says_of_its_own_table_there()
    {
        using SimpleGuest guest = new();
        Guest* inner = guest.World.Guest;
        Assert.Equal(Status.Ok, GuestSpace.MapHole(inner, HoleLayout.Window, 0, 1, ReadWrite));
        for (int slot = 256; slot < 272; slot++)
        {
            guest.World.Write(SimpleGuest.Root, slot, (SimpleGuest.Level3 << 12) | SimpleGuest.All);
        }

        GuestSpace.Flush(inner, null);
        guest.World.Note((511UL << NotePage.MoreShift) | (SimpleGuest.Root << 12));
        GuestSpace.Flush(inner, null);
        guest.World.Note((SimpleGuest.Root << 12) | (ulong)NoteKind.Drop);
        GuestSpace.Flush(inner, null);
        guest.Checker.Check(drained: true);
    }
}


namespace Tierce.PageTables;

/// <summary>A detector that never fired proves nothing: each kind of damage is done to a cache on purpose, and must be reported.</summary>
public sealed unsafe class CheckerTests
{
    [Fact]
    public void An_undamaged_cache_passes()
    {
        using SimpleGuest guest = Filled();
        GuestSpace.Flush(guest.World.Guest, null);
        guest.Checker.Check(drained: true);
    }

    [Fact]
    public void A_leaf_of_a_frame_beyond_the_guest_is_reported()
    {
        using SimpleGuest guest = Filled();
        guest.Cached(1)[3] += guest.World.Guest->Frames << 12;
        Reports(guest, "not the guest's", drained: false);
    }

    [Fact]
    public void A_leaf_of_a_frame_before_the_guest_is_reported()
    {
        using SimpleGuest guest = Filled();
        guest.Cached(1)[3] = 0x67;
        Reports(guest, "not the guest's", drained: false);
    }

    [Fact]
    public void A_leaf_of_another_frame_is_reported()
    {
        using SimpleGuest guest = Filled();
        guest.World.Frame(SimpleGuest.Leaves)[3] += 0x1000;
        Reports(guest, "another frame", drained: true);
    }

    [Fact]
    public void A_wider_leaf_is_reported()
    {
        using SimpleGuest guest = Filled();
        guest.World.Frame(SimpleGuest.Leaves)[3] &= ~PageEntry.Writable;
        Reports(guest, "right to write", drained: true);
    }

    [Fact]
    public void A_writable_leaf_that_is_not_dirty_is_reported()
    {
        using SimpleGuest guest = Filled();
        guest.Cached(1)[3] &= ~PageEntry.Dirty;
        Reports(guest, "note a write", drained: false);
    }

    [Fact]
    public void A_leaf_without_accessed_is_reported()
    {
        using SimpleGuest guest = Filled();
        guest.World.Frame(SimpleGuest.Leaves)[3] &= ~PageEntry.Accessed;
        Reports(guest, "not accessed", drained: true);
    }

    [Fact]
    public void A_supervisor_leaf_in_a_shared_table_is_reported()
    {
        using SimpleGuest guest = Filled();
        guest.World.Frame(SimpleGuest.Leaves)[3] &= ~PageEntry.User;
        Reports(guest, "the kernel's", drained: true);
    }

    [Fact]
    public void A_link_to_another_table_is_reported()
    {
        using SimpleGuest guest = Filled();
        guest.World.Frame(SimpleGuest.Level2)[0] += 0x1000;
        Reports(guest, "another frame", drained: true);
    }

    [Fact]
    public void A_lost_writer_is_reported()
    {
        using SimpleGuest guest = Filled();
        guest.Cached(1)[3] &= ~PageEntry.Writable;
        Reports(guest, "writers count", drained: false);
    }

    [Fact]
    public void A_lost_link_is_reported()
    {
        using SimpleGuest guest = Filled();
        guest.Cached(2)[0] = 0;
        Reports(guest, "parents count", drained: false);
    }

    [Fact]
    public void A_table_given_back_while_linked_is_reported()
    {
        using SimpleGuest guest = Filled();
        Guest* inner = guest.World.Guest;
        Cache(inner)->Tables.Give(Cache(inner)->Tables.Linked(guest.Cached(2)[0]));
        Reports(guest, "link", drained: false);
    }

    [Fact]
    public void A_changed_kernel_slot_is_reported()
    {
        using SimpleGuest guest = Filled();
        guest.Cached(4)[265] = 0;
        guest.Cached(4)[266] |= PageEntry.User;
        Reports(guest, "hole slot", drained: false);
    }

    [Fact]
    public void A_stale_translation_in_the_processor_is_reported()
    {
        using SimpleGuest guest = Filled();
        Processor processor = new();
        processor.LoadRoot(Cache(guest.World.Guest)->Tables.Physical(guest.World.Cpu(0)->KernelRoot));
        Assert.True(processor.Translate(0x3000, Access.Write, out _, out _));
        guest.Checker.CheckTlb(processor, guest.World.Cpu(0), user: false);
        guest.World.Write(SimpleGuest.Leaves, 3, 0);
        GuestSpace.Flush(guest.World.Guest, null);
        Assert.Throws<BrokenPromiseException>(() => guest.Checker.CheckTlb(processor, guest.World.Cpu(0), user: false));
    }

    private static SimpleGuest Filled()
    {
        SimpleGuest guest = new();
        Assert.True(guest.Write(0x3000));
        return guest;
    }

    private static void Reports(SimpleGuest guest, string what, bool drained) =>
        Assert.Contains(what, Assert.Throws<BrokenPromiseException>(() => guest.Checker.Check(drained)).Message, StringComparison.Ordinal);
}

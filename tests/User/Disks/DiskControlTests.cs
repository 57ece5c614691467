using Tierce.Hosted;
using Tierce.Runtime.Devices;

namespace Tierce.User.Disks;

/// <summary>A disk that is plugged, unplugged and plugged again, as its front end sees it in the store.</summary>
[Collection(HostedDomain.Collection)]
public sealed unsafe class DiskControlTests
{
    private const string State = HostedDisks.Second + "/state", BackState = HostedDisks.SecondBack + "/state";

    [Fact]
    public void A_disk_comes_goes_and_comes_again()
    {
        using HostedDisks disks = new();
        Assert.Equal(("1", null), (disks.Read(HostedDisks.First + "/state"), disks.Read(State)));
        Assert.Equal(PlugState.Unplugged, disks.State(1));
        disks.Watch("device");
        for (uint round = 1; round <= 2; round++)
        {
            disks.Events.Clear();
            disks.Wish(1, true);
            Assert.Contains(State + " t", disks.Events);
            Assert.Equal(("1", "2", "1"), (disks.Read(State), disks.Read(BackState), disks.Read(HostedDisks.SecondBack + "/online")));
            Assert.Equal(PlugState.Offered, disks.State(1));
            disks.Connect(1, HostedDisks.Second, 40 + round);
            Assert.Equal(("4", 40UL + round, PlugState.Connected), (disks.Read(BackState), disks.Port(1), disks.State(1)));

            disks.Wish(1, false);
            Assert.Equal(("5", "0"), (disks.Read(BackState), disks.Read(HostedDisks.SecondBack + "/online")));
            Assert.Equal((1U, PlugState.Unplugging), (disks.Line(1)->Connect, disks.State(1)));
            disks.Write(State, "5");
            Assert.Equal(0U, disks.Line(1)->Connect);
            disks.Events.Clear();
            disks.Write(State, "6");
            disks.Fulfil(1);
            Assert.Contains(HostedDisks.Second + " t", disks.Events);
            Assert.Equal((null, null, 0UL, PlugState.Unplugged), (disks.Read(State), disks.Read(BackState), disks.Port(1), disks.State(1)));
        }

        Assert.Equal("1", disks.Read(HostedDisks.First + "/state"));
    }

    /// <summary>The nodes stay until the back end serves no ring and has no request of the guest's.</summary>
    [Fact]
    public void A_disk_goes_after_its_back_end_has_let_go()
    {
        using HostedDisks disks = new();
        disks.Wish(1, true);
        disks.Connect(1, HostedDisks.Second, 41);
        disks.Wish(1, false);
        disks.Write(State, "6");
        Assert.Equal(("6", PlugState.Unplugging), (disks.Read(BackState), disks.State(1)));
        disks.Fulfil(1);
        Assert.Null(disks.Read(BackState));
    }

    /// <summary>A guest that has closed a disk for good does not open it again, however it tries.</summary>
    [Fact]
    public void A_closing_disk_is_not_opened_again()
    {
        using HostedDisks disks = new();
        disks.Wish(1, true);
        disks.Connect(1, HostedDisks.Second, 41);
        disks.Wish(1, false);
        disks.Write(State, "6");
        disks.Write(State, "1");
        Assert.Equal("6", disks.Read(BackState));
        disks.Write(State, "3");
        Assert.Equal(0U, disks.Line(1)->Connect);
    }

    /// <summary>Nodes that a front end might have made change nothing for a disk that the guest does not have.</summary>
    [Fact]
    public void Nodes_of_the_guests_own_connect_nothing()
    {
        using HostedDisks disks = new();
        disks.Write(State, "3");
        Assert.Null(disks.Read(State));
        HostedDisks.GiveFrontEnd(1);
        disks.Write(HostedDisks.Second + "/ring-ref", "8");
        disks.Write(HostedDisks.Second + "/event-channel", "41");
        disks.Write(State, "3");
        disks.Write(State, "5");
        Assert.Equal((0U, 0UL, PlugState.Unplugged, null), (disks.Line(1)->Wish, disks.Port(1), disks.State(1), disks.Read(BackState)));
        disks.Wish(1, true);
        Assert.Equal(("1", 0U), (disks.Read(State), disks.Line(1)->Wish));
    }

    /// <summary>A guest that does not close its disk keeps it, and the monitor works on.</summary>
    [Fact]
    public void A_busy_disk_stays_and_is_plugged_again_after_it_has_gone()
    {
        using HostedDisks disks = new();
        disks.Wish(1, true);
        disks.Connect(1, HostedDisks.Second, 41);
        disks.Wish(1, false);
        disks.Wish(1, true);
        Assert.Equal((PlugState.Unplugging, 1U), (disks.State(1), disks.Line(1)->Connect));
        disks.Write(State, "6");
        disks.Fulfil(1);
        disks.Wish(1, true);
        Assert.Equal((PlugState.Offered, "1"), (disks.State(1), disks.Read(State)));
    }

    /// <summary>A disk that the guest has closed by itself goes at once.</summary>
    [Fact]
    public void A_disk_that_is_closed_already_goes()
    {
        using HostedDisks disks = new();
        disks.Wish(1, true);
        disks.Connect(1, HostedDisks.Second, 41);
        disks.Write(State, "6");
        disks.Fulfil(1);
        Assert.Equal((PlugState.Offered, "6"), (disks.State(1), disks.Read(BackState)));
        disks.Wish(1, false);
        Assert.Equal((PlugState.Unplugged, null), (disks.State(1), disks.Read(BackState)));
    }

    /// <summary>The store has room for the nodes of all disks, and for what their front ends write.</summary>
    [Fact]
    public void Eight_disks_connect()
    {
        using HostedDisks disks = new(DeviceControl.MostDevices);
        for (int i = 0; i < DeviceControl.MostDevices; i++)
        {
            string front = $"device/vbd/{51712 + (16 * i)}";
            disks.Wish(i, true);
            disks.Write(front + "/protocol", "x86_64-abi");
            disks.Write(front + "/feature-persistent", "0");
            disks.Connect(i, front, 40 + (uint)i);
        }

        for (int i = 0; i < DeviceControl.MostDevices; i++)
        {
            string back = $"/local/domain/0/backend/vbd/1/{51712 + (16 * i)}";
            Assert.Equal((PlugState.Connected, "4", "w"), (disks.State(i), disks.Read(back + "/state"), disks.Read(back + "/mode")));
            Assert.Equal("0", disks.Read($"device/vbd/{51712 + (16 * i)}/feature-persistent"));
        }
    }

    [Fact]
    public void A_store_that_is_too_small_is_noticed() => Twin.MustFail(
        typeof(DiskControlTests), nameof(Eight_disks_connect), [], new Change("src/Monitor/Devices/GuestStore.cs", "256 + XenStore.MostNodes", "256"));

    /// <summary>A guest whose front end has removed its nodes has closed the disk.</summary>
    [Fact]
    public void A_front_end_without_nodes_has_closed()
    {
        using HostedDisks disks = new();
        disks.Wish(1, true);
        disks.Connect(1, HostedDisks.Second, 41);
        disks.Remove(HostedDisks.Second);
        Assert.Equal(("6", 0U), (disks.Read(BackState), disks.Line(1)->Connect));
        disks.Wish(1, false);
        disks.Fulfil(1);
        Assert.Equal(PlugState.Unplugged, disks.State(1));
        disks.Wish(1, true);
        Assert.Equal("1", disks.Read(State));
    }

    [Theory]
    [InlineData("case BusState.Closed or BusState.Unknown when", "case BusState.Closed when", nameof(A_front_end_without_nodes_has_closed))]
    [InlineData("if (!_disks[i].IsShown)", "if (false)", nameof(Nodes_of_the_guests_own_connect_nothing))]
    [InlineData(" || Volatile.Read(ref _lines[disk].Fulfilled) != state.Wish)", ")", nameof(A_disk_goes_after_its_back_end_has_let_go))]
    [InlineData("== BusState.Closed && !_disks[disk].IsLeaving", "== BusState.Closed", nameof(A_closing_disk_is_not_opened_again))]
    [InlineData("SetPort(disk, 0, romInfo);", "", nameof(A_disk_comes_goes_and_comes_again))]
    [InlineData("SetText(disk, \"online\"u8, \"0\"u8);", "", nameof(A_disk_comes_goes_and_comes_again))]
    public void A_missing_step_is_noticed(string old, string @new, string test) =>
        Twin.MustFail(typeof(DiskControlTests), test, [], new Change("src/Monitor/Devices/DiskControl.cs", old, @new));
}

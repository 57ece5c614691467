using System.Text;
using Tierce.Hosted;
using Tierce.Root;
using Tierce.Runtime;
using Tierce.Runtime.Devices;

namespace Tierce.User.Disks;

/// <summary>Root answers the control line without waiting for the other end, and changes what a request names, alone.</summary>
[Collection(HostedDomain.Collection)]
public sealed class ControlChannelTests
{
    [Fact]
    public void A_list_has_every_disk()
    {
        using HostedControl control = new();
        DiskPages.SetRate(0, 0, new ClientRate { Operations = 7 });
        control.Guests[2].Ended = true;
        Assert.Equal(
            "t1 disk web xvda unplugged rw driver=disk0 ops=7 bytes=0\nt1 disk web xvdb unplugged ro driver=disk1 ops=0 bytes=0\n"
            + "t1 disk db xvda ended rw driver=disk0 ops=0 bytes=0\nt1 ok\n",
            control.Ask("t1 list"));
    }

    [Fact]
    public void A_limit_reaches_its_driver_and_no_other_client()
    {
        using HostedControl control = new();
        Assert.Equal("a ok\n", control.Ask("a limit db xvda ops=100 bytes=1M"));
        Assert.Equal("b ok\n", control.Ask("b limit db xvda ops=0"));
        Assert.Equal((0UL, 1UL << 20), (DiskPages.Rate(0, 1).Operations, DiskPages.Rate(0, 1).Bytes));
        Assert.Equal((0UL, 0UL), (DiskPages.Rate(0, 0).Operations, DiskPages.Rate(1, 0).Bytes));
        Assert.Equal(RateTable.ChangedBit, control.Bits[HostedControl.DriverSlot]);
        Assert.DoesNotContain(HostedControl.DriverSlot + 1, control.Bits.Keys);
    }

    [Fact]
    public unsafe void A_wish_reaches_the_guests_monitor()
    {
        using HostedControl control = new();
        PlugLine* line = (PlugLine*)0x0000_0048_0000_2000;
        Assert.Equal("a ok\n", control.Ask("a plug db xvda"));
        Assert.Equal(1U, line->Wanted);
        Assert.Equal(PlugTable.ChangedBit, control.Bits[HostedControl.MonitorSlot + 2]);
        line->State = PlugState.Connected;
        Assert.Contains("b disk db xvda connected rw", control.Ask("b list"), StringComparison.Ordinal);
        Assert.Equal("c ok\n", control.Ask("c unplug db xvda"));
        Assert.Equal(0U, line->Wanted);
    }

    /// <summary>Root destroys the domain of the life that is meant, which is then none of the short ones, and no other.</summary>
    [Fact]
    public void A_piece_is_ended_whatever_it_does()
    {
        using HostedControl control = new();
        Assert.Equal("a ok\n", control.Ask("a restart-driver db xvda"));
        Assert.Equal([HostedControl.DomainSlot], control.Destroyed);
        Assert.Equal((true, false), (control.Programs[0].Lives.Killed, control.Programs[1].Lives.Killed));
        Assert.Equal("b error it has ended, and is not started again\n", control.Ask("b restart-back-end db xvda"));
        control.Guests[2].BackEnd.Running = true;
        control.Guests[2].BackEnd.Parts.DomainSlot = 77;
        Assert.Equal("c ok\n", control.Ask("c restart-back-end db xvda"));
        Assert.Equal([HostedControl.DomainSlot, 77U], control.Destroyed);
        control.Programs[0].Ended = true;
        Assert.Equal("d error it has ended, and is not started again\n", control.Ask("d restart-driver web xvda"));
    }

    [Theory]
    [InlineData("t plug nobody xvda", "t error no such guest\n")]
    [InlineData("t plug empty xvda", "t error the guest has no such disk\n")]
    [InlineData("t plug web xvdc", "t error the guest has no such disk\n")]
    [InlineData("t plug web xvdz", "t error the guest has no such disk\n")]
    [InlineData("t frob", "t error no such request\n")]
    [InlineData("-", "? error a request begins with a tag of letters and digits\n")]
    [InlineData("", "")]
    public void What_cannot_be_done_is_answered_too(string line, string answer)
    {
        using HostedControl control = new();
        Assert.Equal(answer, control.Ask(line));
    }

    [Fact]
    public void A_line_that_is_too_long_is_one_refusal()
    {
        using HostedControl control = new();
        Assert.Equal("t error the request is too long\nu ok\n", control.Ask("t plug web " + new string('x', 1000) + "\nu plug web xvda"));
    }

    /// <summary>An end that reads nothing gets no more answers than there is room for; its requests stay where they are, and none is lost.</summary>
    [Fact]
    public void An_end_that_does_not_read_holds_up_its_own_requests_alone()
    {
        using HostedControl control = new();
        byte[] request = Encoding.ASCII.GetBytes("t list\n");
        int written = 0, answered = 0;
        for (int round = 0; round < 2000 && control.Write(request) == request.Length; round++)
        {
            written++;
            control.Pump();
        }

        Assert.InRange(written, 100, 1900);
        Assert.True(control.TakeWaiter());
        for (int round = 0; round < 2000; round++)
        {
            answered += control.Read().Split("t ok\n").Length - 1;
            control.Pump();
        }

        Assert.Equal(written, answered);
    }

    /// <summary>Whatever a driver writes, root comes to rest after each look, and requests that are none change nothing.</summary>
    [Fact]
    public void A_hostile_driver_makes_root_do_little_at_a_time()
    {
        using HostedControl control = new();
        Random random = new(5);
        byte[] noise = new byte[600];
        for (int round = 0; round < 3000; round++)
        {
            random.NextBytes(noise);
            for (int i = 0; i < noise.Length; i++)
            {
                noise[i] = random.Next(3) == 0 ? noise[i] : (byte)"t list\n plug web xvda"[random.Next(21)];
            }

            control.Write(noise);
            control.Bits.Clear();
            control.Pump();
            Assert.True(control.Read().Length <= 16384);
            if (random.Next(8) == 0)
            {
                control.Scribble(random);
            }
        }

        Assert.Equal(0UL, DiskPages.Rate(1, 0).Operations);
    }

    /// <summary>A driver that always has bytes does not keep root: it stops, and comes back after others.</summary>
    [Fact]
    public void Root_serves_others_between_pieces()
    {
        using HostedControl control = new();
        control.Write(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("t list\n", 500))));
        control.Pump();
        Assert.Equal(ConsoleChannel.ClientBit, control.Bits[HostedControl.OwnSlot]);
        Assert.True(control.Waiting > 1000, "root has read nearly all at once");
    }

    [Theory]
    [InlineData("ControlChannel.cs", "_length <= ControlRequest.MostBytes", "_length >= 0", nameof(A_line_that_is_too_long_is_one_refusal))]
    [InlineData("ControlChannel.cs", "pieces < MostPieces && HasRoom()", "HasRoom()", nameof(Root_serves_others_between_pieces))]
    [InlineData("ControlChannel.cs", "&& HasRoom() && Step", "&& Step", nameof(An_end_that_does_not_read_holds_up_its_own_requests_alone))]
    public void A_missing_precaution_is_noticed(string file, string old, string @new, string test) =>
        Twin.MustFail(typeof(ControlChannelTests), test, [], new Change("src/Root/" + file, old, @new));

    [Fact]
    public void A_missing_bound_of_disks_is_noticed() => Twin.MustFail(
        typeof(ControlChannelTests), nameof(What_cannot_be_done_is_answered_too), ["t plug web xvdc", "t error the guest has no such disk\n"],
        new Change("src/Root/DiskCommands.cs", "guest < 0 || request.Disk >= _guests[guest].DiskCount", "guest < 0"));
}

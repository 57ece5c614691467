using System.Diagnostics;
using Tierce.Drivers.BlockBack;
using Tierce.Hosted;
using Tierce.Runtime.Devices;
using Tierce.Soaking;

namespace Tierce.User.Disks;

/// <summary>
/// A guest and a driver attack a back end. It may stop serving a ring; it keeps nothing of it, and serves the next ring as if nothing had been.
/// </summary>
[Collection(HostedDomain.Collection)]
public sealed unsafe class BackEndAttackTests
{
    private const int RingPage = 0;

    [Fact]
    public void What_a_guest_asks_for_is_done()
    {
        foreach (int seed in Soak.Seeds(Soak.Amount(3, 200)))
        {
            using HostedBackEnd backEnd = new();
            Random random = new(seed);
            Work(backEnd, random, 2000);
            Assert.NotEqual(0, backEnd.Flushes);
        }
    }

    /// <summary>A driver that dies forgets its requests; the guest sees nothing of it.</summary>
    [Fact]
    public void The_lives_of_a_driver_are_hidden()
    {
        foreach (int seed in Soak.Seeds(Soak.Amount(3, 200)))
        {
            using HostedBackEnd backEnd = new();
            Work(backEnd, new Random(seed), 2000, restarts: true);
        }
    }

    /// <summary>
    /// A flush with data makes stable what was written before and its own data: the driver flushes, then writes, then flushes, and never
    /// has two of the three at once.
    /// </summary>
    [Fact]
    public void Data_of_a_flush_lie_between_two_flushes()
    {
        using HostedBackEnd backEnd = new();
        HostedFrontEnd guest = new(backEnd, new Random(1));
        guest.Flush(segments: 3);
        backEnd.Run();
        ExpectOneFlush(backEnd);
        backEnd.Answer(0);
        backEnd.Run();
        Assert.NotEqual(0, backEnd.InDriver);
        while (backEnd.InDriver != 0)
        {
            Assert.Equal(1, backEnd.Flushes);
            Assert.False(backEnd.HasFlush);
            backEnd.Answer(0);
        }

        backEnd.Run();
        guest.TakeAnswers();
        Assert.Equal(1, guest.Waiting);
        ExpectOneFlush(backEnd);
        backEnd.Answer(0);
        backEnd.Run();
        guest.TakeAnswers();
        Assert.Equal((0, 2), (guest.Waiting, backEnd.Flushes));
        guest.ExpectDisk();
    }

    private static void ExpectOneFlush(HostedBackEnd backEnd) => Assert.Equal((1, true), (backEnd.InDriver, backEnd.HasFlush));

    /// <summary>Random bytes in the ring, grants that come and go, answers that belong to nothing.</summary>
    [Fact]
    public void Hostile_guests_and_drivers_leave_nothing_behind()
    {
        Stopwatch clock = Stopwatch.StartNew();
        const int Steps = 2000, Rounds = 10;
        int seeds = Soak.Amount(2, 500);
        foreach (int seed in Soak.Seeds(seeds))
        {
            using HostedBackEnd backEnd = new();
            Random random = new(seed);
            for (int round = 0; round < Rounds; round++)
            {
                Attack(backEnd, random, Steps);
                backEnd.Disconnect();
                Drain(backEnd);
                Work(backEnd, random, 300);
            }
        }

        Soak.Record("disk-back-end-attacks", (long)seeds * Rounds * Steps, "operations of hostile guests and drivers", Soak.FirstSeed, clock);
    }

    /// <summary>The copy k of a run fails, for every k: the request of it fails or, if the copy was of the ring, the ring is left.</summary>
    [Fact]
    public void A_copy_that_fails_fails_its_request_alone()
    {
        const int Seed = 7, Steps = 60;
        int copies;
        using (HostedBackEnd all = new())
        {
            Work(all, new Random(Seed), Steps);
            copies = all.Copies;
        }

        Assert.InRange(copies, 100, 10_000);
        for (int k = 0; k < copies; k++)
        {
            using HostedBackEnd backEnd = new();
            Random random = new(Seed);
            HostedFrontEnd guest = new(backEnd, random);
            backEnd.FailsAfter = k;
            for (int step = 0; step < Steps && backEnd.IsConnected; step++)
            {
                guest.Request();
                Go();
            }

            while (backEnd.IsConnected && guest.Waiting != 0)
            {
                Go();
            }

            void Go()
            {
                backEnd.Run();
                if (backEnd.IsConnected)
                {
                    guest.TakeAnswers(expectErrors: true);
                }

                AnswerOne(backEnd, random);
            }

            Assert.InRange(guest.Errors, 0, 1);
            backEnd.FailsAfter = -1;
            backEnd.Disconnect();
            Drain(backEnd);
            Work(backEnd, random, 20);
        }
    }

    [Theory]
    [InlineData(nameof(Hostile_guests_and_drivers_leave_nothing_behind), "BlockDevice.cs", "if (tag < BlockChannel.Entries && Parts.At(ref _parts, tag).Active)", "if (tag < BlockChannel.Entries)")]
    [InlineData(nameof(Hostile_guests_and_drivers_leave_nothing_behind), "FrontRing.cs", "count > Slots - (_taken - _answered)", "count > 2 * Slots")]
    [InlineData(nameof(Hostile_guests_and_drivers_leave_nothing_behind), "RingRequest.cs", "count == 0 || count > most", "count == 0")]
    [InlineData(nameof(Hostile_guests_and_drivers_leave_nothing_behind), "RingRequest.cs", "first <= last && last < SectorsOfPage", "first <= last")]
    [InlineData(nameof(A_copy_that_fails_fails_its_request_alone), "BlockDevice.cs", "Requests.At(ref _requests, part.Request).Status = RingStatus.Error;", "")]
    [InlineData(nameof(A_copy_that_fails_fails_its_request_alone), "BlockDevice.cs", "_pages.SmallTaken = false;", "")]
    [InlineData(nameof(A_copy_that_fails_fails_its_request_alone), "BlockDevice.cs", "_pages.Free(part.Page, part.Pages);", "")]
    [InlineData(nameof(The_lives_of_a_driver_are_hidden), "BlockDevice.cs", "part.Active && (int)(start - part.Index) > 0", "false")]
    [InlineData(nameof(What_a_guest_asks_for_is_done), "BlockDevice.cs", "at > part.First ? at : part.First", "part.First")]
    [InlineData(nameof(The_lives_of_a_driver_are_hidden), "BlockDevice.cs", "if (_settled && _driver.HasAnswers)", "if (false)")]
    [InlineData(nameof(Data_of_a_flush_lie_between_two_flushes), "BlockDevice.cs", "|| (request.FlushAfter && request.Issued == 0)", "")]
    [InlineData(nameof(Data_of_a_flush_lie_between_two_flushes), "BlockDevice.cs", "(flush || (request.FlushAfter && request.Issued == 0))", "(!flush && request.FlushAfter && request.Issued == 0)")]
    [InlineData(nameof(Data_of_a_flush_lie_between_two_flushes), "RingRequest.cs", "FlushAfter = count != 0;", "FlushAfter = false;")]
    public void A_missing_check_is_noticed(string test, string file, string old, string @new) => Twin.MustFail(
        typeof(BackEndAttackTests), test, [], new Change("src/Drivers/BlockBack/" + file, old, @new));

    /// <summary>A guest and a driver that keep the rules, from a new ring to rest.</summary>
    private static void Work(HostedBackEnd backEnd, Random random, int steps, bool restarts = false)
    {
        HostedFrontEnd guest = new(backEnd, random);
        for (int step = 0; step < steps || guest.Waiting != 0; step++)
        {
            Assert.True(step < steps + 10_000, "a request is never answered");
            for (int i = step < steps ? random.Next(4) : 0; i > 0; i--)
            {
                guest.Request();
            }

            backEnd.Run();
            guest.TakeAnswers();
            for (int i = random.Next(4); i > 0; i--)
            {
                AnswerOne(backEnd, random);
            }

            if (restarts && random.Next(20) == 0)
            {
                backEnd.RestartDriver();
            }
        }

        guest.ExpectDisk();
        Assert.True(backEnd.IsConnected && backEnd.IsIdle);
        backEnd.Disconnect();
    }

    private static void Attack(HostedBackEnd backEnd, Random random, int steps)
    {
        for (int step = 0; step < steps; step++)
        {
            if (!backEnd.IsConnected && backEnd.IsIdle)
            {
                backEnd.Word(RingPage, 8) = random.Next(2) == 0 ? 0 : (uint)random.Next();
                backEnd.Word(RingPage, 0) = backEnd.Word(RingPage, 8);
                backEnd.Granted[RingPage] = true;
                backEnd.Connect(RingPage);
            }

            switch (random.Next(10))
            {
                case < 5:
                    WriteRequest(backEnd, random);
                    break;
                case 5:
                    random.NextBytes(backEnd.Page(random.Next(HostedBackEnd.GuestPages)).Slice(64));
                    break;
                case 6:
                    backEnd.Granted[random.Next(HostedBackEnd.GuestPages)] ^= random.Next(4) == 0;
                    break;
                case 7:
                    backEnd.Word(RingPage, random.Next(4) * 4) = random.Next(3) == 0 ? (uint)random.Next() : backEnd.Word(RingPage, 8) + (uint)random.Next(40);
                    break;
                case 8:
                    backEnd.Say(random.Next(2) == 0 ? (uint)random.Next() : (uint)random.Next((int)BlockChannel.Entries), (uint)random.Next(4));
                    break;
                default:
                    AnswerOne(backEnd, random);
                    break;
            }

            backEnd.Run();
            AnswerOne(backEnd, random);
        }
    }

    /// <summary>A request that is almost right.</summary>
    private static void WriteRequest(HostedBackEnd backEnd, Random random)
    {
        ref uint produced = ref backEnd.Word(RingPage, 0);
        Span<byte> slot = backEnd.Page(RingPage).Slice(64 + ((int)(produced % FrontRing.Slots) * RingRequest.Size), RingRequest.Size);
        random.NextBytes(slot);
        slot[0] = (byte)(random.Next(8) == 0 ? random.Next(256) : "\0\x01\x03\x06"u8[random.Next(4)]);
        slot[1] = (byte)(random.Next(8) == 0 ? random.Next(256) : slot[0] == 6 ? random.Next(2) : random.Next(13));
        slot[2] = (byte)random.Next(40);
        slot[3] = (byte)(random.Next(8) == 0 ? 1 : 0);
        slot[20..24].Clear();
        for (int i = 0; i < RingRequest.MostDirect; i++)
        {
            WriteSegment(slot[(24 + (i * 8))..], random);
        }

        Span<byte> indirect = backEnd.Page(1 + random.Next(4));
        for (int i = 0; i < RingRequest.MostSegments; i++)
        {
            WriteSegment(indirect[(i * 8)..], random);
        }

        produced++;
    }

    private static void WriteSegment(Span<byte> segment, Random random)
    {
        segment[0] = (byte)random.Next(HostedBackEnd.GuestPages + 1);
        segment[1..4].Clear();
        segment[4] = (byte)random.Next(8);
        segment[5] = (byte)(random.Next(20) == 0 ? random.Next(256) : random.Next(segment[4], 8));
    }

    private static void AnswerOne(HostedBackEnd backEnd, Random random)
    {
        if (backEnd.InDriver != 0)
        {
            backEnd.Answer(random.Next(backEnd.InDriver));
        }
    }

    private static void Drain(HostedBackEnd backEnd)
    {
        for (int i = 0; i < 1000 && (backEnd.InDriver != 0 || !backEnd.IsIdle); i++)
        {
            while (backEnd.InDriver != 0)
            {
                backEnd.Answer(0);
            }

            backEnd.Run();
        }

        Assert.True(backEnd.IsIdle, "parts are left that nobody has");
    }
}

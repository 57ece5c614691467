using System.Diagnostics;
using Tierce.Hosted;
using Tierce.Runtime.Devices;
using Tierce.Soaking;

namespace Tierce.User.Disks;

/// <summary>
/// Two back ends attack their disk's driver through their channels; a third works. Nothing that they write makes the driver offer the device
/// a head or a sector that is not theirs, and the third gets each of its answers, once.
/// </summary>
[Collection(HostedDomain.Collection)]
public sealed unsafe class DriverAttackTests
{
    private const int Honest = 2;

    [Fact]
    public void Hostile_clients_reach_their_own_sectors_alone()
    {
        Stopwatch clock = Stopwatch.StartNew();
        const int Steps = 20_000;
        int rounds = Soak.Amount(5, 500);
        int taken = 0;
        foreach (int seed in Soak.Seeds(rounds))
        {
            taken += Attack(seed, Steps);
        }

        Assert.True(taken > rounds * Steps / 100, "hardly any request of the attackers was one");
        Soak.Record("disk-driver-attacks", (long)rounds * Steps, "operations of hostile clients", Soak.FirstSeed, clock);
    }

    [Theory]
    [InlineData("BlockDriver.cs", " && !_heads[(int)index].InFlight", "")]
    [InlineData("BlockDriver.cs", "request.Head < _headsOfClient && ", "index < QueueLayout.MostEntries && ")]
    [InlineData("BlockDriver.cs", "out sector) && (state.FromDisk || !_clients[client].ReadOnly)", "out sector)")]
    [InlineData("BlockDriver.cs", "head >= QueueLayout.MostEntries || !_heads[(int)head].InFlight", "head >= QueueLayout.MostEntries")]
    [InlineData("BlockDriver.cs", "_heads[(int)index].Exists", "true")]
    [InlineData("BlockDriver.cs", "_clients[client].Part.TryTranslate(request.Sector, state.Sectors, out sector)", "(sector = request.Sector) == request.Sector")]
    [InlineData("BlockClient.cs", "waiting - 1 >= BlockChannel.Entries", "waiting == 0 || waiting > 1 << 20")]
    public void A_missing_check_is_noticed(string file, string old, string @new) => Twin.MustFail(
        typeof(DriverAttackTests), nameof(Hostile_clients_reach_their_own_sectors_alone), [], new Change("src/Drivers/VirtioBlock/" + file, old, @new));

    /// <summary>Returns how many heads of attackers the device was offered.</summary>
    private static int Attack(int seed, int steps)
    {
        using HostedDriver driver = new();
        Random random = new(seed);
        HonestClient client = new(driver.Channel(Honest), random);
        int taken = 0;
        for (int step = 0; step < steps; step++)
        {
            int attacker = random.Next(Honest);
            switch (random.Next(8))
            {
                case < 4:
                    Misuse(driver.Channel(attacker), random);
                    break;
                case 4:
                    client.Request();
                    break;
                case 5:
                    Scribble(driver.Channel(attacker), random);
                    break;
                default:
                    Return(driver, random);
                    break;
            }

            int before = driver.Offered.Count;
            driver.Run();
            taken += driver.Offered.Count - before;
            client.TakeAnswers();
        }

        while (driver.Offered.Count != 0)
        {
            Return(driver, random);
            driver.Run();
            client.TakeAnswers();
        }

        client.ExpectAllAnswered();
        return taken;
    }

    /// <summary>Writes requests that could almost be right.</summary>
    private static void Misuse(BlockChannel* channel, Random random)
    {
        int count = random.Next(4);
        for (int i = 0; i < count; i++)
        {
            BlockRequest* request = &channel->FirstRequest + (channel->Requested % BlockChannel.Entries);
            request->Tag = (uint)random.Next();
            request->Head = random.Next(8) == 0 ? (uint)random.Next() : (uint)random.Next((int)HostedDriver.HeadsOfClient + 40);
            request->Sector = random.Next(4) switch
            {
                0 => (ulong)random.NextInt64(),
                1 => ulong.MaxValue - (ulong)random.Next(20_000),
                _ => (ulong)random.Next((int)HostedDriver.Sectors + 20),
            };
            channel->Requested++;
        }
    }

    /// <summary>Overwrites the channel, indices too.</summary>
    private static void Scribble(BlockChannel* channel, Random random)
    {
        if (random.Next(4) == 0)
        {
            channel->Requested = random.Next(2) == 0 ? (uint)random.Next() : channel->Requested + (uint)random.Next(-200, 200);
        }

        new Span<byte>((byte*)channel + random.Next(4000), random.Next(96)).Fill((byte)random.Next(256));
        channel->Requested = random.Next(8) == 0 ? channel->Requested : channel->Taken;
    }

    /// <summary>The device returns what it has or, rarely, what it does not have.</summary>
    private static void Return(HostedDriver driver, Random random)
    {
        if (random.Next(16) == 0)
        {
            uint head = (uint)random.Next(300);
            if (!driver.Offered.Contains(head))
            {
                driver.Return(head, 0);
            }
        }
        else if (driver.Offered.Count != 0)
        {
            driver.Return(driver.Offered.ElementAt(random.Next(driver.Offered.Count)), 0);
        }
    }

    /// <summary>A client that keeps the rules.</summary>
    private sealed class HonestClient(BlockChannel* channel, Random random)
    {
        private readonly Dictionary<uint, uint> _heads = [];
        private readonly BlockShapes _shapes = new(HostedDriver.HeadsOfClient);
        private uint _nextTag, _answered;

        public void Request()
        {
            uint head = (uint)random.Next((int)HostedDriver.HeadsOfClient);
            if (_heads.ContainsValue(head) || !_shapes.TryGet(head, out BlockShape shape))
            {
                return;
            }

            BlockRequest* request = &channel->FirstRequest + (channel->Requested % BlockChannel.Entries);
            request->Tag = _nextTag;
            request->Head = head;
            request->Sector = (ulong)random.Next((int)HostedDriver.Sectors - (int)(shape.Bytes / 512) + 1);
            _heads.Add(_nextTag++, head);
            channel->Requested++;
        }

        public void TakeAnswers()
        {
            while (_answered != channel->Answered)
            {
                BlockAnswer answer = (&channel->FirstAnswer)[_answered++ % BlockChannel.Entries];
                Assert.True(_heads.Remove(answer.Tag), $"answer {answer.Tag} is none, or comes twice");
                Assert.Equal((uint)BlockResult.Ok, answer.Result);
            }
        }

        public void ExpectAllAnswered() => Assert.Empty(_heads);
    }
}

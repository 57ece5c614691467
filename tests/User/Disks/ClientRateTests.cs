using Tierce.Drivers.VirtioBlock;
using Tierce.Hosted;
using Tierce.Runtime;
using Tierce.Runtime.Devices;

namespace Tierce.User.Disks;

/// <summary>Limits that change while a client asks without pause.</summary>
[Collection(HostedDomain.Collection)]
public sealed unsafe class ClientRateTests
{
    private const ulong Hertz = 1_000_000_000, Millisecond = Hertz / 1000;
    private static readonly ulong[] s_rates = [50, 100, 400, 2000];

    /// <summary>Over all time a client gets what its limits allow together, and once what the highest lets it save.</summary>
    [Fact]
    public void Changes_of_a_limit_give_no_further_burst()
    {
        Random random = new(1);
        ClientRates rates = new(Hertz);
        ulong now = Hertz, rate = 0, left = 0;
        double allowed = s_rates[^1] / 16.0, taken = 0;
        for (int step = 0; step < 60_000; step++, now += Millisecond)
        {
            Machine.Now = now;
            if (left-- == 0)
            {
                left = (ulong)random.Next(1, 60);
                rate = s_rates[random.Next(s_rates.Length)];
                rates.Change(rate, 0);
            }

            for (; rates.FreeAt <= now; taken++)
            {
                rates.Pay(8);
            }

            allowed += rate / 1000.0;
        }

        Assert.InRange(taken, 0.9 * allowed, allowed + 1);
    }

    /// <summary>A client whose low limit is raised does not wait for what it took at that limit.</summary>
    [Theory]
    [InlineData(1, 0, 1000, 0)]
    [InlineData(0, 1000, 0, 10_000_000)]
    [InlineData(1, 1000, 0, 10_000_000)]
    public void A_higher_limit_is_reached_within_a_second(ulong operations, ulong bytes, ulong moreOperations, ulong moreBytes)
    {
        const uint Sectors = 128;
        ClientRates rates = new(Hertz);
        Machine.Now = Hertz;
        rates.Change(operations, bytes);
        while (rates.FreeAt <= Machine.Now)
        {
            rates.Pay(Sectors);
        }

        rates.Change(moreOperations, moreBytes);
        ulong taken = 0, end = 2 * Hertz;
        for (; Machine.Now < end; Machine.Now += Millisecond)
        {
            for (; rates.FreeAt <= Machine.Now; taken++)
            {
                rates.Pay(Sectors);
            }
        }

        double most = moreOperations != 0 ? moreOperations : moreBytes / (Sectors * 512.0);
        Assert.InRange(taken, 0.9 * most, most + 1);
    }

    /// <summary>Root sets limits, and takes them away, while a client always has requests. Each request is answered once, in order.</summary>
    [Fact]
    public void A_driver_takes_new_limits_and_loses_no_request()
    {
        const int Client = 1;
        Random random = new(3);
        using HostedDriver driver = new();
        BlockChannel* channel = driver.Channel(Client);
        uint seen = 0;
        ulong rate = 0;
        double allowed = 0, taken = 0;
        Machine.Now = Hertz;
        for (int step = 0; step < 20_000; step++, Machine.Now += Millisecond)
        {
            if (step % 50 == 0)
            {
                bool isLimited = step % 1000 < 900;
                rate = isLimited ? s_rates[random.Next(s_rates.Length)] : 0;
                driver.Limit(Client, rate, 0);
                allowed += isLimited && step % 1000 == 0 ? s_rates[^1] / 16.0 : 0;
            }

            // One head, so that the device has one request at a time.
            if (channel->Requested == seen)
            {
                *(&channel->FirstRequest + (channel->Requested % BlockChannel.Entries)) = new BlockRequest { Tag = channel->Requested, Head = 1, Sector = 0 };
                channel->Requested++;
            }

            for (driver.Run(); driver.Offered.Count != 0; driver.Run())
            {
                driver.Return(driver.Offered.Single(), 0);
            }

            if (channel->Answered != seen)
            {
                Assert.Equal(seen, (&channel->FirstAnswer + (seen % BlockChannel.Entries))->Tag);
                seen++;
                Assert.Equal(seen, channel->Answered);
                taken += rate == 0 ? 0 : 1;
            }

            allowed += rate / 1000.0;
        }

        // A request takes a step at least, so a limit of 2000 is one of 1000 here.
        Assert.InRange(taken, 0.4 * allowed, allowed);
    }

    [Theory]
    [InlineData("src/Runtime/Devices/RateLimit.cs", "Math.Min(_paidAt, now + (hertz / BurstsPerSecond) + (largest * hertz / rate))", "0", nameof(Changes_of_a_limit_give_no_further_burst))]
    [InlineData("src/Drivers/VirtioBlock/ClientRates.cs", "operations == _operations && bytes == _bytes", "_operations != 0", nameof(Changes_of_a_limit_give_no_further_burst))]
    [InlineData("src/Drivers/VirtioBlock/BlockDriver.cs", "(SendAndGet(free) & RateTable.ChangedBit) != 0", "SendAndGet(free) == 1", nameof(A_driver_takes_new_limits_and_loses_no_request))]
    public void A_missing_precaution_is_noticed(string file, string old, string @new, string test) =>
        Twin.MustFail(typeof(ClientRateTests), test, [], new Change(file, old, @new));

    [Fact]
    public void A_debt_that_outlasts_its_limit_is_noticed() => Twin.MustFail(
        typeof(ClientRateTests), nameof(A_higher_limit_is_reached_within_a_second), [1UL, 0UL, 1000UL, 0UL],
        new Change("src/Runtime/Devices/RateLimit.cs", "Math.Min(_paidAt, now + (hertz / BurstsPerSecond) + (largest * hertz / rate))", "_paidAt"));
}

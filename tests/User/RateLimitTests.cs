using Tierce.Runtime.Devices;

namespace Tierce.User;

/// <summary>A client that asks without pause gets its rate, however large its requests are and however long it was idle.</summary>
public sealed class RateLimitTests
{
    private const ulong Hertz = 3_000_000_000;

    [Theory]
    [InlineData(100, 1, 1)]
    [InlineData(1, 1, 1)]
    [InlineData(10 << 20, 512, 65536)]
    [InlineData(1 << 20, 65536, 65536)]
    [InlineData(1_000_000_000, 4096, 65536)]
    public void The_rate_is_kept_within_two_percent(ulong rate, int least, int most)
    {
        Random random = new(1);
        RateLimit limit = default;
        ulong now = 17 * Hertz, taken = 0;
        ulong end = now + (60 * Hertz);
        while (now < end)
        {
            ulong units = (ulong)random.Next(least, most + 1);
            now = Math.Max(now, limit.FreeAt(Hertz));
            limit.Take(units, rate, now, Hertz);
            taken += units;
        }

        Assert.InRange(taken, 0.98 * 60 * rate, (1.02 * 60 * rate) + most);
    }

    [Fact]
    public void Idle_time_is_saved_for_a_sixteenth_of_a_second()
    {
        RateLimit limit = default;
        limit.Take(1, 1600, Hertz, Hertz);
        ulong now = 100 * Hertz;
        int taken = 0;
        while (limit.FreeAt(Hertz) <= now)
        {
            limit.Take(1, 1600, now, Hertz);
            taken++;
        }

        Assert.InRange(taken, 100, 101);
    }

    [Fact]
    public void The_first_unit_is_free()
    {
        RateLimit limit = default;
        Assert.Equal(0UL, limit.FreeAt(Hertz));
    }
}

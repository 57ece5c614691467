using FsCheck;
using FsCheck.Fluent;
using Tierce.Monitor;
using Tierce.Root;

namespace Tierce.User;

public sealed class ClockTests
{
    /// <summary>From 1 MHz to 16 GHz, over up to an hour: within one part in a billion and a microsecond of the exact value.</summary>
    [Fact]
    public void Ticks_become_nanoseconds() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(1000),
        Prop.ForAll(
            Gen.Choose(1_000, 16_000_000).ToArbitrary(),
            Gen.Choose(0, 3_600_000).ToArbitrary(),
            (kilohertz, milliseconds) =>
            {
                ulong hertz = (ulong)kilohertz * 1000;
                ulong ticks = (ulong)kilohertz * (ulong)milliseconds;
                decimal exact = (decimal)milliseconds * 1_000_000;
                decimal error = Math.Abs(ClockScale.FromHertz(hertz).Nanoseconds(ticks) - exact);
                return error <= 1000 + (exact / 1_000_000_000);
            }));

    [Fact]
    public void Frequencies_of_whole_gigahertz_are_exact()
    {
        Assert.Equal((0x8000_0000U, 0), (ClockScale.FromHertz(2_000_000_000).Multiplier, ClockScale.FromHertz(2_000_000_000).Shift));
        Assert.Equal(5UL, ClockScale.FromHertz(1_000_000_000).Nanoseconds(5));
    }

    [Fact]
    public void Dates_become_seconds() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(1000),
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seconds =>
        {
            DateTime date = DateTime.UnixEpoch.AddSeconds(seconds * 2L);
            CalendarTime time;
            time.Year = (uint)date.Year;
            time.Month = (uint)date.Month;
            time.Day = (uint)date.Day;
            time.Hour = (uint)date.Hour;
            time.Minute = (uint)date.Minute;
            time.Second = (uint)date.Second;
            return time.ToUnixSeconds() == (ulong)seconds * 2;
        }));

    [Fact]
    public void A_clock_without_sense_gives_no_time() => Assert.Equal(0UL, new CalendarTime { Year = 2026, Month = 13, Day = 1 }.ToUnixSeconds());

    /// <summary>QEMU's real-time clock is late by up to a second; the hypervisor's microseconds mend that, unless somebody has set the clock.</summary>
    [Fact]
    public void The_hypervisors_time_counts_where_the_real_time_clock_agrees()
    {
        const ulong Second = 1_000_000_000, Seconds = 1_790_000_000, Told = (Seconds * Second) + 1_700_000_000;
        ulong at = 5;
        Assert.Equal(Told, WallClock.Choose(Seconds, true, Told, 9, ref at));
        Assert.Equal(5UL, at);
        Assert.Equal((Seconds * Second) + (Second / 2), WallClock.Choose(Seconds, false, 0, 9, ref at));
        Assert.Equal(9UL, at);
        const ulong Set = Seconds - 86_400;
        Assert.Equal((Set * Second) + (Second / 2), WallClock.Choose(Set, true, Told, 9, ref at));
        Assert.Equal(0UL, WallClock.Choose(0, true, Told, 9, ref at));
    }

    [Fact]
    public void The_hypervisors_time_is_read_or_is_not_there()
    {
        Runtime.Machine.UseHypervisor(null);
        Assert.False(HypervisorClock.TryRead(out _, out _));
        Runtime.Machine.UseHypervisor([0x564d_5868, 250_000, 1_790_000_000, 0]);
        Assert.True(HypervisorClock.TryRead(out ulong nanoseconds, out _));
        Assert.Equal(1_790_000_000_250_000_000UL, nanoseconds);
        Runtime.Machine.UseHypervisor([0x564d_5868, uint.MaxValue, 1_790_000_000, 0]);
        Assert.False(HypervisorClock.TryRead(out _, out _));
        Runtime.Machine.UseHypervisor(null);
    }

    [Fact]
    public void The_real_time_clock_is_read_in_both_codings()
    {
        byte index = 0;
        byte[] registers = [0x59, 0, 0x58, 0, 0x23, 0, 0, 0x31, 0x12, 0x26, 0, 2];
        Runtime.Machine.UsePorts(_ => registers[index], (port, value) => index = port == RealTimeClock.Port ? value : index);
        ulong expected = (ulong)new DateTimeOffset(2026, 12, 31, 23, 58, 59, TimeSpan.Zero).ToUnixTimeSeconds();
        Assert.Equal(expected, RealTimeClock.ReadUnixSeconds());
        registers = [59, 0, 58, 0, 0x80 + 11, 0, 0, 31, 12, 26, 0, 4];
        Assert.Equal(expected, RealTimeClock.ReadUnixSeconds());
    }
}

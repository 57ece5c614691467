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

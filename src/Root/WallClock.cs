using Tierce.Abi;
using Tierce.Runtime;

namespace Tierce.Root;

/// <summary>The time of day: found once, and from then on counted by the kernel's reference, so that all guests are told the same.</summary>
public struct WallClock
{
    private const ulong Second = 1_000_000_000;

    private ulong _wall;
    private ulong _reference;
    private ulong _tsc;
    private ulong _tscHertz;

    /// <summary>Finds it, to half a second: the real-time clock tells whole ones. The domain must have that clock's ports.</summary>
    public static WallClock Read(ulong tscHertz)
    {
        ulong seconds = RealTimeClock.ReadUnixSeconds();
        WallClock clock = default;
        clock._tscHertz = tscHertz;
        clock._tsc = Machine.Tsc();
        clock._wall = seconds == 0 ? 0 : (seconds * Second) + (Second / 2);
        if (ReferenceClock.TryRead(out ClockReading reading))
        {
            clock._reference = reading.Nanoseconds;
            clock._tsc = reading.Tsc;
        }

        return clock;
    }

    /// <summary>Nanoseconds since 1970 when the counter stood at <paramref name="tsc"/>, which is now.</summary>
    public readonly ulong Now(out ulong tsc)
    {
        if (ReferenceClock.TryRead(out ClockReading reading))
        {
            tsc = reading.Tsc;
            return _wall + (reading.Nanoseconds - _reference);
        }

        tsc = Machine.Tsc();
        return _wall + Ratio.Scale(tsc - _tsc, Second, _tscHertz);
    }
}

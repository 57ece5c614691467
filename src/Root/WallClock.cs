using Tierce.Abi;
using Tierce.Runtime;

namespace Tierce.Root;

/// <summary>
/// The time of day. Root reads it once; from then on the kernel's reference counter keeps it, so that all guests get the same time.
/// </summary>
public struct WallClock
{
    private const ulong Second = 1_000_000_000;

    private ulong _wall;
    private ulong _reference;
    private ulong _tsc;
    private ulong _tscHertz;

    /// <summary>
    /// Reads it, to half a second, because the real-time clock counts whole ones. The domain must have that clock's ports.
    /// </summary>
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

    /// <summary>Nanoseconds since 1970 now. <paramref name="tsc"/> gets the counter's value at this time.</summary>
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

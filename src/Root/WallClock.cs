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

    /// <summary>Finds it. The domain must have the ports.</summary>
    public static WallClock Read(ulong tscHertz)
    {
        ulong wall = Choose(RealTimeClock.ReadUnixSeconds(), HypervisorClock.TryRead(out ulong told, out ulong at), told, Machine.Tsc(), ref at);
        WallClock clock = default;
        clock._tscHertz = tscHertz;
        clock._tsc = at;
        clock._wall = wall;
        if (ReferenceClock.TryRead(out ClockReading reading))
        {
            clock._wall = wall + Ratio.Scale(reading.Tsc - at, Second, tscHertz);
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

    /// <summary>
    /// The machine's own clock decides, since somebody may have set it. It tells whole seconds; where the hypervisor beneath agrees with
    /// it, that one's fraction is taken, else the middle of the second.
    /// </summary>
    /// <param name="seconds">By the machine's clock; 0 if it tells none.</param>
    /// <param name="isTold">Whether the hypervisor beneath tells the time.</param>
    /// <param name="told">Its nanoseconds since 1970.</param>
    /// <param name="now">The time-stamp counter now.</param>
    /// <param name="at">The time-stamp counter when the hypervisor was asked; then that of the result.</param>
    public static ulong Choose(ulong seconds, bool isTold, ulong told, ulong now, ref ulong at)
    {
        ulong middle = (seconds * Second) + (Second / 2);
        ulong distance = told > middle ? told - middle : middle - told;
        if (isTold && distance <= 5 * Second / 2)
        {
            return told;
        }

        at = now;
        return seconds == 0 ? 0 : middle;
    }
}

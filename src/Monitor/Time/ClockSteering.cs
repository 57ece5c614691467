using Tierce.Abi;
using Tierce.Runtime;

namespace Tierce.Monitor;

/// <summary>
/// Keeps a guest's clock in step with the reference counter. It changes only the clock's rate, so that the guest's time never jumps: the
/// interval up to the next check makes up for the clock's error.
/// </summary>
public struct ClockSteering
{
    private const ulong Second = 1_000_000_000;

    /// <summary>Seconds between checks: doubled from the first to the longest.</summary>
    private const ulong FirstInterval = 1, LongestInterval = 16;

    /// <summary>The rate is taken over this many nanoseconds at least, once there are as many, and over twice as many at most.</summary>
    private const ulong Baseline = 64 * Second;

    /// <summary>Largest change of the rate to make up for an error, in parts per billion; Linux uses the same limit.</summary>
    private const long MostBend = 500_000;

    /// <summary>
    /// The rate stays if it would change by less than this, in parts per billion, and the error is below the other, in nanoseconds.
    /// </summary>
    private const ulong LeastChange = 100;
    private const long LeastError = 10_000;

    /// <summary>
    /// A rate that differs from the kernel's measurement by more than this part is invalid: the machine was stopped, or one of its counters
    /// was set.
    /// </summary>
    private const ulong Strange = 200;

    /// <summary>A reading that took this part of a second is not used.</summary>
    private const ulong NarrowPart = 20_000;

    private readonly ulong _measured;
    private ulong _hertz;
    private ClockScale _scale;

    // The guest's clock: its time was _system when the counter stood at _tsc.
    private ulong _tsc, _system;

    // The guest's time at the reference's time 0.
    private ulong _zero;
    private ClockReading _old, _middle;
    private ulong _interval;

    /// <summary>Steers a clock that is 0 at <paramref name="tscAtZero"/> and has the measured rate.</summary>
    /// <param name="hertz">The time-stamp counter's rate as the kernel measured it.</param>
    /// <param name="tscAtZero">Where the guest's time begins.</param>
    /// <param name="start">A reading from then or later.</param>
    public ClockSteering(ulong hertz, ulong tscAtZero, in ClockReading start)
    {
        this = default;
        _measured = hertz;
        _hertz = hertz;
        _scale = ClockScale.FromHertz(hertz);
        _tsc = tscAtZero;
        _interval = FirstInterval;
        Anchor(start);
    }

    /// <summary>Time of the next check, by the time-stamp counter.</summary>
    public ulong NextLook { get; private set; }

    /// <summary>
    /// Whether the rate is changed to make up for an error. The change has to end at <see cref="NextLook"/>; otherwise the check may also
    /// come later.
    /// </summary>
    public bool IsBent { get; private set; }

    /// <summary>Number of times that the reference and the time-stamp counter disagreed.</summary>
    public ulong Breaks { get; private set; }

    /// <summary>The guest's time when the counter stands at a value not before the last reading.</summary>
    public readonly ulong Time(ulong tsc) => _system + _scale.Nanoseconds(tsc - _tsc);

    /// <summary>Takes a reading. Returns true if the guest's clock has to run at another rate from now on.</summary>
    public bool Follow(in ClockReading reading, out ClockScale scale)
    {
        scale = _scale;
        if (reading.Width > _measured / NarrowPart || reading.Tsc <= _middle.Tsc || reading.Nanoseconds <= _old.Nanoseconds)
        {
            NextLook = reading.Tsc + (FirstInterval * _hertz);
            return false;
        }

        ulong rate = Ratio.Scale(reading.Tsc - _old.Tsc, Second, reading.Nanoseconds - _old.Nanoseconds);
        if (Distance(rate, _measured) > _measured / Strange)
        {
            // The guest's time continues from its current value.
            Breaks++;
            _interval = FirstInterval;
            Anchor(reading);
            return false;
        }

        _interval = Math.Min(LongestInterval, _interval * 2);
        NextLook = reading.Tsc + (_interval * _hertz);
        long error = (long)(Time(reading.Tsc) - (_zero + reading.Nanoseconds));
        if (reading.Nanoseconds - _middle.Nanoseconds >= Baseline)
        {
            _old = _middle;
            _middle = reading;
        }

        // A clock that is fast has to count fewer nanoseconds for a tick, as if there were more ticks per second.
        long bend = Math.Max(-MostBend, Math.Min(MostBend, error / (long)_interval));
        return Turn(reading.Tsc, rate + (ulong)((long)(rate / 1000) * bend / 1_000_000), error, out scale);
    }

    private bool Turn(ulong tsc, ulong hertz, long error, out ClockScale scale)
    {
        scale = _scale;
        IsBent = error is <= -LeastError or >= LeastError;
        if (Distance(hertz, _hertz) <= Ratio.Scale(_hertz, LeastChange, Second) && !IsBent)
        {
            return false;
        }

        _system = Time(tsc);
        _tsc = tsc;
        _hertz = hertz;
        _scale = ClockScale.FromHertz(hertz);
        scale = _scale;
        return true;
    }

    private void Anchor(in ClockReading reading)
    {
        _old = reading;
        _middle = reading;
        _zero = Time(reading.Tsc) - reading.Nanoseconds;
        NextLook = reading.Tsc + (_interval * _hertz);
    }

    private static ulong Distance(ulong one, ulong two) => one > two ? one - two : two - one;
}

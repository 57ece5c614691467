using Tierce.Abi;

namespace Tierce.Kernel.Time;

/// <summary>Time by the counter with which the time-stamp counter was measured, for programs that keep a clock.</summary>
internal struct ReferenceTime
{
    private const ulong Nanoseconds = 1_000_000_000;

    private ClockCounter _counter;
    private ulong _tscHertz;
    private ulong _lastTsc;
    private uint _lastCount;
    private ulong _ticks;

    /// <summary>Time 0 is the moment of a sample.</summary>
    public void Start(ClockCounter counter, ulong tscHertz, in ClockSample sample)
    {
        _counter = counter;
        _tscHertz = tscHertz;
        _lastTsc = sample.Tsc;
        _lastCount = sample.Count;
        _ticks = 0;
    }

    /// <summary>The counter.</summary>
    public readonly ClockCounter Counter => _counter;

    /// <summary>
    /// Nanoseconds at a sample. The number of times that the counter has begun anew since the last sample is the one that brings it closest
    /// to the time-stamp counter: for the power timer that holds over hours, for the interval timer over a minute at least.
    /// </summary>
    public ulong At(in ClockSample sample)
    {
        if (sample.Tsc > _lastTsc)
        {
            ulong expected = Ratio.Scale(sample.Tsc - _lastTsc, ClockCounters.Hertz(_counter), _tscHertz);
            uint mask = ClockCounters.Mask(_counter);

            // The difference between the counter's ticks and the expected ones, up to half a pass.
            uint ahead = (sample.Count - _lastCount - (uint)expected) & mask;
            ulong ticks = ahead <= mask / 2 ? expected + ahead : expected - System.Math.Min(expected, mask + 1 - ahead);
            _ticks += ticks;
            _lastCount = sample.Count;
            _lastTsc = sample.Tsc;
        }

        return Ratio.Scale(_ticks, Nanoseconds, ClockCounters.Hertz(_counter));
    }
}

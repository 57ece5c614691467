
namespace Tierce.Unit;

/// <summary>
/// A machine under an emulator on a busy host: each access takes time of its own, and after a slice others have the processor. Its time-stamp
/// counter and its devices go on meanwhile.
/// </summary>
internal sealed class NoisyClocks(int seed)
{
    private const double Slice = 3_000_000;

    private readonly Random _random = new(seed);
    private double _now;
    private double _sliceEnd = new Random(seed).NextDouble() * Slice;
    private double _intervalStart, _apicStart;
    private uint _latched;
    private bool _wrapped;

    public double TscHertz { get; set; } = 2_096_000_000;

    public double ApicHertz { get; set; } = 1_000_000_000;

    /// <summary>By how many parts of a million each runs fast.</summary>
    public double PowerError { get; set; }

    public double IntervalError { get; set; }

    public bool HasPower { get; set; } = true;

    public bool PowerStands { get; set; }

    public bool IntervalStands { get; set; }

    public bool ApicStands { get; set; }

    public bool TscStands { get; set; }

    /// <summary>Nanoseconds after which the power timer stops.</summary>
    public double PowerEnd { get; set; } = double.MaxValue;

    /// <summary>Parts of a million by which the time-stamp counter's rate changes every five milliseconds.</summary>
    public double Wobble { get; set; }

    /// <summary>The power timer's count at the start.</summary>
    public uint PowerStart { get; set; }

    /// <summary>Processes that want the processor too.</summary>
    public int Spinners { get; set; }

    /// <summary>Nanoseconds since the start.</summary>
    public double Now => _now;

    public ulong ReadTsc()
    {
        Spend(20, 60);
        double wobble = Wobble == 0 ? 0 : Math.Sin(_now / 5_000_000) * Wobble / 1e6 * 5_000_000;
        return TscStands ? 77 : (ulong)((_now + wobble) * TscHertz / 1e9) + 1_000_000;
    }

    public void Latch(ClockCounter counter)
    {
        Spend(200, 700);
        (_latched, _wrapped) = counter switch
        {
            ClockCounter.PowerTimer => (Power(), false),
            ClockCounter.IntervalTimer => Interval(),
            _ => (ApicStands ? 0 : (uint)Math.Min(uint.MaxValue, (_now - _apicStart) * ApicHertz / 1e9), false),
        };
        Spend(200, 700);
    }

    public uint Fetch(out bool wrapped)
    {
        Spend(500, 2000);
        wrapped = _wrapped;
        return _latched;
    }

    public void Start(ClockCounter counter)
    {
        Spend(500, 2000);
        _intervalStart = counter == ClockCounter.IntervalTimer ? _now : _intervalStart;
        _apicStart = counter == ClockCounter.ApicTimer ? _now : _apicStart;
    }

    /// <summary>Time passes without a read.</summary>
    public void Wait(double nanoseconds) => _now += nanoseconds;

    private uint Power()
    {
        double now = PowerStands ? 0 : Math.Min(_now, PowerEnd);
        return (uint)(PowerStart + (ulong)(now * 3.579545e-3 * (1 + (PowerError / 1e6)))) & 0xff_ffff;
    }

    private (uint Count, bool Wrapped) Interval()
    {
        ulong ticks = IntervalStands ? 0 : (ulong)((_now - _intervalStart) * 1.193182e-3 * (1 + (IntervalError / 1e6)));
        return ((uint)ticks & 0xffff, ticks >= 0xffff);
    }

    private void Spend(double least, double most)
    {
        _now += least + ((most - least) * _random.NextDouble());

        // An interrupt of the host, now and then.
        _now += _random.Next(2000) == 0 ? _random.NextDouble() * 200_000 : 0;
        if (Spinners != 0 && _now >= _sliceEnd)
        {
            _now += Spinners * Slice * (0.5 + _random.NextDouble());
            _sliceEnd = _now + (Slice * (0.2 + _random.NextDouble()));
        }
    }
}

/// <summary>The measurement's view of them.</summary>
internal struct NoisyDevices(NoisyClocks clocks) : IClockDevices
{
    public readonly bool HasPowerTimer => clocks.HasPower;

    public readonly ulong ReadTsc() => clocks.ReadTsc();

    public readonly void Latch(ClockCounter counter) => clocks.Latch(counter);

    public readonly uint Fetch(ClockCounter counter, out bool wrapped) => clocks.Fetch(out wrapped);

    public readonly void Start(ClockCounter counter) => clocks.Start(counter);
}

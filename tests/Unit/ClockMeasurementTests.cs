using Tierce.Abi;

namespace Tierce.Unit;

/// <summary>The clocks' rates are right however busy the host is, or the machine is refused.</summary>
public sealed class ClockMeasurementTests
{
    private const double Promise = 0.001;
    private const int Seeds = 40;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(64)]
    public void A_busy_host_changes_nothing(int spinners)
    {
        for (int seed = 0; seed < Seeds; seed++)
        {
            NoisyClocks clocks = Machine(seed, spinners);
            (ClockFault fault, ClockRates rates) = Measure(clocks);
            Assert.True(fault == ClockFault.None, $"seed {seed}: {fault}");
            Assert.True(rates.Confirmed);
            double error = Math.Abs((rates.TscHertz / clocks.TscHertz) - 1);
            Assert.True(error <= rates.Error / 1e6 && error <= Promise / 4, $"seed {seed}: {error}, {rates.Error} ppm claimed");
            Assert.InRange(rates.ApicHertz / clocks.ApicHertz, 1 - Promise, 1 + Promise);
        }
    }

    /// <summary>An idle machine is measured in little more than two periods of ten milliseconds.</summary>
    [Fact]
    public void An_idle_machine_starts_soon()
    {
        for (int seed = 0; seed < 20; seed++)
        {
            NoisyClocks clocks = Machine(seed, 0);
            Assert.Equal(ClockFault.None, Measure(clocks).Fault);
            Assert.InRange(clocks.Now, 20e6, 30e6);
        }
    }

    /// <summary>The sabotaged twin believes one count of ten milliseconds, and the time at which it saw the end of it.</summary>
    [Fact]
    public void Believing_one_sample_is_seen()
    {
        int wrong = 0;
        for (int seed = 0; seed < Seeds; seed++)
        {
            NoisyClocks clocks = Machine(seed, 8);
            const uint Count = 11_931;
            clocks.Start(ClockCounter.IntervalTimer);
            ulong start = clocks.ReadTsc();
            uint seen;
            do
            {
                clocks.Latch(ClockCounter.IntervalTimer);
                seen = clocks.Fetch(out _);
            }
            while (seen < Count);
            ulong rate = (clocks.ReadTsc() - start) * 1_193_182 / Count;
            wrong += Math.Abs((rate / clocks.TscHertz) - 1) > Promise ? 1 : 0;
        }

        Assert.InRange(wrong, Seeds / 2, Seeds);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    public void The_interval_timer_alone_is_enough(int spinners)
    {
        for (int seed = 0; seed < 20; seed++)
        {
            NoisyClocks clocks = Machine(seed, spinners);
            clocks.HasPower = seed % 2 == 0;
            clocks.PowerStands = true;
            (ClockFault fault, ClockRates rates) = Measure(clocks);
            Assert.Equal(ClockFault.None, fault);
            Assert.False(rates.Confirmed);
            Assert.InRange(rates.TscHertz / clocks.TscHertz, 1 - Promise, 1 + Promise);
        }
    }

    [Fact]
    public void The_power_timer_alone_is_enough_and_may_begin_anew()
    {
        for (int seed = 0; seed < 20; seed++)
        {
            NoisyClocks clocks = Machine(seed, 8);
            clocks.IntervalStands = true;
            clocks.PowerStart = 0xff_ffff - ((uint)seed * 5000);
            (ClockFault fault, ClockRates rates) = Measure(clocks);
            Assert.Equal(ClockFault.None, fault);
            Assert.InRange(rates.TscHertz / clocks.TscHertz, 1 - Promise, 1 + Promise);
        }
    }

    [Fact]
    public void What_cannot_be_trusted_is_refused()
    {
        Assert.Equal(ClockFault.TscStands, Fault(clocks => clocks.TscStands = true));
        Assert.Equal(ClockFault.ApicStands, Fault(clocks => clocks.ApicStands = true));
        Assert.Equal(ClockFault.NoReference, Fault(clocks => clocks.PowerStands = clocks.IntervalStands = true));
        Assert.Equal(ClockFault.ReferencesDisagree, Fault(clocks => clocks.IntervalError = 20_000));
        Assert.Equal(ClockFault.ReferencesDisagree, Fault(clocks => clocks.PowerError = -10_000));
        Assert.Equal(ClockFault.Unsteady, Fault(clocks => clocks.Wobble = 200_000));
        Assert.Equal(ClockFault.Unsteady, Fault(clocks => clocks.PowerEnd = 5_000_000));
    }

    /// <summary>Two crystals differ a little.</summary>
    [Fact]
    public void Small_differences_are_no_reason() => Assert.Equal(ClockFault.None, Fault(clocks => clocks.IntervalError = 300));

    [Fact]
    public void Reference_time_is_right_however_rarely_it_is_read()
    {
        Random random = new(5);
        foreach ((ClockCounter counter, double longest) in new[] { (ClockCounter.PowerTimer, 3000e9), (ClockCounter.IntervalTimer, 100e9) })
        {
            NoisyClocks clocks = Machine(7, 0);
            var devices = new NoisyDevices(clocks);
            Assert.True(ClockSample.TryTake(ref devices, counter, inFirstPass: false, out ClockSample first));
            double start = clocks.Now;
            ReferenceTime time = default;

            // The rate is wrong by as much as the measurement allows.
            time.Start(counter, (ulong)(clocks.TscHertz * 1.0002), first);
            ulong last = 0;
            for (int i = 0; i < 50; i++)
            {
                clocks.Wait(random.NextDouble() * longest);
                Assert.True(ClockSample.TryTake(ref devices, counter, inFirstPass: false, out ClockSample sample));
                ulong now = time.At(sample);
                Assert.True(now > last);
                last = now;
                Assert.InRange(now - (clocks.Now - start), -100_000, 100_000);
            }
        }
    }

    [Fact]
    public void What_the_processor_states_is_taken_within_the_measurements_error()
    {
        ClockRates rates = new() { TscHertz = 2_096_100_000, Error = 100 };
        Assert.Equal(2_096_000_000UL, StatedRate.Choose(rates, StatedRate.FromTiming([2_096_000, 0, 0, 0])));
        Assert.Equal(2_096_100_000UL, StatedRate.Choose(rates, 2_100_000_000));
        Assert.Equal(2_096_100_000UL, StatedRate.Choose(rates, 0));
        Assert.Equal(2_112_000_000UL, StatedRate.FromCrystal([2, 176, 24_000_000, 0]));
        Assert.Equal(0UL, StatedRate.FromCrystal([2, 176, 0, 0]));
        Assert.Equal(0UL, StatedRate.FromCrystal([0, 176, 24_000_000, 0]));
    }

    [Fact]
    public void Long_products_are_exact()
    {
        Random random = new(3);
        for (int i = 0; i < 5000; i++)
        {
            ulong value = (ulong)random.NextInt64() >> random.Next(63), factor = (ulong)random.NextInt64() >> random.Next(63);
            ulong divisor = ((ulong)random.NextInt64() << 1) >> random.Next(64);
            UInt128 expected = divisor == 0 ? ulong.MaxValue : (UInt128)value * factor / divisor;
            Assert.Equal(expected > ulong.MaxValue ? ulong.MaxValue : (ulong)expected, Ratio.Scale(value, factor, divisor));
        }
    }

    private static NoisyClocks Machine(int seed, int spinners) => new(seed)
    {
        TscHertz = 500e6 + (4500e6 * new Random(seed + 1000).NextDouble()),
        ApicHertz = 50e6 + (950e6 * new Random(seed + 2000).NextDouble()),
        Spinners = spinners,
        PowerStart = (uint)seed * 0x12345,
    };

    private static (ClockFault Fault, ClockRates Rates) Measure(NoisyClocks clocks)
    {
        var devices = new NoisyDevices(clocks);
        return (ClockMeasurement.Run(ref devices, out ClockRates rates), rates);
    }

    private static ClockFault Fault(Action<NoisyClocks> damage)
    {
        NoisyClocks clocks = Machine(11, 0);
        damage(clocks);
        return Measure(clocks).Fault;
    }
}

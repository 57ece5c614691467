using Tierce.Monitor;
using Tierce.Runtime;

namespace Tierce.User;

/// <summary>A guest's clock follows the reference: without a jump, and to less than a millisecond once it has been looked at a few times.</summary>
public sealed class SteeringTests
{
    private const double Hertz = 2_096_006_000;

    [Theory]
    [InlineData(200, 0)]
    [InlineData(-200, 0)]
    [InlineData(30, 100)]
    [InlineData(0, 400)]
    public void The_guests_time_stays_with_the_reference(int measuredWrong, int swing)
    {
        for (int seed = 0; seed < 20; seed++)
        {
            Guest guest = new(seed, measuredWrong, swing);
            for (int look = 0; look < 300; look++)
            {
                guest.Look();
                double error = Math.Abs(guest.Error);
                Assert.True(error < 12e6, $"seed {seed} look {look}: {error} ns");
                Assert.True(swing != 0 || guest.Reference < 60e9 || error < 100_000, $"seed {seed} look {look}: {error} ns");
            }
        }
    }

    /// <summary>The twin that is not steered goes away from the reference: the test above would see it.</summary>
    [Fact]
    public void Without_steering_the_error_is_seen()
    {
        Guest guest = new(1, 200, 0) { IsSteered = false };
        for (int look = 0; look < 300; look++)
        {
            guest.Look();
        }

        Assert.True(Math.Abs(guest.Error) > 100e6, guest.Error.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    /// <summary>The machine is stopped for an hour in which one of the counters goes on. The guest's clock goes on from where it is then.</summary>
    [Theory]
    [InlineData(3600e9, 0)]
    [InlineData(0, 3600e9)]
    public void After_a_break_the_time_goes_on_from_where_it_is(double tscAlone, double referenceAlone)
    {
        Guest guest = new(3, 100, 0);
        for (int look = 0; look < 20; look++)
        {
            guest.Look();
        }

        guest.Break(tscAlone, referenceAlone);
        guest.Look();
        Assert.Equal(1UL, guest.Breaks);
        double error = guest.Error;
        for (int look = 0; look < 100; look++)
        {
            guest.Look();
        }

        Assert.Equal(1UL, guest.Breaks);
        Assert.InRange(guest.Error - error, -1_000_000, 1_000_000);
    }

    /// <summary>A machine: its counters, the monitor, and the ROM that takes a new rate a little later.</summary>
    private sealed class Guest
    {
        private readonly Random _random;
        private readonly double _swing;
        private double _tsc = 5e9;
        private ClockSteering _steering;
        private ClockScale _scale;
        private ulong _anchorTsc, _anchorTime;
        private double _offset;

        public Guest(int seed, int measuredWrong, int swing)
        {
            _random = new Random(seed);
            _swing = swing;
            ulong measured = (ulong)(Hertz * (1 + (measuredWrong / 1e6)));
            _scale = ClockScale.FromHertz(measured);
            _anchorTsc = (ulong)_tsc;
            _steering = new ClockSteering(measured, _anchorTsc, Reading(0));
        }

        public double Reference { get; private set; }

        public bool IsSteered { get; init; } = true;

        public ulong Breaks => _steering.Breaks;

        /// <summary>Nanoseconds by which the guest is ahead.</summary>
        public double Error => Time - Reference - _offset;

        private double Time => _anchorTime + _scale.Nanoseconds((ulong)_tsc - _anchorTsc);

        public void Look()
        {
            Pass(Math.Max(0, (_steering.NextLook - _tsc) / Hertz * 1e9));
            Pass(_random.NextDouble() * 5e6);

            // Now and then the host is busy while the counters are read.
            bool turned = _steering.Follow(Reading(_random.Next(5) == 0 ? _random.NextDouble() * 20e6 : 500), out ClockScale scale);
            Pass(_random.NextDouble() * 2e6);
            if (turned && IsSteered)
            {
                _anchorTime = (ulong)Time;
                _anchorTsc = (ulong)_tsc;
                _scale = scale;
            }
        }

        public void Break(double tscAlone, double referenceAlone)
        {
            double time = Time;
            _tsc += tscAlone * Hertz / 1e9;
            Reference += referenceAlone;
            _offset += Time - time - referenceAlone;
        }

        private ClockReading Reading(double width)
        {
            ClockReading reading;
            reading.Nanoseconds = (ulong)(Reference + (width * _random.NextDouble())) + 1_000_000;
            reading.Tsc = (ulong)(_tsc + (width / 2 * Hertz / 1e9));
            reading.Width = (ulong)(width * Hertz / 1e9) + 1;
            return reading;
        }

        private void Pass(double nanoseconds)
        {
            double time = Time;
            double slew = 1 + (_swing * Math.Sin(Reference / 600e9) / 1e6);
            _tsc += nanoseconds * Hertz / 1e9;
            Reference += nanoseconds * slew;
            Assert.True(Time >= time);
        }
    }
}

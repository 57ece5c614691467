using Tierce.Abi;
using Tierce.Rom.State;
using Tierce.Rom.Xen;

namespace Tierce.Rom.Tests;

/// <summary>System time and the time-stamp counter.</summary>
public unsafe class ClockTests : GuestFixture
{
    [Theory]
    [InlineData(1_000_000_000UL)]
    [InlineData(2_500_000_000UL)]
    [InlineData(3_999_999_937UL)]
    [InlineData(800_000_000UL)]
    [InlineData(99_000_000UL)]
    public void DeadlineIsNeverEarlyAndAtMostThreeTicksLate(ulong hertz)
    {
        (uint factor, int shift) = Scale(hertz);
        foreach (ulong nanoseconds in (ulong[])[1, 999, 4_294_967_296, 1_000_000_000_000, 86_400_000_000_000 * 400])
        {
            ulong ticks = Clock.ToTicks(nanoseconds, factor, shift);
            Assert.True(Clock.ToNanoseconds(ticks, factor, shift) >= nanoseconds - 1, $"{hertz} {nanoseconds}");
            ulong early = ticks < 4 ? 0 : ticks - 4;
            Assert.True(Clock.ToNanoseconds(early, factor, shift) <= nanoseconds, $"{hertz} {nanoseconds}");
        }
    }

    [Fact]
    public void SingleshotSetsAnAbsoluteDeadline()
    {
        Machine.Info->TscAtZero = 1000;
        Words[0] = 5_000_000;
        Assert.Equal(0, Hypercall((ulong)HypercallNumber.VcpuOp, 8, 0, Page));
        (VmCall number, ulong deadline, _) = Assert.Single(Machine.Calls);
        Assert.Equal(VmCall.SetTimer, number);
        Assert.InRange(deadline, 5_001_000UL, 5_001_002UL);
    }

    [Fact]
    public void PastDeadlineCanBeRefused()
    {
        Machine.Tsc = 1_000_000;
        Words[0] = 10;
        Words[1] = 1;
        Assert.Equal(Errno.Time, Hypercall((ulong)HypercallNumber.VcpuOp, 8, 0, Page));
    }

    [Fact]
    public void ZeroCancels()
    {
        Hypercall((ulong)HypercallNumber.SetTimerOp, 0);
        Assert.Equal([(VmCall.SetTimer, 0UL, 0UL)], Machine.Calls);
    }

    /// <summary>The monitor changes the rate; the guest's time goes on from where it is, at every place where the guest reads it.</summary>
    [Fact]
    public void ANewRateBeginsAtTheGuestsTimeOfThatMoment()
    {
        Words[0] = Page + 512;
        TimeInfo* area = Map(Words[0], 20);
        Assert.Equal(0, Hypercall((ulong)HypercallNumber.VcpuOp, 13, 0, Page));
        Random random = new(4);
        ulong last = 0;
        for (ulong number = 1; number < 200; number++)
        {
            Machine.Tsc += (ulong)random.NextInt64(1, 20_000_000_000);
            ulong before = Clock.Now();
            Assert.True(before >= last);
            (uint factor, int shift) = Scale((ulong)random.NextInt64(900_000_000, 1_100_000_000));
            Machine.Info->NextRate = factor | ((ulong)(byte)shift << 32) | (number << 40);
            Machine.VCpu->Pending = VCpuEvent.Monitor;
            Events.TakePending();
            last = Clock.Now();
            Assert.Equal(before, last);
            TimeInfo* time = &Machine.State->VcpuInfo->Time;
            Assert.Equal((Machine.Tsc, before, factor, (sbyte)shift), (time->TscTimestamp, time->SystemTime, time->TscToSystemMul, time->TscShift));
            Assert.Equal(0U, time->Version & 1);
            Assert.Equal((Machine.Tsc, before, factor), (area->TscTimestamp, area->SystemTime, area->TscToSystemMul));
            Machine.Tsc += 1_000_000;
            Assert.Equal(before + Clock.ToNanoseconds(1_000_000, factor, shift), Clock.Now());
            Assert.InRange(Clock.Deadline(Clock.Now()), Machine.Tsc - 3, Machine.Tsc + 3);
        }

        // The guest takes its area back.
        Words[0] = 0;
        Assert.Equal(0, Hypercall((ulong)HypercallNumber.VcpuOp, 13, 0, Page));
        uint version = area->Version;
        Machine.Info->NextRate++;
        Machine.VCpu->Pending = VCpuEvent.Monitor;
        Events.TakePending();
        Assert.Equal(version, area->Version);
    }

    /// <summary>Maps an address to a frame in the guest's tables; returns what lies there.</summary>
    private static TimeInfo* Map(ulong address, ulong frame)
    {
        ulong[] tables = [Machine.RootFrame, 21, 22, 23, frame];
        for (int level = 0; level < 4; level++)
        {
            ulong slot = address >> (39 - (9 * level)) & 511;
            ((ulong*)Machine.Window(tables[level] << 12))[slot] = (tables[level + 1] << 12) | 3;
        }

        return (TimeInfo*)(Machine.Window(frame << 12) + (address & 4095));
    }

    /// <summary>The same rate again is no change: the monitor raises its event for other reasons.</summary>
    [Fact]
    public void WithoutANewRateNothingIsWritten()
    {
        Hypercall((ulong)HypercallNumber.SetTimerOp, 0);
        uint version = Machine.State->VcpuInfo->Time.Version;
        Machine.VCpu->Pending = VCpuEvent.Monitor;
        Events.TakePending();
        Assert.Equal(version, Machine.State->VcpuInfo->Time.Version);
    }

    /// <summary>As Xen computes them: the factor has its top bit set.</summary>
    private static (uint Factor, int Shift) Scale(ulong hertz)
    {
        int shift = 0;
        double factor = 1e9 / hertz;
        while (factor >= 1)
        {
            factor /= 2;
            shift++;
        }

        while (factor < 0.5)
        {
            factor *= 2;
            shift--;
        }

        return ((uint)(factor * 4294967296.0), shift);
    }
}

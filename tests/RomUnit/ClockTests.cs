using Tierce.Abi;
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

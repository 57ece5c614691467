using Tierce.Abi;

namespace Tierce.Kernel.Time;

/// <summary>Reasons why the clock of a machine cannot be trusted.</summary>
internal enum ClockFault
{
    /// <summary>No fault.</summary>
    None,

    /// <summary>The time-stamp counter does not count.</summary>
    TscStands,

    /// <summary>Neither the power timer nor the interval timer counts.</summary>
    NoReference,

    /// <summary>The time-stamp counter's rate differs between two consecutive periods.</summary>
    Unsteady,

    /// <summary>Power timer and interval timer do not agree.</summary>
    ReferencesDisagree,

    /// <summary>The local APIC's timer does not count.</summary>
    ApicStands,
}

/// <summary>Results of the measurement.</summary>
internal struct ClockRates
{
    /// <summary>Ticks a second of the time-stamp counter and of the local APIC's timer.</summary>
    public ulong TscHertz, ApicHertz;

    /// <summary>Error bound of the first, in parts per million.</summary>
    public ulong Error;

    /// <summary>The counter that it was compared with.</summary>
    public ClockCounter Reference;

    /// <summary>The last sample of that counter.</summary>
    public ClockSample Last;

    /// <summary>Whether a second counter confirmed the result.</summary>
    public bool Confirmed;

    /// <summary>Number of samples taken.</summary>
    public uint Samples;
}

/// <summary>
/// Finds the rate of the time-stamp counter. Others may have the processor at any moment and for long, so a time is not accurate because it
/// is short: each count is read between two reads of the time-stamp counter, which bound its error, and a period continues until the bound
/// is small. Two consecutive periods must agree, and so must a second counter.
/// </summary>
internal static class ClockMeasurement
{
    /// <summary>A period is at least this part of a second long.</summary>
    private const ulong PeriodsPerSecond = 100;

    /// <summary>Greatest error of one period, and of the whole, in parts per million.</summary>
    private const ulong PeriodError = 500, WholeError = 200;

    /// <summary>
    /// Largest difference between two counters' rates, in parts per million: crystals are better, and emulators have one clock for both.
    /// </summary>
    private const ulong Tolerance = 1000;

    /// <summary>Samples, and attempts, after which the measurement fails. A counter may stop while it is being measured.</summary>
    private const uint MostSamples = 10_000_000, MostAttempts = 400;

    /// <summary>Attempts in which the two counters may disagree, since one of them may have been read wrongly.</summary>
    private const int MostDisagreements = 5;

    /// <summary>Number of reads in which a counter must change; otherwise it does not count.</summary>
    private const int Patience = 20_000;

    /// <summary>Greatest plausible rate, 100 GHz.</summary>
    private const ulong MostHertz = 100_000_000_000;

    /// <summary>Measures.</summary>
    public static ClockFault Run<TDevices>(ref TDevices devices, out ClockRates rates)
        where TDevices : struct, IClockDevices
    {
        rates = default;
        if (!TscMoves(ref devices))
        {
            return ClockFault.TscStands;
        }

        devices.Start(ClockCounter.ApicTimer);
        if (!Moves(ref devices, ClockCounter.ApicTimer))
        {
            return ClockFault.ApicStands;
        }

        devices.Start(ClockCounter.IntervalTimer);
        bool hasInterval = Moves(ref devices, ClockCounter.IntervalTimer);
        bool hasPower = devices.HasPowerTimer && Moves(ref devices, ClockCounter.PowerTimer);
        if (!hasInterval && !hasPower)
        {
            return ClockFault.NoReference;
        }

        rates.Reference = hasPower ? ClockCounter.PowerTimer : ClockCounter.IntervalTimer;
        rates.Confirmed = hasInterval && hasPower;
        ClockFault fault = ClockFault.Unsteady;
        int disagreements = 0;
        for (int i = 0; i < MostAttempts && fault != ClockFault.None && disagreements < MostDisagreements; i++)
        {
            fault = TryOnce(ref devices, ref rates);
            disagreements += fault == ClockFault.ReferencesDisagree ? 1 : 0;
        }

        return fault;
    }

    private static ClockFault TryOnce<TDevices>(ref TDevices devices, ref ClockRates rates)
        where TDevices : struct, IClockDevices
    {
        devices.Start(ClockCounter.ApicTimer);
        if (rates.Reference == ClockCounter.IntervalTimer)
        {
            devices.Start(ClockCounter.IntervalTimer);
        }

        if (!ClockSample.TryTake(ref devices, ClockCounter.ApicTimer, inFirstPass: false, out ClockSample apicStart)
            || !TakeOther(ref devices, rates, out ClockSample otherStart)
            || !ClockSample.TryTake(ref devices, rates.Reference, inFirstPass: true, out ClockSample first)
            || !Extend(ref devices, ref rates, first, PeriodError, out ClockSample middle)
            || !Extend(ref devices, ref rates, middle, PeriodError, out ClockSample last)
            || !Improve(ref devices, ref rates, first, ref last)
            || !TakeOther(ref devices, rates, out ClockSample otherEnd)
            || !ClockSample.TryTake(ref devices, ClockCounter.ApicTimer, inFirstPass: false, out ClockSample apicEnd))
        {
            return ClockFault.Unsteady;
        }

        rates.Last = last;
        ulong one = Rate(rates.Reference, first, middle, out ulong oneError);
        ulong two = Rate(rates.Reference, middle, last, out ulong twoError);
        rates.TscHertz = Rate(rates.Reference, first, last, out rates.Error);
        if (rates.TscHertz is 0 or > MostHertz || Differ(one, two, oneError + twoError))
        {
            return ClockFault.Unsteady;
        }

        if (rates.Confirmed && !Agrees(otherStart, otherEnd, rates))
        {
            return ClockFault.ReferencesDisagree;
        }

        return FindApicRate(apicStart, apicEnd, ref rates);
    }

    /// <summary>A count at its end has passed it: the pause was too long, so this attempt is repeated.</summary>
    private static ClockFault FindApicRate(in ClockSample start, in ClockSample end, ref ClockRates rates)
    {
        uint ticks = end.TicksSince(start, ClockCounter.ApicTimer);
        if (end.Count == uint.MaxValue || ticks == 0 || end.ErrorSince(start, ticks) > PeriodError)
        {
            return ClockFault.Unsteady;
        }

        rates.ApicHertz = Ratio.Scale(ticks, rates.TscHertz, end.Tsc - start.Tsc);
        return ClockFault.None;
    }

    /// <summary>The interval timer may have begun anew. The rate of the power timer determines how often.</summary>
    private static bool TakeOther<TDevices>(ref TDevices devices, in ClockRates rates, out ClockSample sample)
        where TDevices : struct, IClockDevices
    {
        sample = default;
        return !rates.Confirmed || ClockSample.TryTake(ref devices, ClockCounter.IntervalTimer, inFirstPass: false, out sample);
    }

    /// <summary>Takes samples until one ends a period that is long enough, with an error that is small enough.</summary>
    private static bool Extend<TDevices>(ref TDevices devices, ref ClockRates rates, in ClockSample from, ulong mostError, out ClockSample to)
        where TDevices : struct, IClockDevices
    {
        ClockCounter counter = rates.Reference;
        to = default;
        while (rates.Samples++ < MostSamples)
        {
            if (!ClockSample.TryTake(ref devices, rates.Reference, inFirstPass: true, out to))
            {
                return false;
            }

            uint ticks = to.TicksSince(from, counter);
            if (ticks > ClockCounters.Mask(counter) / 2)
            {
                return false;
            }

            if (ticks >= ClockCounters.Hertz(counter) / PeriodsPerSecond && to.ErrorSince(from, ticks) <= mostError)
            {
                return true;
            }
        }

        return false;
    }

    private static bool Improve<TDevices>(ref TDevices devices, ref ClockRates rates, in ClockSample first, ref ClockSample last)
        where TDevices : struct, IClockDevices =>
        last.ErrorSince(first, last.TicksSince(first, rates.Reference)) <= WholeError || Extend(ref devices, ref rates, first, WholeError, out last);

    private static ulong Rate(ClockCounter counter, in ClockSample from, in ClockSample to, out ulong error)
    {
        uint ticks = to.TicksSince(from, counter);
        error = to.ErrorSince(from, ticks);
        return ticks == 0 ? 0 : Ratio.Scale(to.Tsc - from.Tsc, ClockCounters.Hertz(counter), ticks);
    }

    private static bool Differ(ulong one, ulong two, ulong most)
    {
        ulong distance = one > two ? one - two : two - one;
        return most >= 1_000_000 || distance > Ratio.Scale(two, most, 1_000_000);
    }

    /// <summary>
    /// Whether the interval timer has counted as the rate of the power timer predicts, up to whole passes, which it does not count.
    /// </summary>
    private static bool Agrees(in ClockSample start, in ClockSample end, in ClockRates rates)
    {
        ulong distance = end.Tsc - start.Tsc;
        ulong expected = Ratio.Scale(distance, ClockCounters.Hertz(ClockCounter.IntervalTimer), rates.TscHertz);
        ulong slack = Ratio.Scale((start.Width + end.Width) / 2, ClockCounters.Hertz(ClockCounter.IntervalTimer), rates.TscHertz)
            + Ratio.Scale(expected, Tolerance + rates.Error, 1_000_000) + 2;
        uint mask = ClockCounters.Mask(ClockCounter.IntervalTimer);
        uint ahead = (uint)(end.TicksSince(start, ClockCounter.IntervalTimer) - expected) & mask;
        return ahead <= slack || mask + 1 - ahead <= slack;
    }

    private static bool TscMoves<TDevices>(ref TDevices devices)
        where TDevices : struct, IClockDevices
    {
        ulong start = devices.ReadTsc();
        for (int i = 0; i < Patience; i++)
        {
            if (devices.ReadTsc() > start)
            {
                return true;
            }
        }

        return false;
    }

    private static bool Moves<TDevices>(ref TDevices devices, ClockCounter counter)
        where TDevices : struct, IClockDevices
    {
        devices.Latch(counter);
        uint start = devices.Fetch(counter, out _);
        for (int i = 0; i < Patience; i++)
        {
            devices.Latch(counter);
            if (devices.Fetch(counter, out _) != start)
            {
                return true;
            }
        }

        return false;
    }
}

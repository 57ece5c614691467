using Tierce.Abi;

namespace Tierce.Kernel.Time;

/// <summary>A counter's value, and the time-stamp counter at that moment to within half of <see cref="Width"/>.</summary>
internal struct ClockSample
{
    /// <summary>Number of reads, of which the narrowest counts.</summary>
    private const int Tries = 8;

    /// <summary>The middle of the two reads of the time-stamp counter.</summary>
    public ulong Tsc;

    /// <summary>Distance of the two reads. It includes any time in which others had the processor.</summary>
    public ulong Width;

    /// <summary>The counter.</summary>
    public uint Count;

    /// <summary>
    /// Reads a counter between two reads of the time-stamp counter. Returns false if the time-stamp counter went back, or if the counter
    /// has begun anew and that matters.
    /// </summary>
    public static bool TryTakeOne<TDevices>(ref TDevices devices, ClockCounter counter, bool inFirstPass, out ClockSample sample)
        where TDevices : struct, IClockDevices
    {
        ulong before = devices.ReadTsc();
        devices.Latch(counter);
        ulong after = devices.ReadTsc();
        sample.Count = devices.Fetch(counter, out bool wrapped);
        sample.Width = after - before;
        sample.Tsc = before + (sample.Width / 2);
        return after >= before && !(wrapped && inFirstPass);
    }

    /// <summary>Reads several times, and takes the sample whose two reads are closest.</summary>
    public static bool TryTake<TDevices>(ref TDevices devices, ClockCounter counter, bool inFirstPass, out ClockSample sample)
        where TDevices : struct, IClockDevices
    {
        bool found = TryTakeOne(ref devices, counter, inFirstPass, out sample);
        for (int i = 1; i < Tries; i++)
        {
            if (TryTakeOne(ref devices, counter, inFirstPass, out ClockSample next) && (!found || next.Width < sample.Width))
            {
                found = true;
                sample = next;
            }
        }

        return found;
    }

    /// <summary>Ticks of a counter from one sample to a later one, if it has begun anew at most once.</summary>
    public readonly uint TicksSince(in ClockSample earlier, ClockCounter counter) => (Count - earlier.Count) & ClockCounters.Mask(counter);

    /// <summary>
    /// Error bound of the rate from one sample to a later one, in parts per million: half of both widths, and one tick of the counter.
    /// </summary>
    public readonly ulong ErrorSince(in ClockSample earlier, uint ticks)
    {
        ulong distance = Tsc - earlier.Tsc;
        if (ticks == 0 || Tsc <= earlier.Tsc)
        {
            return ulong.MaxValue;
        }

        ulong error = ((Width + earlier.Width) / 2) + (distance / ticks) + 1;
        return error > distance ? ulong.MaxValue : Ratio.Scale(error, 1_000_000, distance) + 1;
    }
}

using Tierce.Abi;

namespace Tierce.Runtime;

/// <summary>The time-stamp counter and the time of the counter that the kernel measured it by, at one moment.</summary>
public struct ClockReading
{
    /// <summary>The time-stamp counter.</summary>
    public ulong Tsc;

    /// <summary>Nanoseconds by the other counter, since the kernel's start.</summary>
    public ulong Nanoseconds;

    /// <summary>Ticks of the time-stamp counter in which the moment lies.</summary>
    public ulong Width;
}

/// <summary>The time by the kernel's reference counter (<see cref="KernelCall.ReadClock"/>).</summary>
public static class ReferenceClock
{
    /// <summary>Number of readings, of which the narrowest counts: other threads may have the processor during one.</summary>
    private const int Tries = 8;

    /// <summary>Reads the clock. Returns false if no reading succeeds.</summary>
    public static bool TryRead(out ClockReading reading)
    {
        reading = default;
        bool found = false;
        for (int i = 0; i < Tries; i++)
        {
            if (KernelCalls.Make(KernelCall.ReadClock, out ReadClockResults results) == Status.Ok && (!found || results.Width < reading.Width))
            {
                found = true;
                reading.Tsc = results.Ticks;
                reading.Nanoseconds = results.Nanoseconds;
                reading.Width = results.Width;
            }
        }

        return found;
    }
}

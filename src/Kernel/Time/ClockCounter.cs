namespace Tierce.Kernel.Time;

/// <summary>A counter with which the time-stamp counter is compared. All count upwards here, whatever the device does.</summary>
internal enum ClockCounter
{
    /// <summary>The ACPI power management timer: 24 bits.</summary>
    PowerTimer,

    /// <summary>Channel 2 of the 8254: 16 bits.</summary>
    IntervalTimer,

    /// <summary>The local APIC's timer: 32 bits, of unknown rate.</summary>
    ApicTimer,
}

/// <summary>Known properties of the counters, before anything is measured.</summary>
internal static class ClockCounters
{
    /// <summary>
    /// Ticks per second; those of the local APIC are a result of the measurement. ACPI 6.5, section 4.8.3.3; Intel 8254 data sheet.
    /// </summary>
    public static ulong Hertz(ClockCounter counter) => counter == ClockCounter.PowerTimer ? 3_579_545UL : 1_193_182UL;

    /// <summary>The bits that a counter has. The power timer may have 32, but nothing needs the upper eight.</summary>
    public static uint Mask(ClockCounter counter) => counter switch
    {
        ClockCounter.PowerTimer => 0xff_ffff,
        ClockCounter.IntervalTimer => 0xffff,
        _ => uint.MaxValue,
    };
}

/// <summary>The counters of a machine. A type argument of the measurement, so that a hosted test has noisy ones.</summary>
internal interface IClockDevices
{
    /// <summary>Whether the machine has the power timer.</summary>
    bool HasPowerTimer { get; }

    /// <summary>The time-stamp counter.</summary>
    ulong ReadTsc();

    /// <summary>Makes a device latch its current count. This is the one access between two reads of the time-stamp counter.</summary>
    void Latch(ClockCounter counter);

    /// <summary>The count that was latched last.</summary>
    /// <param name="counter">The counter that was latched.</param>
    /// <param name="wrapped">Whether it has begun anew since its start. Only the interval timer can report that; the others answer
    /// no.</param>
    uint Fetch(ClockCounter counter, out bool wrapped);

    /// <summary>Starts the interval timer or the local APIC's timer at 0.</summary>
    void Start(ClockCounter counter);
}

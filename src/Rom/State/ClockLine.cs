using System.Runtime.InteropServices;

namespace Tierce.Rom.State;

/// <summary>The guest's system time as a linear function of the time-stamp counter.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ClockLine
{
    /// <summary>Number of the function; 0 before the first change of the rate.</summary>
    internal uint Version;

    /// <summary>Xen's shift, then its factor (fixed point 0.32).</summary>
    internal int Shift;

    /// <inheritdoc cref="Shift"/>
    internal uint Factor;

    /// <summary>The time-stamp counter at the start of the function.</summary>
    internal ulong Tsc;

    /// <summary>The system time at the start of the function.</summary>
    internal ulong SystemTime;
}

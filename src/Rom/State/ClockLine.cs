using System.Runtime.InteropServices;

namespace Tierce.Rom.State;

/// <summary>The guest's system time as a line over the time-stamp counter.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ClockLine
{
    /// <summary>Which line it is; 0 before the first change of the rate.</summary>
    internal uint Version;

    /// <summary>Xen's shift, then its factor (fixed point 0.32).</summary>
    internal int Shift;

    /// <inheritdoc cref="Shift"/>
    internal uint Factor;

    /// <summary>The time-stamp counter where the line begins.</summary>
    internal ulong Tsc;

    /// <summary>The system time there.</summary>
    internal ulong SystemTime;
}

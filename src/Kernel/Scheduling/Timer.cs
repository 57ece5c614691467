using System.Runtime.InteropServices;
using Tierce.Kernel.VirtualCpu;

namespace Tierce.Kernel.Scheduling;

/// <summary>What to do when a timer expires.</summary>
public enum TimerKind : byte
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>End of the current time slice.</summary>
    Slice,

    /// <summary>The owner's wait has timed out.</summary>
    Wait,

    /// <summary>The owner is a virtual CPU, whose timer has expired.</summary>
    VCpu,

    /// <summary>The owner may have used up its budget, or its period ends.</summary>
    Budget,
}

/// <summary>A one-shot timer, linked into a <see cref="TimerQueue"/>.</summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct Timer
{
    /// <summary>TSC ticks.</summary>
    public ulong Deadline;

    /// <summary>Links of the heap.</summary>
    public Timer* Parent, Left, Right;

    /// <summary>The thread concerned; null for slices.</summary>
    public Thread* Owner;

    /// <summary>What to do.</summary>
    public TimerKind Kind;

    /// <summary>It is in the queue.</summary>
    public bool Armed;
}

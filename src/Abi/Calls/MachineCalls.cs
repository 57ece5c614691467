using System.Runtime.InteropServices;

namespace Tierce.Abi;

/// <summary>Arguments of <see cref="KernelCall.Log"/>.</summary>
[StructLayout(LayoutKind.Explicit, Size = CallFrame.Size)]
public struct LogArguments
{
    /// <summary>Log cap.</summary>
    [FieldOffset(CallFrame.Argument0)] public ulong Log;

    /// <summary>Up to 40 characters, first in the lowest byte of the first word; 0 ends.</summary>
    [FieldOffset(CallFrame.Argument1)] public ulong Word0;

    /// <inheritdoc cref="Word0"/>
    [FieldOffset(CallFrame.Argument2)] public ulong Word1;

    /// <inheritdoc cref="Word0"/>
    [FieldOffset(CallFrame.Argument3)] public ulong Word2;

    /// <inheritdoc cref="Word0"/>
    [FieldOffset(CallFrame.Argument4)] public ulong Word3;

    /// <inheritdoc cref="Word0"/>
    [FieldOffset(CallFrame.Argument5)] public ulong Word4;
}

/// <summary>Arguments of <see cref="KernelCall.MachineControl"/>.</summary>
[StructLayout(LayoutKind.Explicit, Size = CallFrame.Size)]
public struct MachineControlArguments
{
    /// <summary>Machine cap (Control).</summary>
    [FieldOffset(CallFrame.Argument0)] public ulong Machine;

    /// <summary>0 halts, 1 restarts.</summary>
    [FieldOffset(CallFrame.Argument1)] public ulong Operation;
}

/// <summary>Results of <see cref="KernelCall.Query"/>.</summary>
[StructLayout(LayoutKind.Explicit, Size = CallFrame.Size)]
public struct QueryResults
{
    /// <summary>Pages left in the caller's pool.</summary>
    [FieldOffset(CallFrame.Argument1)] public ulong PoolPages;

    /// <summary>TSC ticks a second.</summary>
    [FieldOffset(CallFrame.Argument2)] public ulong TicksPerSecond;

    /// <summary>Kernel calls of all domains since start-up, this one included.</summary>
    [FieldOffset(CallFrame.Argument3)] public ulong Calls;
}

/// <summary>Results of <see cref="KernelCall.ReadClock"/>.</summary>
[StructLayout(LayoutKind.Explicit, Size = CallFrame.Size)]
public struct ReadClockResults
{
    /// <summary>The time-stamp counter.</summary>
    [FieldOffset(CallFrame.Argument1)] public ulong Ticks;

    /// <summary>Nanoseconds by the other counter since the kernel measured the two.</summary>
    [FieldOffset(CallFrame.Argument2)] public ulong Nanoseconds;

    /// <summary>Ticks of the time-stamp counter within which both were read.</summary>
    [FieldOffset(CallFrame.Argument3)] public ulong Width;
}

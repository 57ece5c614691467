using System.Runtime.InteropServices;

namespace Tierce.Abi;

/// <summary>Arguments of <see cref="VmCall.SetTimer"/>.</summary>
[StructLayout(LayoutKind.Explicit, Size = CallFrame.Size)]
public struct VmSetTimerArguments
{
    /// <summary>Absolute deadline in TSC ticks; 0 cancels.</summary>
    [FieldOffset(CallFrame.Argument0)] public ulong Deadline;
}

/// <summary>Arguments of <see cref="VmCall.LoadRoot"/>.</summary>
[StructLayout(LayoutKind.Explicit, Size = CallFrame.Size)]
public struct VmLoadRootArguments
{
    /// <summary>Guest frame of the guest kernel's top-level table.</summary>
    [FieldOffset(CallFrame.Argument0)] public ulong KernelRoot;

    /// <summary>Guest frame of the guest user's; 0 for none.</summary>
    [FieldOffset(CallFrame.Argument1)] public ulong UserRoot;
}

/// <summary>Arguments of <see cref="VmCall.Invalidate"/>.</summary>
[StructLayout(LayoutKind.Explicit, Size = CallFrame.Size)]
public struct VmInvalidateArguments
{
    /// <summary>The address.</summary>
    [FieldOffset(CallFrame.Argument0)] public ulong Address;
}

/// <summary>Arguments of <see cref="VmCall.SetSegmentBase"/>.</summary>
[StructLayout(LayoutKind.Explicit, Size = CallFrame.Size)]
public struct VmSetSegmentBaseArguments
{
    /// <summary><see cref="SegmentBase"/>.</summary>
    [FieldOffset(CallFrame.Argument0)] public ulong Which;

    /// <summary>The base, which is made canonical.</summary>
    [FieldOffset(CallFrame.Argument1)] public ulong Base;
}

/// <summary>Arguments of <see cref="VmCall.NotifyMonitor"/>.</summary>
[StructLayout(LayoutKind.Explicit, Size = CallFrame.Size)]
public struct VmNotifyMonitorArguments
{
    /// <summary>Bits, of which those are signalled that the monitor allowed.</summary>
    [FieldOffset(CallFrame.Argument0)] public ulong Bits;
}

/// <summary>Arguments of <see cref="VmCall.Log"/>.</summary>
[StructLayout(LayoutKind.Explicit, Size = CallFrame.Size)]
public struct VmLogArguments
{
    /// <summary>Up to 48 characters, first in the lowest byte of the first word; 0 ends.</summary>
    [FieldOffset(CallFrame.Argument0)] public ulong Word0;

    /// <inheritdoc cref="Word0"/>
    [FieldOffset(CallFrame.Argument1)] public ulong Word1;

    /// <inheritdoc cref="Word0"/>
    [FieldOffset(CallFrame.Argument2)] public ulong Word2;

    /// <inheritdoc cref="Word0"/>
    [FieldOffset(CallFrame.Argument3)] public ulong Word3;

    /// <inheritdoc cref="Word0"/>
    [FieldOffset(CallFrame.Argument4)] public ulong Word4;

    /// <inheritdoc cref="Word0"/>
    [FieldOffset(CallFrame.Argument5)] public ulong Word5;
}

/// <summary>Arguments of <see cref="VmCall.Crash"/>.</summary>
[StructLayout(LayoutKind.Explicit, Size = CallFrame.Size)]
public struct VmCrashArguments
{
    /// <summary><see cref="CrashReason"/>.</summary>
    [FieldOffset(CallFrame.Argument0)] public ulong Reason;

    /// <summary>What goes with the reason.</summary>
    [FieldOffset(CallFrame.Argument1)] public ulong Detail;
}

/// <summary>Arguments of <see cref="VmCall.LoadDescriptors"/>.</summary>
[StructLayout(LayoutKind.Explicit, Size = CallFrame.Size)]
public struct VmLoadDescriptorsArguments
{
    /// <summary><see cref="DescriptorTable"/>.</summary>
    [FieldOffset(CallFrame.Argument0)] public ulong Table;

    /// <summary>First entry.</summary>
    [FieldOffset(CallFrame.Argument1)] public ulong First;

    /// <summary>How many.</summary>
    [FieldOffset(CallFrame.Argument2)] public ulong Count;
}

/// <summary>Arguments of <see cref="VmCall.SetDebugRegister"/>.</summary>
[StructLayout(LayoutKind.Explicit, Size = CallFrame.Size)]
public struct VmSetDebugRegisterArguments
{
    /// <summary>0 to 3, a breakpoint's address; or 7, the control register.</summary>
    [FieldOffset(CallFrame.Argument0)] public ulong Register;

    /// <summary>Its value.</summary>
    [FieldOffset(CallFrame.Argument1)] public ulong Value;
}

/// <summary>Arguments of <see cref="VmCall.RingDoorbell"/>.</summary>
[StructLayout(LayoutKind.Explicit, Size = CallFrame.Size)]
public struct VmRingDoorbellArguments
{
    /// <summary>Doorbell, below <see cref="VCpuDoorbell.Count"/>.</summary>
    [FieldOffset(CallFrame.Argument0)] public ulong Doorbell;
}

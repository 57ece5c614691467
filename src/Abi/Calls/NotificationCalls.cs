using System.Runtime.InteropServices;

namespace Tierce.Abi;

/// <summary>Arguments of <see cref="KernelCall.NotificationCreate"/>.</summary>
[StructLayout(LayoutKind.Explicit, Size = CallFrame.Size)]
public struct NotificationCreateArguments
{
    /// <summary>Destination slot.</summary>
    [FieldOffset(CallFrame.Argument0)] public ulong Slot;
}

/// <summary>Arguments of <see cref="KernelCall.NotificationSignal"/>.</summary>
[StructLayout(LayoutKind.Explicit, Size = CallFrame.Size)]
public struct NotificationSignalArguments
{
    /// <summary>Notification cap (Send).</summary>
    [FieldOffset(CallFrame.Argument0)] public ulong Notification;

    /// <summary>Bits to set, before the capability's shift.</summary>
    [FieldOffset(CallFrame.Argument1)] public ulong Bits;
}

/// <summary>Arguments of <see cref="KernelCall.NotificationWait"/>.</summary>
[StructLayout(LayoutKind.Explicit, Size = CallFrame.Size)]
public struct NotificationWaitArguments
{
    /// <summary>Notification cap (Receive).</summary>
    [FieldOffset(CallFrame.Argument0)] public ulong Notification;

    /// <summary>Deadline in TSC ticks; 0 for none, 1 to poll.</summary>
    [FieldOffset(CallFrame.Argument1)] public ulong Deadline;
}

/// <summary>Results of <see cref="KernelCall.NotificationWait"/> and <see cref="KernelCall.SignalWait"/>.</summary>
[StructLayout(LayoutKind.Explicit, Size = CallFrame.Size)]
public struct NotificationWaitResults
{
    /// <summary>The bits that were taken.</summary>
    [FieldOffset(CallFrame.Argument1)] public ulong Bits;
}

/// <summary>Arguments of <see cref="KernelCall.SignalWait"/>; its results are <see cref="NotificationWaitResults"/>.</summary>
[StructLayout(LayoutKind.Explicit, Size = CallFrame.Size)]
public struct SignalWaitArguments
{
    /// <summary>Notification cap to signal (Send), or vCPU cap (Control).</summary>
    [FieldOffset(CallFrame.Argument0)] public ulong Target;

    /// <summary>Bits to set; for a virtual CPU <see cref="VCpuEvent"/> bits.</summary>
    [FieldOffset(CallFrame.Argument1)] public ulong Bits;

    /// <summary>Notification cap to wait at (Receive).</summary>
    [FieldOffset(CallFrame.Argument2)] public ulong Source;

    /// <summary>Deadline in TSC ticks; 0 for none.</summary>
    [FieldOffset(CallFrame.Argument3)] public ulong Deadline;
}

/// <summary>Arguments of <see cref="KernelCall.InterruptBind"/>.</summary>
[StructLayout(LayoutKind.Explicit, Size = CallFrame.Size)]
public struct InterruptBindArguments
{
    /// <summary>Interrupt cap (Control).</summary>
    [FieldOffset(CallFrame.Argument0)] public ulong Interrupt;

    /// <summary>Notification cap (Send).</summary>
    [FieldOffset(CallFrame.Argument1)] public ulong Notification;

    /// <summary>Bits to signal; not 0.</summary>
    [FieldOffset(CallFrame.Argument2)] public ulong Bits;

    /// <summary>1 if the line is level triggered, 0 if it is edge triggered.</summary>
    [FieldOffset(CallFrame.Argument3)] public ulong Level;
}

/// <summary>Arguments of <see cref="KernelCall.InterruptAcknowledge"/>.</summary>
[StructLayout(LayoutKind.Explicit, Size = CallFrame.Size)]
public struct InterruptAcknowledgeArguments
{
    /// <summary>Interrupt cap (Control).</summary>
    [FieldOffset(CallFrame.Argument0)] public ulong Interrupt;
}

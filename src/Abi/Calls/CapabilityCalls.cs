using System.Runtime.InteropServices;

namespace Tierce.Abi;

/// <summary>Arguments of <see cref="KernelCall.CapDelete"/>.</summary>
[StructLayout(LayoutKind.Explicit, Size = CallFrame.Size)]
public struct CapDeleteArguments
{
    /// <summary>Cap to delete.</summary>
    [FieldOffset(CallFrame.Argument0)] public ulong Cap;
}

/// <summary>Arguments of <see cref="KernelCall.CapRevoke"/>.</summary>
[StructLayout(LayoutKind.Explicit, Size = CallFrame.Size)]
public struct CapRevokeArguments
{
    /// <summary>Cap whose descendants go.</summary>
    [FieldOffset(CallFrame.Argument0)] public ulong Cap;
}

/// <summary>Arguments of <see cref="KernelCall.CapDelegate"/>.</summary>
[StructLayout(LayoutKind.Explicit, Size = CallFrame.Size)]
public struct CapDelegateArguments
{
    /// <summary>Source cap (Delegate).</summary>
    [FieldOffset(CallFrame.Argument0)] public ulong Cap;

    /// <summary>Domain cap (Control); 0 for the caller's own.</summary>
    [FieldOffset(CallFrame.Argument1)] public ulong Domain;

    /// <summary>Destination slot there.</summary>
    [FieldOffset(CallFrame.Argument2)] public ulong Slot;

    /// <summary><see cref="CapRights"/> to keep.</summary>
    [FieldOffset(CallFrame.Argument3)] public ulong Rights;

    /// <summary>Badge for an endpoint, bit shift for a notification; 0 to keep the source's.</summary>
    [FieldOffset(CallFrame.Argument4)] public ulong Badge;
}

/// <summary>Arguments of <see cref="KernelCall.PortDerive"/>.</summary>
[StructLayout(LayoutKind.Explicit, Size = CallFrame.Size)]
public struct PortDeriveArguments
{
    /// <summary>Port cap.</summary>
    [FieldOffset(CallFrame.Argument0)] public ulong Ports;

    /// <summary>First port.</summary>
    [FieldOffset(CallFrame.Argument1)] public ulong First;

    /// <summary>How many.</summary>
    [FieldOffset(CallFrame.Argument2)] public ulong Count;

    /// <summary>Destination slot.</summary>
    [FieldOffset(CallFrame.Argument3)] public ulong Slot;
}

/// <summary>Arguments of <see cref="KernelCall.PortEnable"/>.</summary>
[StructLayout(LayoutKind.Explicit, Size = CallFrame.Size)]
public struct PortEnableArguments
{
    /// <summary>Port cap (Control).</summary>
    [FieldOffset(CallFrame.Argument0)] public ulong Ports;

    /// <summary>Domain cap (Control); 0 for the caller's own.</summary>
    [FieldOffset(CallFrame.Argument1)] public ulong Domain;
}

using System.Runtime.InteropServices;

namespace Tierce.Abi;

/// <summary>Arguments of <see cref="KernelCall.GrantsDerive"/>.</summary>
[StructLayout(LayoutKind.Explicit, Size = CallFrame.Size)]
public struct GrantsDeriveArguments
{
    /// <summary>Memory cap (Read, Write, Delegate) of all the guest's frames.</summary>
    [FieldOffset(CallFrame.Argument0)] public ulong Memory;

    /// <summary>Destination slot.</summary>
    [FieldOffset(CallFrame.Argument1)] public ulong Slot;

    /// <summary>First page of the grant table in the memory.</summary>
    [FieldOffset(CallFrame.Argument2)] public ulong TablePage;

    /// <summary>Pages of the grant table, at most <see cref="GrantTable.MostPages"/>.</summary>
    [FieldOffset(CallFrame.Argument3)] public ulong TablePages;

    /// <summary>Frames that the guest may grant, from frame 0: its RAM.</summary>
    [FieldOffset(CallFrame.Argument4)] public ulong Frames;

    /// <summary>The domain number to which the guest has to grant, below 2^16.</summary>
    [FieldOffset(CallFrame.Argument5)] public ulong Peer;
}

/// <summary>Arguments of <see cref="KernelCall.GrantCopy"/>.</summary>
[StructLayout(LayoutKind.Explicit, Size = CallFrame.Size)]
public struct GrantCopyArguments
{
    /// <summary>Grants cap. Copies from the guest need Read, copies to it Write.</summary>
    [FieldOffset(CallFrame.Argument0)] public ulong Grants;

    /// <summary>Memory cap (Read, Write) of the buffer.</summary>
    [FieldOffset(CallFrame.Argument1)] public ulong Buffer;

    /// <summary>Memory cap (Read, Write) that begins with an array of <see cref="GrantOperation"/>.</summary>
    [FieldOffset(CallFrame.Argument2)] public ulong Operations;

    /// <summary>Index of the first operation.</summary>
    [FieldOffset(CallFrame.Argument3)] public ulong First;

    /// <summary>How many, from 1 on.</summary>
    [FieldOffset(CallFrame.Argument4)] public ulong Count;
}

/// <summary>Results of <see cref="KernelCall.GrantCopy"/>.</summary>
[StructLayout(LayoutKind.Explicit, Size = CallFrame.Size)]
public struct GrantCopyResults
{
    /// <summary>Operations done, each with its own <see cref="GrantOperation.Result"/>.</summary>
    [FieldOffset(CallFrame.Argument1)] public ulong Done;
}

/// <summary>Arguments of <see cref="KernelCall.VCpuConnect"/>.</summary>
[StructLayout(LayoutKind.Explicit, Size = CallFrame.Size)]
public struct VCpuConnectArguments
{
    /// <summary>vCPU cap (Control).</summary>
    [FieldOffset(CallFrame.Argument0)] public ulong VCpu;

    /// <summary>Doorbell, below <see cref="VCpuDoorbell.Count"/>.</summary>
    [FieldOffset(CallFrame.Argument1)] public ulong Doorbell;

    /// <summary>Notification cap (Send); 0 disconnects.</summary>
    [FieldOffset(CallFrame.Argument2)] public ulong Notification;

    /// <summary>Bits to signal.</summary>
    [FieldOffset(CallFrame.Argument3)] public ulong Bits;
}

using System.Runtime.InteropServices;

namespace Tierce.Abi;

/// <summary>Arguments of <see cref="KernelCall.IpcCall"/>. The message lies where <see cref="IpcCallResults"/> has the reply.</summary>
[StructLayout(LayoutKind.Explicit, Size = CallFrame.Size)]
public struct IpcCallArguments
{
    /// <summary><see cref="Endpoint"/> and <see cref="Transfer"/> in one word, which is no slot's number if a capability goes along.</summary>
    [FieldOffset(CallFrame.Argument0)] public ulong Target;

    /// <summary>Endpoint cap (Send).</summary>
    [FieldOffset(CallFrame.Argument0)] public uint Endpoint;

    /// <summary>Cap to delegate; 0 for none.</summary>
    [FieldOffset(CallFrame.Argument0 + 4)] public uint Transfer;

    /// <summary>The message.</summary>
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

/// <summary>Results of <see cref="KernelCall.IpcCall"/>.</summary>
[StructLayout(LayoutKind.Explicit, Size = CallFrame.Size)]
public struct IpcCallResults
{
    /// <summary>0, since no capability comes with a reply.</summary>
    [FieldOffset(CallFrame.Argument0)] public ulong Badge;

    /// <summary>The reply.</summary>
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

/// <summary>Arguments of <see cref="KernelCall.IpcReceive"/>.</summary>
[StructLayout(LayoutKind.Explicit, Size = CallFrame.Size)]
public struct IpcReceiveArguments
{
    /// <summary><see cref="Endpoint"/> and <see cref="Slot"/> in one word, which is no slot's number if a capability may come along.</summary>
    [FieldOffset(CallFrame.Argument0)] public ulong Source;

    /// <summary>Endpoint cap (Receive).</summary>
    [FieldOffset(CallFrame.Argument0)] public uint Endpoint;

    /// <summary>Empty slot for a delegated capability; 0 to accept none.</summary>
    [FieldOffset(CallFrame.Argument0 + 4)] public uint Slot;
}

/// <summary>Results of <see cref="KernelCall.IpcReceive"/> and <see cref="KernelCall.IpcReplyReceive"/>.</summary>
[StructLayout(LayoutKind.Explicit, Size = CallFrame.Size)]
public struct IpcReceiveResults
{
    /// <summary>Badge of the caller's endpoint cap; bit 63 is set if a capability was received.</summary>
    [FieldOffset(CallFrame.Argument0)] public ulong Badge;

    /// <summary>The message.</summary>
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

/// <summary>Arguments of <see cref="KernelCall.IpcReply"/>.</summary>
[StructLayout(LayoutKind.Explicit, Size = CallFrame.Size)]
public struct IpcReplyArguments
{
    /// <summary>The reply.</summary>
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

/// <summary>Arguments of <see cref="KernelCall.IpcReplyReceive"/>.</summary>
[StructLayout(LayoutKind.Explicit, Size = CallFrame.Size)]
public struct IpcReplyReceiveArguments
{
    /// <summary>As in <see cref="IpcReceiveArguments"/>.</summary>
    [FieldOffset(CallFrame.Argument0)] public ulong Source;

    /// <summary>Endpoint cap (Receive).</summary>
    [FieldOffset(CallFrame.Argument0)] public uint Endpoint;

    /// <summary>Empty slot for a delegated capability; 0 to accept none.</summary>
    [FieldOffset(CallFrame.Argument0 + 4)] public uint Slot;

    /// <summary>The reply.</summary>
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

/// <summary>Arguments of <see cref="KernelCall.EndpointCreate"/>.</summary>
[StructLayout(LayoutKind.Explicit, Size = CallFrame.Size)]
public struct EndpointCreateArguments
{
    /// <summary>Destination slot.</summary>
    [FieldOffset(CallFrame.Argument0)] public ulong Slot;
}

using System.Runtime.InteropServices;

namespace Tierce.Abi;

/// <summary>Arguments of <see cref="KernelCall.MemoryDerive"/>.</summary>
[StructLayout(LayoutKind.Explicit, Size = CallFrame.Size)]
public struct MemoryDeriveArguments
{
    /// <summary>Memory cap.</summary>
    [FieldOffset(CallFrame.Argument0)] public ulong Memory;

    /// <summary>First page in it.</summary>
    [FieldOffset(CallFrame.Argument1)] public ulong FirstPage;

    /// <summary>How many.</summary>
    [FieldOffset(CallFrame.Argument2)] public ulong Pages;

    /// <summary><see cref="CapRights"/> to keep.</summary>
    [FieldOffset(CallFrame.Argument3)] public ulong Rights;

    /// <summary>Destination slot.</summary>
    [FieldOffset(CallFrame.Argument4)] public ulong Slot;
}

/// <summary>Arguments of <see cref="KernelCall.MemoryMap"/>.</summary>
[StructLayout(LayoutKind.Explicit, Size = CallFrame.Size)]
public struct MemoryMapArguments
{
    /// <summary>Memory cap (the rights asked for).</summary>
    [FieldOffset(CallFrame.Argument0)] public ulong Memory;

    /// <summary>Domain cap (Control); 0 for the caller's own.</summary>
    [FieldOffset(CallFrame.Argument1)] public ulong Domain;

    /// <summary>Page-aligned address in the user half.</summary>
    [FieldOffset(CallFrame.Argument2)] public ulong Address;

    /// <summary>First page in the memory.</summary>
    [FieldOffset(CallFrame.Argument3)] public uint FirstPage;

    /// <summary>How many, at most 512.</summary>
    [FieldOffset(CallFrame.Argument3 + 4)] public uint Pages;

    /// <summary><see cref="CapRights"/>: Read, Write, Execute.</summary>
    [FieldOffset(CallFrame.Argument4)] public ulong Rights;

    /// <summary>Destination slot for the mapping, whose deletion unmaps.</summary>
    [FieldOffset(CallFrame.Argument5)] public ulong Slot;
}

/// <summary>Arguments of <see cref="KernelCall.DomainCreate"/>.</summary>
[StructLayout(LayoutKind.Explicit, Size = CallFrame.Size)]
public struct DomainCreateArguments
{
    /// <summary>Memory cap (Read, Write) whose pages become the domain's pool of kernel memory.</summary>
    [FieldOffset(CallFrame.Argument0)] public ulong Memory;

    /// <summary>Destination slot.</summary>
    [FieldOffset(CallFrame.Argument1)] public ulong Slot;

    /// <summary>Notification cap (Send) to signal when a thread faults or the last one ends; 0 for none.</summary>
    [FieldOffset(CallFrame.Argument2)] public ulong Notification;

    /// <summary>Bits to signal.</summary>
    [FieldOffset(CallFrame.Argument3)] public ulong Bits;
}

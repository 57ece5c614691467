using System.Runtime.InteropServices;

namespace Tierce.Abi;

/// <summary>Arguments of <see cref="KernelCall.GuestCreate"/>.</summary>
[StructLayout(LayoutKind.Explicit, Size = CallFrame.Size)]
public struct GuestCreateArguments
{
    /// <summary>Memory cap (Read, Write, Execute) with all of the guest's frames: frame n is page n.</summary>
    [FieldOffset(CallFrame.Argument0)] public ulong Memory;

    /// <summary>Memory cap (Read, Write) for the kernel's use: page-table cache and frame records.</summary>
    [FieldOffset(CallFrame.Argument1)] public ulong Cache;

    /// <summary>Destination slot.</summary>
    [FieldOffset(CallFrame.Argument2)] public ulong Slot;

    /// <summary>Guest frame where the bitmap of declared tables begins.</summary>
    [FieldOffset(CallFrame.Argument3)] public ulong BitmapFrame;

    /// <summary>Guest frame of the note page.</summary>
    [FieldOffset(CallFrame.Argument4)] public ulong NoteFrame;

    /// <summary><see cref="CacheSettings"/>.</summary>
    [FieldOffset(CallFrame.Argument5)] public ulong Settings;
}

/// <summary>Arguments of <see cref="KernelCall.GuestMap"/>.</summary>
[StructLayout(LayoutKind.Explicit, Size = CallFrame.Size)]
public struct GuestMapArguments
{
    /// <summary>Guest cap (Control).</summary>
    [FieldOffset(CallFrame.Argument0)] public ulong Guest;

    /// <summary>Page-aligned address below <see cref="HoleLayout.Kernel"/>.</summary>
    [FieldOffset(CallFrame.Argument1)] public ulong Address;

    /// <summary>First guest frame.</summary>
    [FieldOffset(CallFrame.Argument2)] public ulong FirstFrame;

    /// <summary>At most 512; or a multiple of 512, with address and frame 2 MiB aligned: large pages, at most 512 of them.</summary>
    [FieldOffset(CallFrame.Argument3)] public ulong Pages;

    /// <summary><see cref="CapRights"/>: Read, Write, Execute.</summary>
    [FieldOffset(CallFrame.Argument4)] public ulong Rights;
}

/// <summary>Arguments of <see cref="KernelCall.VCpuCreate"/>.</summary>
[StructLayout(LayoutKind.Explicit, Size = CallFrame.Size)]
public struct VCpuCreateArguments
{
    /// <summary>Guest cap (Control).</summary>
    [FieldOffset(CallFrame.Argument0)] public ulong Guest;

    /// <summary>Destination slot.</summary>
    [FieldOffset(CallFrame.Argument1)] public ulong Slot;

    /// <summary>Guest frame of its vCPU page, in bits 0 to 47; <see cref="Priority"/> above.</summary>
    [FieldOffset(CallFrame.Argument2)] public ulong PageFrame;

    /// <summary>As <see cref="ThreadCreateArguments.Priority"/>.</summary>
    [FieldOffset(CallFrame.Argument2 + 6)] public ushort Priority;

    /// <summary>Notification cap (Send) that is signalled when it stops, asks or notifies.</summary>
    [FieldOffset(CallFrame.Argument3)] public ulong Notification;

    /// <summary><see cref="StopBits"/> and <see cref="GuestBits"/> in one word.</summary>
    [FieldOffset(CallFrame.Argument4)] public ulong Bits;

    /// <summary>Bits for "stopped or asks".</summary>
    [FieldOffset(CallFrame.Argument4)] public uint StopBits;

    /// <summary>Bits that it may signal itself (<see cref="VmCall.NotifyMonitor"/>).</summary>
    [FieldOffset(CallFrame.Argument4 + 4)] public uint GuestBits;

    /// <summary>Guest frame of the ROM's header, which is read once.</summary>
    [FieldOffset(CallFrame.Argument5)] public ulong RomFrame;
}

/// <summary>Arguments of <see cref="KernelCall.VCpuControl"/>.</summary>
[StructLayout(LayoutKind.Explicit, Size = CallFrame.Size)]
public struct VCpuControlArguments
{
    /// <summary>vCPU cap (Control).</summary>
    [FieldOffset(CallFrame.Argument0)] public ulong VCpu;

    /// <summary><see cref="VCpuOperation"/>.</summary>
    [FieldOffset(CallFrame.Argument1)] public ulong Operation;

    /// <summary>Argument of the operation.</summary>
    [FieldOffset(CallFrame.Argument2)] public ulong Value;
}

/// <summary>Arguments of <see cref="KernelCall.VCpuQuery"/>.</summary>
[StructLayout(LayoutKind.Explicit, Size = CallFrame.Size)]
public struct VCpuQueryArguments
{
    /// <summary>vCPU cap.</summary>
    [FieldOffset(CallFrame.Argument0)] public ulong VCpu;
}

/// <summary>Results of <see cref="KernelCall.VCpuQuery"/>.</summary>
[StructLayout(LayoutKind.Explicit, Size = CallFrame.Size)]
public struct VCpuQueryResults
{
    /// <summary>Guest frame of the guest kernel's root.</summary>
    [FieldOffset(CallFrame.Argument0)] public ulong RootFrame;

    /// <summary><see cref="VCpuPhase"/>.</summary>
    [FieldOffset(CallFrame.Argument1)] public ulong State;

    /// <summary><see cref="CrashReason"/>.</summary>
    [FieldOffset(CallFrame.Argument2)] public ulong Reason;

    /// <summary>What goes with the reason.</summary>
    [FieldOffset(CallFrame.Argument3)] public ulong Detail;

    /// <summary>Where it is.</summary>
    [FieldOffset(CallFrame.Argument4)] public ulong InstructionPointer;

    /// <summary>Its stack pointer.</summary>
    [FieldOffset(CallFrame.Argument5)] public ulong StackPointer;
}

/// <summary>Arguments of <see cref="KernelCall.VCpuBind"/>.</summary>
[StructLayout(LayoutKind.Explicit, Size = CallFrame.Size)]
public struct VCpuBindArguments
{
    /// <summary>vCPU cap (Control).</summary>
    [FieldOffset(CallFrame.Argument0)] public ulong VCpu;

    /// <summary>Notification cap (Receive).</summary>
    [FieldOffset(CallFrame.Argument1)] public ulong Notification;

    /// <summary>Bits that become events; 0 takes the binding back.</summary>
    [FieldOffset(CallFrame.Argument2)] public ulong Bits;

    /// <summary><see cref="VCpuEvent"/> bits, of <see cref="VCpuEvent.FromOutside"/>.</summary>
    [FieldOffset(CallFrame.Argument3)] public ulong Events;
}

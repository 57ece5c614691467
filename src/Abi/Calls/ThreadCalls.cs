using System.Runtime.InteropServices;

namespace Tierce.Abi;

/// <summary>Arguments of <see cref="KernelCall.ThreadExit"/>.</summary>
[StructLayout(LayoutKind.Explicit, Size = CallFrame.Size)]
public struct ThreadExitArguments
{
    /// <summary>Exit code, shown in the log and to the domain's supervisor.</summary>
    [FieldOffset(CallFrame.Argument0)] public ulong Code;
}

/// <summary>Arguments of <see cref="KernelCall.ThreadCreate"/>.</summary>
[StructLayout(LayoutKind.Explicit, Size = CallFrame.Size)]
public struct ThreadCreateArguments
{
    /// <summary>Domain cap (Control), whose pool pays; 0 for the caller's own.</summary>
    [FieldOffset(CallFrame.Argument0)] public ulong Domain;

    /// <summary>Destination slot.</summary>
    [FieldOffset(CallFrame.Argument1)] public ulong Slot;

    /// <summary>Address of its first instruction.</summary>
    [FieldOffset(CallFrame.Argument2)] public ulong Entry;

    /// <summary>Stack pointer.</summary>
    [FieldOffset(CallFrame.Argument3)] public ulong Stack;

    /// <summary>Priority (0 lowest to 31, at most the caller's) in bits 0 to 7; time slice in microseconds above.</summary>
    [FieldOffset(CallFrame.Argument4)] public ulong Priority;

    /// <summary>First argument of the new thread.</summary>
    [FieldOffset(CallFrame.Argument5)] public ulong Argument;
}

/// <summary>Arguments of <see cref="KernelCall.ThreadControl"/>.</summary>
[StructLayout(LayoutKind.Explicit, Size = CallFrame.Size)]
public struct ThreadControlArguments
{
    /// <summary>Thread cap (Control).</summary>
    [FieldOffset(CallFrame.Argument0)] public ulong Thread;

    /// <summary><see cref="ThreadOperation"/>.</summary>
    [FieldOffset(CallFrame.Argument1)] public ulong Operation;

    /// <summary>Argument of the operation.</summary>
    [FieldOffset(CallFrame.Argument2)] public ulong Value;
}

/// <summary>Results of <see cref="ThreadOperation.Query"/>.</summary>
[StructLayout(LayoutKind.Explicit, Size = CallFrame.Size)]
public struct ThreadControlResults
{
    /// <summary><see cref="ThreadState"/>.</summary>
    [FieldOffset(CallFrame.Argument1)] public ulong State;

    /// <summary>Where it is.</summary>
    [FieldOffset(CallFrame.Argument2)] public ulong InstructionPointer;

    /// <summary>Its stack pointer.</summary>
    [FieldOffset(CallFrame.Argument3)] public ulong StackPointer;

    /// <summary>Its frame pointer.</summary>
    [FieldOffset(CallFrame.Argument4)] public ulong FramePointer;
}

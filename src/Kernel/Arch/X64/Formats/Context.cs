using System.Runtime.InteropServices;
using Tierce.Abi;

namespace Tierce.Kernel.Arch.Formats;

/// <summary>
/// What a thread's registers mean to the rest of the kernel, which names none of them: laid over <see cref="RegisterFrame"/>, so that each
/// name is a register. <see cref="CallFrame"/> does the same for the words of a call.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 160)]
public struct Context
{
    /// <summary>Number of the call that was made.</summary>
    [FieldOffset(CallFrame.Number)] public ulong Number;

    /// <summary>What the call returns.</summary>
    [FieldOffset(CallFrame.Number)] public ulong Status;

    /// <summary>First argument of a function that starts with these registers.</summary>
    [FieldOffset(CallFrame.Argument0)] public ulong FirstArgument;

    /// <summary>RBP: where code that keeps frames on its stack has the last one.</summary>
    [FieldOffset(48)] public ulong FramePointer;

    /// <summary>RIP: address of the next instruction.</summary>
    [FieldOffset(120)] public ulong InstructionPointer;

    /// <summary>RSP.</summary>
    [FieldOffset(144)] public ulong StackPointer;
}

using Tierce.Abi;

namespace Tierce.Rom.Emulate;

/// <summary>General registers by the numbers that instructions use.</summary>
internal static unsafe class Registers
{
    /// <summary>The register's place in the frame. Numbers 0 to 15.</summary>
    internal static ulong* Get(RegisterFrame* frame, int number) => number switch
    {
        0 => &frame->Rax,
        1 => &frame->Rcx,
        2 => &frame->Rdx,
        3 => &frame->Rbx,
        4 => &frame->Rsp,
        5 => &frame->Rbp,
        6 => &frame->Rsi,
        7 => &frame->Rdi,
        8 => &frame->R8,
        9 => &frame->R9,
        10 => &frame->R10,
        11 => &frame->R11,
        12 => &frame->R12,
        13 => &frame->R13,
        14 => &frame->R14,
        _ => &frame->R15,
    };
}

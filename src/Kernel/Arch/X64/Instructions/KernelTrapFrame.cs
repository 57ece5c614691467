namespace Tierce.Kernel.Arch.Instructions;

/// <summary>The registers that the stub for ring 0 stores.</summary>
internal struct KernelTrapFrame
{
    public ulong Rax, Rbx, Rcx, Rdx, Rsi, Rdi, Rbp, R8, R9, R10, R11, R12, R13, R14, R15;
    public ulong VectorNumber, ErrorCode;
    public ulong Rip, Cs, Rflags, Rsp, Ss;
}

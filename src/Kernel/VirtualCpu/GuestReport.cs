using Tierce.Abi;
using Tierce.Kernel.Diagnostics;

namespace Tierce.Kernel.VirtualCpu;

/// <summary>The log's report of a virtual CPU that was stopped for good.</summary>
internal static unsafe class GuestReport
{
    /// <summary>Writes cause and registers: of VMUSR from the shared page, and of the ROM where it stopped.</summary>
    public static void Crash(VCpuState* state, VCpuPage* page)
    {
        RegisterFrame* frame = &state->Registers;
        KernelLog.Text("tierce: guest stopped: reason "u8);
        KernelLog.Number((ulong)state->Reason);
        KernelLog.Field(" detail "u8, state->Detail);
        KernelLog.Line();
        WriteThreeFields("  in rom: rip "u8, frame->Rip, " rsp "u8, frame->Rsp, " rdi "u8, frame->Rdi);
        WriteThreeFields("  entry:  rip "u8, page->Entry.Rip, " rsp "u8, page->Entry.Rsp, " flags "u8, page->Entry.Rflags);
        WriteThreeFields("  vector      "u8, page->Vector, " err "u8, page->ErrorCode, " cr2 "u8, page->FaultAddress);
        WriteThreeFields("  rax "u8, frame->Rax, " rbx "u8, frame->Rbx, " rcx "u8, frame->Rcx);
        WriteThreeFields("  rdx "u8, frame->Rdx, " rsi "u8, frame->Rsi, " rbp "u8, frame->Rbp);
        WriteThreeFields("  r8  "u8, frame->R8, " r9  "u8, frame->R9, " r10 "u8, frame->R10);
        WriteThreeFields("  r12 "u8, frame->R12, " r13 "u8, frame->R13, " r14 "u8, frame->R14);
    }

    private static void WriteThreeFields(System.ReadOnlySpan<byte> a, ulong first, System.ReadOnlySpan<byte> b, ulong second, System.ReadOnlySpan<byte> c, ulong third)
    {
        KernelLog.Field(a, first);
        KernelLog.Field(b, second);
        KernelLog.Field(c, third);
        KernelLog.Line();
    }
}

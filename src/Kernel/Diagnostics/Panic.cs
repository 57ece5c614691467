using System;
using System.Diagnostics.CodeAnalysis;
using System.Runtime;
using Tierce.Abi;
using Tierce.Kernel.Arch.Instructions;

namespace Tierce.Kernel.Diagnostics;

/// <summary>
/// The end of the kernel: writes cause, registers and a symbolised backtrace to the log and, polled, to the first serial port.
/// </summary>
internal static unsafe class Panic
{
    private static bool inPanic;

    /// <summary>A failed check in C# (bounds, null, overflow, ...): see FailReason for the number.</summary>
    [RuntimeExport("tierce_fail")]
    [DoesNotReturn]
    public static void Fail(int reason) => Stop("failed check (see FailReason)"u8, (ulong)reason);

    /// <summary>Stops with a reason and a number that gives details.</summary>
    [DoesNotReturn]
    public static void Stop(ReadOnlySpan<byte> reason, ulong detail)
    {
        Begin(reason);
        Emergency.Field(" detail "u8, detail);
        Emergency.Line();
        StackFrame here;
        here.Rip = (ulong)PanicRegisters.Rip();
        here.Rsp = (ulong)PanicRegisters.Rsp();
        here.Rbp = (ulong)PanicRegisters.Rbp();
        Backtrace.FromCaller(here);
        End();
    }

    /// <summary>Stops because of an exception in ring 0.</summary>
    [DoesNotReturn]
    public static void Trap(KernelTrapFrame* frame, uint vector, ulong errorCode, ulong faultAddress)
    {
        Begin("exception in the kernel"u8);
        Emergency.Field(" vector "u8, vector);
        Emergency.Field(" error "u8, errorCode);
        Emergency.Field(" cr2 "u8, faultAddress);
        Emergency.Line();
        Registers(frame);
        StackFrame top;
        top.Rip = frame->Rip;
        top.Rsp = frame->Rsp;
        top.Rbp = frame->Rbp;
        Backtrace.From(top);
        End();
    }

    private static void Begin(ReadOnlySpan<byte> reason)
    {
        if (inPanic)
        {
            Emergency.Text("tierce: panic while panicking\n"u8);
            Cpu.HaltForever();
        }

        inPanic = true;
        Emergency.Text("\ntierce: kernel panic: "u8);
        Emergency.Text(reason);
    }

    [DoesNotReturn]
    private static void End()
    {
        Emergency.Text("tierce: halted\n"u8);
        Emergency.ExitTestMachine();
        Cpu.HaltForever();
        while (true)
        {
        }
    }

    private static void Registers(KernelTrapFrame* frame)
    {
        WriteThreeFields("rip "u8, frame->Rip, " rsp "u8, frame->Rsp, " flags "u8, frame->Rflags);
        WriteThreeFields("rax "u8, frame->Rax, " rbx "u8, frame->Rbx, " rcx   "u8, frame->Rcx);
        WriteThreeFields("rdx "u8, frame->Rdx, " rsi "u8, frame->Rsi, " rdi   "u8, frame->Rdi);
        WriteThreeFields("rbp "u8, frame->Rbp, " r8  "u8, frame->R8, " r9    "u8, frame->R9);
        WriteThreeFields("r10 "u8, frame->R10, " r11 "u8, frame->R11, " r12   "u8, frame->R12);
        WriteThreeFields("r13 "u8, frame->R13, " r14 "u8, frame->R14, " r15   "u8, frame->R15);
    }

    private static void WriteThreeFields(ReadOnlySpan<byte> a, ulong first, ReadOnlySpan<byte> b, ulong second, ReadOnlySpan<byte> c, ulong third)
    {
        Emergency.Field(a, first);
        Emergency.Field(b, second);
        Emergency.Field(c, third);
        Emergency.Line();
    }
}

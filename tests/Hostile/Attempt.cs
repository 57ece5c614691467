using System.Runtime;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Tierce.Hostile;

/// <summary>All registers with which an attempt begins; entry.S repeats the order.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Registers
{
    public ulong Rax, Rbx, Rcx, Rdx, Rsi, Rdi, Rbp, R8, R9, R10, R11, R12, R13, R14, R15, Rip, Rsp;
}

/// <summary>Does something that may end in an exception anywhere, and comes back.</summary>
internal static unsafe class Attempt
{
    /// <summary>Outcomes that are no vector: an event ended it; guest user made a system call; it returned.</summary>
    public const int Event = 256, SystemCall = 257, Done = 258;

    private static Registers s_registers;
    private static ulong s_made;

    /// <summary>The registers of the next attempt.</summary>
    public static Registers* Registers => (Registers*)Unsafe.AsPointer(ref s_registers);

    /// <summary>
    /// Attempts of this life at most: one may destroy what a loop of attempts counts with, in frames or in registers that it should keep.
    /// </summary>
    public static ulong Most { get; set; } = ulong.MaxValue;

    /// <summary>RAX of the last attempt that returned.</summary>
    public static ulong Result => *ResultAddress();

    /// <summary>Every register with any value; the stack is a good one.</summary>
    public static void Fill(ref Values values)
    {
        ulong* words = (ulong*)Registers;
        for (int i = 0; i < 17; i++)
        {
            words[i] = values.Any();
        }

        Registers->Rsp = ScratchStack() - 512;
    }

    /// <summary>Runs code from here with those registers.</summary>
    public static int Run(ulong code)
    {
        Registers->Rip = code;
        return Count();
    }

    /// <summary>Runs code from <c>Rip</c> on, with a stack of any kind.</summary>
    public static int RunOnStack(ulong stack)
    {
        Registers->Rsp = stack;
        return Count();
    }

    /// <summary>A kernel call from ROM text, with those registers.</summary>
    public static int RawCall()
    {
        ulong* stack = (ulong*)(ScratchStack() - 512);
        *stack = DoneAddress();
        Registers->Rsp = (ulong)stack;
        return Run(Machine.RawCall());
    }

    /// <summary>Guest user reads a byte; or writes one, as it was.</summary>
    public static int User(ulong address, bool write) => RunUser(address, write ? 64UL : 0UL);

    /// <summary>This kernel reads a byte; or writes one, as it was.</summary>
    public static int Kernel(ulong address, bool write)
    {
        Registers->Rdi = address;
        Registers->Rsp = ScratchStack() - 512;
        return Run(write ? TryWrite() : TryRead());
    }

    private static int Count()
    {
        if (++s_made > Most)
        {
            Xen.Shutdown(3);
        }

        return Run(Registers);
    }

    [RuntimeImport("*", "hostile_attempt")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern int Run(Registers* registers);

    [RuntimeImport("*", "hostile_user")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern int RunUser(ulong address, ulong code);

    [RuntimeImport("*", "hostile_result")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern ulong* ResultAddress();

    [RuntimeImport("*", "hostile_done")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern ulong DoneAddress();

    [RuntimeImport("*", "hostile_scratch_stack")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern ulong ScratchStack();

    [RuntimeImport("*", "hostile_scratch_page")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern ulong ScratchPage();

    [RuntimeImport("*", "hostile_try_read")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern ulong TryRead();

    [RuntimeImport("*", "hostile_try_write")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern ulong TryWrite();

    [RuntimeImport("*", "hostile_try_syscall")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern ulong TrySyscall();

    [RuntimeImport("*", "hostile_try_call")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern ulong TryCall();

    [RuntimeImport("*", "hostile_try_selector")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern ulong TrySelector();

    [RuntimeImport("*", "hostile_try_far_jump")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern ulong TryFarJump();

    [RuntimeImport("*", "hostile_try_iretq")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern ulong TryIretq();

    [RuntimeImport("*", "hostile_try_flags")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern ulong TryFlags();
}

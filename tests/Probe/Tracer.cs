using System.Runtime;
using System.Runtime.CompilerServices;
using Tierce.Guest;

namespace Tierce.Tests.Probe;

/// <summary>
/// A debugger in small: single-steps a child, sets breakpoints and watchpoints of the processor in it, and gives it selectors that cannot be
/// loaded. Numbers and offsets: include/uapi/linux/ptrace.h and struct user of Linux.
/// </summary>
internal static unsafe class Tracer
{
    private const int Stop = 19, Trap = 5, SegmentFault = 11;
    private const long Ptrace = 101, Kill = 62, GetProcess = 39;
    private const long TraceMe = 0, PeekUser = 3, PokeUser = 6, Continue = 7, SingleStep = 9;
    private const long RipOffset = 128, CsOffset = 136, SsOffset = 160, DebugOffset = 848;
    private const int Start = 0, Stepped = 6, Stored = 7, Loaded = 8, After = 10, Word = 11, Selector = 12;
    private const ulong UserCode = 0x33, UserData = 0x2b;
    private static int s_child;

    /// <summary>Returns 0, or the number of the check that failed.</summary>
    public static int Debug()
    {
        if (!Launch())
        {
            return 10;
        }

        // An instruction breakpoint, then a step for each instruction, through a system call too.
        Arm(0, Start, 0);
        if (!Go(Continue, Trap, Start) || (Peek(DebugOffset + (6 * 8)) & 1) == 0)
        {
            return 11;
        }

        Disarm();
        for (int label = Start + 1; label <= Stepped; label++)
        {
            if (!Go(SingleStep, Trap, label))
            {
                return 20 + label;
            }
        }

        const int OnWrite = 1, OnAccess = 3;
        Arm(1, Word, OnWrite);
        if (!Go(Continue, Trap, Stored) || (Peek(DebugOffset + (6 * 8)) & 2) == 0)
        {
            return 12;
        }

        Disarm();
        Arm(3, Word, OnAccess);
        if (!Go(Continue, Trap, Loaded) || (Peek(DebugOffset + (6 * 8)) & 8) == 0)
        {
            return 13;
        }

        // Delayed traps may be seen or lost, as the processor has it; the breakpoint instruction at the end is seen.
        Disarm();
        Arm(2, Selector, OnAccess);
        bool seen = false;
        for (int stops = 0; stops < 16; stops++)
        {
            if (!Go(Continue, Trap, -1))
            {
                return Linux.Wait(s_child, &stops, 0) < 0 && seen ? 0 : 14;
            }

            seen |= Peek(RipOffset) == Address(After);
        }

        return 15;
    }

    /// <summary>
    /// Steps onto a watched address. QEMU's emulation raises two exceptions for it, of which the second hits the hypervisor: whatever
    /// becomes of this guest, others go on. Returns 0.
    /// </summary>
    public static int StepOntoWatched()
    {
        if (!Launch())
        {
            return 10;
        }

        Arm(1, Word, 1);
        for (int steps = 0; steps < 12; steps++)
        {
            Go(SingleStep, Trap, -1);
        }

        return 0;
    }

    /// <summary>A child goes on at an address that no program has, or with a selector that cannot be loaded: that is its own fault, time and again. Returns 0, or the number of the check that failed.</summary>
    public static int Selectors(ulong first, ulong last)
    {
        if (!Launch())
        {
            return 10;
        }

        // As SYSRET has it: RCX the address, R11 the flags.
        const long RcxOffset = 88, R11Offset = 48, FlagsOffset = 144;
        ulong good = Peek(RipOffset);
        ulong* addresses = stackalloc ulong[4] { 0x7fff_ffff_f000, 0x8000_0000_0000, 0x8000_0000_0000_0000, 0xffff_87ff_8020_0000 };
        for (int i = 0; i < 4; i++)
        {
            Poke(RipOffset, addresses[i]);
            Poke(RcxOffset, addresses[i]);
            Poke(R11Offset, Peek(FlagsOffset));
            if (!Go(Continue, SegmentFault, -1))
            {
                return 13;
            }
        }

        Poke(RipOffset, good);

        // Away from the system call, whose return loads no selectors.
        Go(SingleStep, Trap, -1);
        Go(SingleStep, Trap, -1);
        for (ulong selector = first | 3; selector <= last; selector += 4)
        {
            // Linux's own descriptors of ring 0 are of ring 3 here.
            bool code = selector is 0x0b or 0x13 or 0x23 or UserCode or 0xe023 or 0xe033;
            if (!code && !Refused(CsOffset, selector, UserCode))
            {
                return 11;
            }

            if (selector is not (0x1b or UserData or 0xe02b) && !Refused(SsOffset, selector, UserData))
            {
                return 12;
            }
        }

        int status;
        Call(Ptrace, Continue, s_child, 0, 0);
        Linux.Wait(s_child, &status, 0);
        return 0;
    }

    private static bool Refused(long register, ulong selector, ulong good)
    {
        const long RspOffset = 152;
        ulong stack = Peek(RspOffset), at = Peek(RipOffset);
        Poke(register, selector);
        bool refused = Go(Continue, SegmentFault, -1);
        Poke(RspOffset, stack);
        Poke(RipOffset, at);
        Poke(CsOffset, UserCode);
        Poke(SsOffset, UserData);
        return refused && good != selector;
    }

    private static bool Launch()
    {
        s_child = Linux.Fork();
        if (s_child == 0)
        {
            Call(Ptrace, TraceMe, 0, 0, 0);
            Call(Kill, Call(GetProcess, 0, 0, 0, 0), Stop, 0, 0);
            Traced();
            Linux.Exit(0);
        }

        int status;
        return Linux.Wait(s_child, &status, 0) == s_child && status == ((Stop << 8) | 0x7f);
    }

    /// <summary>Lets the child go on until it stops for a signal, at a label unless that is below zero.</summary>
    private static bool Go(long request, int signal, int label)
    {
        int status;
        Call(Ptrace, request, s_child, 0, 0);
        return Linux.Wait(s_child, &status, 0) == s_child && status == ((signal << 8) | 0x7f)
            && (label < 0 || Peek(RipOffset) == Address(label));
    }

    /// <summary>Breakpoint registers: four bytes, or one for an instruction (kind 0).</summary>
    private static void Arm(int number, int label, int kind)
    {
        Poke(DebugOffset + (number * 8), Address(label));
        int how = kind == 0 ? 0 : kind | 12;
        Poke(DebugOffset + (7 * 8), (1UL << (2 * number)) | ((ulong)how << (16 + (4 * number))));
    }

    private static void Disarm()
    {
        Poke(DebugOffset + (7 * 8), 0);
        Poke(DebugOffset + (6 * 8), 0);
    }

    private static ulong Peek(long offset)
    {
        ulong value = 0;
        Call(Ptrace, PeekUser, s_child, offset, (long)&value);
        return value;
    }

    private static void Poke(long offset, ulong value) => Call(Ptrace, PokeUser, s_child, offset, (long)value);

    [RuntimeImport("*", "traced")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern void Traced();

    [RuntimeImport("*", "traced_address")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern ulong Address(int label);

    [RuntimeImport("*", "linux_call")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern long Call(long number, long a, long b, long c, long d, long e = 0, long f = 0);
}

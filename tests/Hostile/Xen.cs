using System.Runtime;
using System.Runtime.CompilerServices;
using System.Threading;

namespace Tierce.Hostile;

/// <summary>What this kernel asks of Xen's interface for itself. Numbers: Xen public headers.</summary>
internal static unsafe class Xen
{
    /// <summary>Where frame 0 of this guest's memory is mapped (guest.ld).</summary>
    public const ulong VirtualBase = 0xffff_ffff_8000_0000;

    /// <summary>Numbers of hypercalls.</summary>
    public const long SetTrapTable = 0, MmuUpdate = 1, StackSwitch = 3, SetCallbacks = 4, SetDebugRegister = 8, Multicall = 13, UpdateVaMapping = 14,
        ConsoleIo = 18, IretNumber = 23, VcpuOp = 24, MmuextOp = 26, SchedOp = 29, CallbackOp = 30, EventChannelOp = 32;

    /// <summary>The domain number that means the caller.</summary>
    public const ulong Self = 0x7ff0;

    /// <summary>Commands of mmuext_op.</summary>
    public const uint PinLevel4 = 3, NewRoot = 5, NewUserRoot = 15;

    private const ulong Block = 1;
    private const int PendingSelector = 8;
    private const int EventPending = 2048;
    private const int EventMask = 2560;
    private const ulong FlatCs = 0xe033;
    private const ulong FlatSs = 0xe02b;
    private const ulong DebugControl = 7;
    private const int Vectors = 256;

    /// <summary>Handlers of everything, stacks; again whenever an attack may have changed them.</summary>
    public static void Prepare()
    {
        // Struct trap_info: vector, flags (bits 0 to 1: who may raise it by INT; bit 2: events masked), selector; address. Then the end.
        ulong* words = Traps();
        for (int i = 0; i < Vectors; i++)
        {
            words[i * 2] = (ulong)i | (7 << 8) | (FlatCs << 16);
            words[(i * 2) + 1] = Stubs() + ((ulong)i * 16);
        }

        Call(SetTrapTable, (ulong)words, 0, 0);

        Call(SetCallbacks, EventAddress(), FailsafeAddress(), SystemCallAddress());
        Call(StackSwitch, FlatSs, TrapStack(), 0);
        Disarm();
    }

    /// <summary>Breakpoints that an attack has set would stop what is not attacked.</summary>
    public static void Disarm() => Call(SetDebugRegister, DebugControl, 0, 0);

    /// <summary>Maps shared_info and the tables of guest user, and listens to the monitor's probes.</summary>
    public static bool Start(ulong sharedInfo)
    {
        Prepare();
        if (Call(UpdateVaMapping, SharedPage(), sharedInfo | 0x67, 2) != 0)
        {
            return false;
        }

        TakeProbe();
        return User.Create();
    }

    /// <summary>Answers the monitor's probe, so that it takes this guest for alive: once this stops, its watchdog ends the guest.</summary>
    public static void TakeProbe()
    {
        // SAFETY: Start maps the page. The mask is cleared for all ports; events stay masked as a whole.
        byte* page = (byte*)SharedPage();
        Volatile.Write(ref page[0], 0);
        Volatile.Write(ref *(ulong*)(page + PendingSelector), 0);
        Volatile.Write(ref *(ulong*)(page + EventMask), 0);
        Interlocked.Exchange(ref *(ulong*)(page + EventPending), 0);
    }

    /// <summary>Binds the timer's port, whatever has become of it.</summary>
    public static void BindTimer()
    {
        ulong* argument = stackalloc ulong[2];
        argument[0] = 0;
        argument[1] = 0;
        Call(EventChannelOp, 1, (ulong)argument, 0);
    }

    /// <summary>One command of mmuext_op.</summary>
    public static long Mmuext(uint command, ulong frame)
    {
        ulong* operation = stackalloc ulong[3];
        operation[0] = command;
        operation[1] = frame;
        operation[2] = 0;
        return Call(MmuextOp, (ulong)operation, 1, 0, Self);
    }

    /// <summary>Ends this guest: 0 powers it off, 3 says that it crashed.</summary>
    public static void Shutdown(uint reason) => Call(SchedOp, 2, (ulong)&reason, 0);

    /// <summary>Waits, answering probes, for ever.</summary>
    public static void Wait()
    {
        while (true)
        {
            Call(SchedOp, Block, 0, 0);
        }
    }

    /// <summary>Writes to the log.</summary>
    public static void Log(ReadOnlySpan<byte> text)
    {
        fixed (byte* bytes = text)
        {
            Call(ConsoleIo, 0, (ulong)text.Length, (ulong)bytes);
        }
    }

    [RuntimeImport("*", "hostile_hypercall")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern long Call(long number, ulong a, ulong b, ulong c, ulong d = 0);

    [RuntimeImport("*", "hostile_unmask")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void Unmask();

    [RuntimeImport("*", "hostile_mask")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void Mask();

    [RuntimeImport("*", "hostile_tsc")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern ulong Tsc();

    [RuntimeImport("*", "hostile_event_ends")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern int* EventEnds();

    [RuntimeImport("*", "hostile_exception_rip")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern ulong* ExceptionRip();

    [RuntimeImport("*", "hostile_shared_page")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern ulong SharedPage();

    [RuntimeImport("*", "hostile_traps")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern ulong* Traps();

    [RuntimeImport("*", "hostile_stubs")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern ulong Stubs();

    [RuntimeImport("*", "hostile_event_address")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern ulong EventAddress();

    [RuntimeImport("*", "hostile_failsafe_address")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern ulong FailsafeAddress();

    [RuntimeImport("*", "hostile_system_call_address")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern ulong SystemCallAddress();

    [RuntimeImport("*", "hostile_trap_stack")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern ulong TrapStack();
}

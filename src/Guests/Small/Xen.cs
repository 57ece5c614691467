using System.Runtime;
using System.Runtime.CompilerServices;

namespace Tierce.Guests.Small;

/// <summary>The hypercalls that this kernel makes, each through its slot of the hypercall page. Numbers: Xen public headers.</summary>
internal static unsafe class Xen
{
    private const int SetTrapTableNumber = 0;
    private const int SetCallbacksNumber = 4;
    private const int UpdateVaMappingNumber = 14;
    private const int StackSwitchNumber = 3;
    private const int SetTimerNumber = 15;
    private const int VersionNumber = 17;
    private const int MmuextNumber = 26;
    private const int SchedOpNumber = 29;
    private const int EventChannelNumber = 32;

    private const int VirqTimer = 0;
    private const int BindVirq = 1;
    private const int Send = 4;
    private const int Block = 1;
    private const int Shutdown = 2;
    private const int InvalidateLocal = 2;
    private const uint PinLevel4 = 3;
    private const uint NewUserRoot = 15;
    private const ulong FlatSs = 0xe02b;
    private const ulong FlatCs = 0xe033;
    private const ulong DebugVector = 1;

    /// <summary>Values that RCX and R11 have before a hypercall that preserves them.</summary>
    private const ulong KnownRcx = 0x1111, KnownR11 = 0x2222;

    /// <summary>Where shared_info will be mapped.</summary>
    [RuntimeImport("*", "small_shared_page")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern byte* SharedPage();

    /// <summary>Version of the hypervisor, major in the upper 16 bits.</summary>
    public static long Version() => Call(VersionNumber, 0, 0, 0);

    /// <summary>Handlers of events, of frames that cannot be loaded, and of system calls.</summary>
    public static long SetCallbacks() => Call(SetCallbacksNumber, EventAddress(), FailsafeAddress(), SystemCallAddress());

    /// <summary>Maps a machine address at a virtual one, writable.</summary>
    public static long Map(byte* at, ulong machine) => Call(UpdateVaMappingNumber, (ulong)at, machine | 0x67, InvalidateLocal);

    /// <summary>Makes a page of this kernel read only, as every page table must be.</summary>
    public static void Protect(ulong at, ulong machine) => Call(UpdateVaMappingNumber, at, machine | 0x61, InvalidateLocal);

    /// <summary>Declares a top-level table; negative: an error.</summary>
    public static long PinRoot(ulong frame) => Mmuext(PinLevel4, frame);

    /// <summary>Takes a top-level table for user mode.</summary>
    public static void LoadUserRoot(ulong frame) => Mmuext(NewUserRoot, frame);

    /// <summary>Names the stack on which system calls and events of user mode put their frames.</summary>
    public static void SetTrapStack() => Call(StackSwitchNumber, FlatSs, TrapStack(), 0);

    /// <summary>The timer's event channel; negative: an error.</summary>
    public static long BindTimer()
    {
        ulong virqAndCpu = VirqTimer;
        ulong* argument = stackalloc ulong[2];
        argument[0] = virqAndCpu;
        argument[1] = 0;
        long status = Call(EventChannelNumber, BindVirq, (ulong)argument, 0);
        return status != 0 ? status : (uint)argument[1];
    }

    /// <summary>Raises the other end's event.</summary>
    public static void Notify(uint port)
    {
        ulong argument = port;
        Call(EventChannelNumber, Send, (ulong)&argument, 0);
    }

    /// <summary>Asks for a timer event at a system time in nanoseconds.</summary>
    public static void SetTimer(ulong time) => Call(SetTimerNumber, time, 0, 0);

    /// <summary>Unmasks events and waits for one.</summary>
    public static void WaitForEvent() => Call(SchedOpNumber, Block, 0, 0);

    /// <summary>Switches off.</summary>
    public static void PowerOff()
    {
        uint reason = 0;
        Call(SchedOpNumber, Shutdown, (ulong)&reason, 0);
    }

    /// <summary>Whether a hypercall leaves RCX and R11 as they were.</summary>
    public static bool KeepsScratchRegisters()
    {
        ulong* left = stackalloc ulong[2];
        CallWithKnownScratch(VersionNumber, 0, 0, left);
        return left[0] == KnownRcx && left[1] == KnownR11;
    }

    /// <summary>Whether a hypercall that is single-stepped does what it does otherwise, and its beginning was stepped.</summary>
    public static bool CanBeStepped()
    {
        // Struct trap_info: vector, flags, selector, address; ended by an address of 0.
        ulong* table = stackalloc ulong[4];
        table[0] = DebugVector | (FlatCs << 16);
        table[1] = DebugAddress();
        table[2] = 0;
        table[3] = 0;
        return Call(SetTrapTableNumber, (ulong)table, 0, 0) == 0 && CallStepped(VersionNumber, 0, 0) == Version() && *DebugTraps() != 0;
    }

    private static long Mmuext(uint command, ulong frame)
    {
        ulong* operation = stackalloc ulong[3];
        operation[0] = command;
        operation[1] = frame;
        operation[2] = 0;
        return Call(MmuextNumber, (ulong)operation, 1, 0);
    }

    [RuntimeImport("*", "small_stepped")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern long CallStepped(long number, ulong first, ulong second);

    [RuntimeImport("*", "small_debug_address")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern ulong DebugAddress();

    [RuntimeImport("*", "small_debug_traps")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern ulong* DebugTraps();

    [RuntimeImport("*", "small_system_call_address")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern ulong SystemCallAddress();

    [RuntimeImport("*", "small_trap_stack")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern ulong TrapStack();

    [RuntimeImport("*", "small_hypercall")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern long Call(long number, ulong first, ulong second, ulong third);

    [RuntimeImport("*", "small_scratch")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern void CallWithKnownScratch(long number, ulong first, ulong second, ulong* left);

    [RuntimeImport("*", "small_event_address")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern ulong EventAddress();

    [RuntimeImport("*", "small_failsafe_address")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern ulong FailsafeAddress();
}

using System.Runtime;
using System.Runtime.CompilerServices;
using Tierce.Abi;
using Tierce.Cases;
using Tierce.Guests.Native;

namespace Tierce.Guests.Cases;

/// <summary>
/// A guest kernel that takes interrupts. To be measured it spins. Else it sweeps: it asks for an interrupt at each
/// offset of a stretch of instructions, so that one comes in every window that there is, counts what its handler sees, and looks
/// whether the interrupted registers have changed.
/// </summary>
internal static unsafe class Program
{
    /// <summary>Ticks between the interrupts that are measured: milliseconds.</summary>
    private const ulong Period = 4_000_000;

    /// <summary>Ticks until the first interrupt of a step comes: it meets the window, whichever call requests it.</summary>
    private const ulong First = 10_000;

    /// <summary>Offsets of an interrupt that its predecessor's handler asks for: beyond the way back from the handler.</summary>
    private const ulong Offsets = 2500;

    /// <summary>Interrupts of which each asks for the next, in a step.</summary>
    private const ulong Chain = 4;

    /// <summary>Offsets of an interrupt over the stretch in which the guest masks, unmasks and looks.</summary>
    private const ulong MaskedOffsets = 4000;

    /// <summary>Rounds of the window that a step takes at most, and those in which a doubled one would come.</summary>
    private const ulong Patience = 200_000, Quiet = 3000;

    private static CasePage* s_case;
    private static ulong s_delivered;
    private static ulong s_chain;
    private static ulong s_delay;
    private static bool s_handling;
    private static byte s_never;

    /// <summary>Called by entry.S alone.</summary>
    [RuntimeExport("native_main")]
    public static void Main(NativePage* page)
    {
        Rom.Page = page;
        s_case = (CasePage*)((byte*)page + CasePage.Offset);
        s_case->Highest = 0;
        s_case->Lowest = ulong.MaxValue;
        Rom.Call(NativeCall.SetHandler, Rom.HandlerAddress());
        Rom.Call(NativeCall.Unmask);
        if (s_case->Case == CaseName.None)
        {
            Echo.Run();
        }

        if (s_case->Spins != 0)
        {
            Ring(CaseCommand.Spin, MonitorIsInKernel ? 0 : Period);
            if (MonitorIsInKernel)
            {
                Fire(Period);
            }

            Spin((byte*)Unsafe.AsPointer(ref s_never));
        }

        for (ulong delay = 1; delay <= Offsets; delay++)
        {
            SweepHandler(delay);
        }

        for (ulong delay = 1; delay <= MaskedOffsets; delay++)
        {
            SweepMask(delay);
        }

        s_case->Delivered = s_delivered;
        Ring(CaseCommand.Report, 0);
        Rom.Call(NativeCall.End, (ulong)GuestEnd.Poweroff);
    }

    /// <summary>The handler.</summary>
    [RuntimeExport("native_event")]
    public static void Event(ulong events)
    {
        s_delivered++;
        if (s_handling)
        {
            s_case->Changed++;
        }

        s_handling = true;
        if (s_case->Case == CaseName.None)
        {
            Echo.Take();
        }
        else if (s_case->Spins != 0 && MonitorIsInKernel)
        {
            Fire(Period);
        }
        else if (s_chain != 0)
        {
            s_chain--;
            Fire(s_delay);
        }

        s_handling = false;
    }

    /// <summary>A check of the core library failed, which only a mistake in this program can bring about.</summary>
    [RuntimeExport("tierce_fail")]
    public static void Fail(int reason) => Rom.Call(NativeCall.End, (ulong)GuestEnd.Crash);

    private static bool MonitorIsInKernel => s_case->Case is CaseName.IA or CaseName.IIA;

    /// <summary>An interrupt that meets a loop, whose handler asks for another, and so on: at the same offset each time.</summary>
    private static void SweepHandler(ulong delay)
    {
        ulong target = s_delivered + Chain + 1;
        s_delay = delay;
        s_chain = Chain;
        s_case->Highest = 0;
        s_case->Lowest = ulong.MaxValue;
        Fire(First);
        Await(target);
        ulong pile = s_case->Highest > s_case->Lowest ? s_case->Highest - s_case->Lowest : 0;
        s_case->Pile = pile > s_case->Pile ? pile : s_case->Pile;
    }

    /// <summary>An interrupt while events are masked, while they are unmasked, and around both.</summary>
    private static void SweepMask(ulong delay)
    {
        ulong target = s_delivered + 1;
        Fire(delay);
        Rom.Page->Mask = 1;
        s_case->Changed += Window(Address(), target, 16);
        s_case->Waited += Volatile.Read(ref Rom.Page->Pending) != 0 ? 1UL : 0;
        Rom.Call(NativeCall.Unmask);
        Await(target);
    }

    private static void Await(ulong target)
    {
        s_case->Changed += Window(Address(), target, Patience);
        ulong seen = Volatile.Read(ref s_delivered);
        s_case->Lost += seen < target ? target - seen : 0;
        s_case->Changed += Window(Address(), target + 1, Quiet);
        seen = Volatile.Read(ref s_delivered);
        s_case->Doubled += seen > target ? seen - target : 0;
        s_chain = 0;
    }

    private static void Fire(ulong delay)
    {
        s_case->Raised++;
        if (MonitorIsInKernel)
        {
            Rom.Call(NativeCall.SetTimer, Clock() + delay);
        }
        else
        {
            Ring(CaseCommand.Fire, delay);
        }
    }

    private static void Ring(CaseCommand command, ulong argument)
    {
        s_case->Argument = argument;
        s_case->Command = command;
        Rom.Call(NativeCall.Console);
    }

    private static ulong* Address() => (ulong*)Unsafe.AsPointer(ref s_delivered);

    /// <summary>Goes round until the word reaches the target, so often at most; counts the registers that have changed meanwhile.</summary>
    [RuntimeImport("*", "case_window")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern ulong Window(ulong* word, ulong target, ulong rounds);

    [RuntimeImport("*", "case_clock")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern ulong Clock();

    [RuntimeImport("*", "case_spin")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void Spin(byte* until);
}

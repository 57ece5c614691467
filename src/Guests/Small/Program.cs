using System.Runtime;
using System.Threading;

namespace Tierce.Guests.Small;

/// <summary>
/// A Xen PV kernel of our own: asks for a hypercall page, prints on the console ring, takes timer events, runs two processes with memory
/// of their own and switches off. It shows that a guest enters the ROM by its page, and by the same slots when they trap.
/// </summary>
internal static unsafe class Program
{
    private const uint Ticks = 5;
    private const ulong TickNanoseconds = 10_000_000;

    private static ulong s_events;

    /// <summary>Called by entry.S alone.</summary>
    [RuntimeExport("small_main")]
    public static void Main(StartInfo* start)
    {
        // SAFETY: frames of the guest's memory are mapped from the virtual base on, the ring's among them.
        Bell.Port = start->ConsolePort;
        var console = new ConsoleRing((byte*)(ProcessTables.VirtualBase + (start->ConsoleFrame << 12)));
        console.Write("small: hello\n"u8);
        console.Write(Xen.Version() > 0 && Xen.KeepsScratchRegisters() ? "small: hypercalls keep RCX and R11\n"u8 : "small: a hypercall lost RCX or R11\n"u8);
        console.Write(Xen.CanBeStepped() ? "small: a stepped hypercall returns\n"u8 : "small: a stepped hypercall fails\n"u8);
        if (Xen.Map(Xen.SharedPage(), start->SharedInfo) != 0 || Xen.SetCallbacks() != 0)
        {
            console.Write("small: cannot take events\n"u8);
            Xen.PowerOff();
        }

        long port = Xen.BindTimer();
        if (port is <= 0 or >= 64)
        {
            console.Write("small: no timer\n"u8);
            Xen.PowerOff();
        }

        SharedInfo.Unmask(port);
        SharedInfo.EnableEvents();
        Count(console, 1UL << (int)port);
        RunProcesses(console);
        console.Write("small: done\n"u8);
        Xen.PowerOff();
    }

    /// <summary>An event, with events masked: notes what came. The console's is none of interest.</summary>
    [RuntimeExport("small_event")]
    public static void Event()
    {
        s_events |= SharedInfo.Take();
    }

    /// <summary>A check of the core library failed, which only a mistake in this program can bring about.</summary>
    [RuntimeExport("tierce_fail")]
    public static void Fail(int reason) => Xen.PowerOff();

    /// <summary>Two processes with the same code, each with memory of its own, by turns until both have ended.</summary>
    private static void RunProcesses(in ConsoleRing console)
    {
        const int Count = 2;
        Process* processes = stackalloc Process[Count];
        for (uint i = 0; i < Count; i++)
        {
            if (!Process.Create(&processes[i], i))
            {
                console.Write("small: a page table was refused\n"u8);
                return;
            }
        }

        Xen.SetTrapStack();
        for (uint alive = Count; alive != 0;)
        {
            for (uint i = 0; i < Count; i++)
            {
                if (processes[i].Ended)
                {
                    continue;
                }

                if (processes[i].Run() == Process.TellCall)
                {
                    console.Write(i == 0 ? "small: first process counts "u8 : "small: second process counts "u8);
                    console.Digit((uint)processes[i].Rdi);
                }
                else
                {
                    processes[i].Ended = true;
                    alive--;
                }
            }
        }
    }

    private static void Count(in ConsoleRing console, ulong timer)
    {
        ulong due = SharedInfo.StartTime;
        for (uint tick = 1; tick <= Ticks; tick++)
        {
            due += TickNanoseconds;
            Xen.SetTimer(due);

            // Held back from the look to the wait: what came between them would be slept over.
            SharedInfo.DisableEvents();
            while ((Volatile.Read(ref s_events) & timer) == 0)
            {
                Xen.WaitForEvent();
                SharedInfo.DisableEvents();
            }

            s_events = 0;
            SharedInfo.EnableEvents();
            console.Write("small: timer event "u8);
            console.Digit(tick);
        }
    }
}

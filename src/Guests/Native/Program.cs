using System.Runtime;
using System.Threading;
using Tierce.Abi;

namespace Tierce.Guests.Native;

/// <summary>
/// A kernel on Tierce's native interface: prints, takes timer events, runs two processes with memory of their own, stops each of them
/// by the timer, and switches off.
/// </summary>
internal static unsafe class Program
{
    private const uint Ticks = 5;

    /// <summary>The count after which a process goes round (entry.S).</summary>
    private const ulong LastCount = 3;

    /// <summary>Two to the 24 ticks of the time-stamp counter: some milliseconds.</summary>
    private const ulong TickLength = 1UL << 24;

    private static ulong s_events;

    /// <summary>Called by entry.S alone.</summary>
    [RuntimeExport("native_main")]
    public static void Main(NativePage* page)
    {
        Rom.Page = page;
        var console = new ConsoleRing(Rom.Frame(page->ConsoleFrame));
        console.Write("native: hello\n"u8);
        Rom.Call(NativeCall.SetHandler, Rom.HandlerAddress());
        Count(console, page);
        RunProcesses(console, page);
        console.Write("native: done\n"u8);
        Rom.Call(NativeCall.End, (ulong)GuestEnd.Poweroff);
    }

    /// <summary>The handler. Runs in the interrupt context; a process that runs is to stop.</summary>
    [RuntimeExport("native_event")]
    public static void Event(ulong events)
    {
        s_events |= events;
        if ((events & NativeEvent.Timer) != 0)
        {
            Rom.Page->StopUser = 1;
        }
    }

    /// <summary>A check of the core library failed, which only a mistake in this program can bring about.</summary>
    [RuntimeExport("tierce_fail")]
    public static void Fail(int reason) => Rom.Call(NativeCall.End, (ulong)GuestEnd.Crash);

    /// <summary>Timer events: waited for with events masked, handled when they are unmasked.</summary>
    private static void Count(in ConsoleRing console, NativePage* page)
    {
        for (uint tick = 1; tick <= Ticks; tick++)
        {
            Rom.Call(NativeCall.SetTimer, page->TscAtZero + (tick * TickLength));
            while ((Volatile.Read(ref s_events) & NativeEvent.Timer) == 0)
            {
                page->Mask = 1;
                Rom.Call(NativeCall.Wait);
                Rom.Call(NativeCall.Unmask);
            }

            s_events = 0;
            console.Write("native: timer event "u8);
            console.Digit(tick);
        }

        page->StopUser = 0;
    }

    /// <summary>Two processes by turns, until both have ended. Who does nothing but go round is stopped by the timer.</summary>
    private static void RunProcesses(in ConsoleRing console, NativePage* page)
    {
        const int Count = 2;
        Process* processes = stackalloc Process[Count];
        for (uint i = 0; i < Count; i++)
        {
            Process.Create(&processes[i], i);
        }

        ulong deadline = page->TscAtZero + (Ticks * TickLength);
        for (uint alive = Count; alive != 0;)
        {
            for (int i = 0; i < Count; i++)
            {
                Process* process = &processes[i];
                if (process->Ended)
                {
                    continue;
                }

                // A thread that has reported its last count spins until the timer fires, which may be at once where the host is busy. Then
                // RBX lets it go, and no timer is to stop it again.
                bool goesRound = process->Registers.Rdi == LastCount && process->Registers.Rbx == 0;
                deadline += goesRound ? TickLength : 0;
                Rom.Call(NativeCall.SetTimer, goesRound ? deadline : 0);
                if (!process->Run(out RunEnd end))
                {
                    console.Write("native: a page table was refused\n"u8);
                    return;
                }

                console.Write(i == 0 ? "native: first process "u8 : "native: second process "u8);
                switch (end)
                {
                    case RunEnd.SystemCall when process->Registers.Rax == Process.TellCall:
                        console.Write("counts "u8);
                        console.Digit((uint)process->Registers.Rdi);
                        break;
                    case RunEnd.Stopped:
                        console.Write("is stopped\n"u8);
                        process->Registers.Rbx = 1;
                        break;
                    default:
                        console.Write(end == RunEnd.SystemCall ? "ends\n"u8 : "fails\n"u8);
                        process->Ended = true;
                        alive--;
                        break;
                }
            }
        }
    }
}

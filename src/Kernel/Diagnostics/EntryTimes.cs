using System.Runtime;
using Tierce.Kernel.Arch;
using Tierce.Kernel.Arch.Formats;
using Tierce.Kernel.Entry;
using Tierce.Kernel.Objects;
using Tierce.Kernel.Scheduling;
using Tierce.Kernel.VirtualCpu;

namespace Tierce.Kernel.Diagnostics;

/// <summary>
/// The longest time with interrupts off, by the kind of entry. Only <see cref="EntryPatches"/> leads entries here. Not counted are the some
/// fifty instructions of entry code before and after its handler, and entries that it handles itself, which are shorter.
/// </summary>
internal static unsafe class EntryTimes
{
    private const int Calls = 256, VmCalls = 320, Kinds = 384;

    private static Longest longest;
    private static ulong since;
    private static uint kind;

    /// <summary>Writes the times, if entries are timed.</summary>
    public static void Write()
    {
        if (!EntryPatches.TimesEntries)
        {
            return;
        }

        // SAFETY: a static field of plain numbers does not move.
        fixed (ulong* ticks = longest.Ticks)
        {
            KernelLog.Text("tierce: interrupts-off"u8);
            CounterReport.Many(" exception-"u8, ticks, Vector.FirstInterrupt);
            CounterReport.Many(" interrupt-"u8, ticks + Vector.FirstInterrupt, Calls - Vector.FirstInterrupt);
            CounterReport.Many(" domain-call-"u8, ticks + Calls, VmCalls - Calls);
            CounterReport.Many(" vm-call-"u8, ticks + VmCalls, Kinds - VmCalls);
            KernelLog.Line();
        }
    }

    /// <summary>Interrupts have been on: the processor was idle, or took them in the middle of long work.</summary>
    public static void Restart() => since = Cpu.ReadTsc();

    /// <summary>Interrupts will now be taken in the middle of long work.</summary>
    public static void Interrupted()
    {
        if (EntryPatches.TimesEntries)
        {
            Note();
        }
    }

    [RuntimeExport("timed_trap")]
    private static Thread* Trap(PerCpu* cpu, Thread* thread, uint vector, ulong errorCode, ulong faultAddress)
    {
        Begin(vector);
        return End(TrapHandlers.Trap(cpu, thread, vector, errorCode, faultAddress));
    }

    [RuntimeExport("timed_line")]
    private static Thread* Line(PerCpu* cpu, Thread* thread, uint vector, ulong now)
    {
        Begin(vector);
        return End(TrapHandlers.Line(cpu, thread, vector, now));
    }

    [RuntimeExport("timed_call")]
    private static Thread* Call(PerCpu* cpu, Thread* thread, ulong now)
    {
        Begin(Calls + ((uint)thread->Frame.Rax & (VmCalls - Calls - 1)));
        return End(TrapHandlers.Call(cpu, thread, now));
    }

    [RuntimeExport("timed_vm_call")]
    private static Thread* VmCall(PerCpu* cpu, Thread* thread)
    {
        Begin(VmCalls + ((uint)thread->Frame.Rax & (Kinds - VmCalls - 1)));
        return End(TrapHandlers.VirtualCall(cpu, thread));
    }

    [RuntimeExport("timed_page_fault")]
    private static Thread* PageFault(PerCpu* cpu, Thread* thread, ulong errorCode, ulong address)
    {
        Begin(Vector.PageFault);
        return End(ShortEntries.PageFault(cpu, thread, errorCode, address));
    }

    [RuntimeExport("timed_take_notes")]
    private static ulong TakeNotes(PerCpu* cpu, Thread* thread)
    {
        Begin(VmCalls + (uint)Abi.VmCall.ReturnToUser);
        ulong status = ShortEntries.TakeNotes(cpu, thread);
        Note();
        return status;
    }

    [RuntimeExport("timed_load_root")]
    private static ulong LoadRoot(PerCpu* cpu, Thread* thread)
    {
        Begin(VmCalls + (uint)Abi.VmCall.LoadRoot);
        ulong status = ShortEntries.LoadRoot(cpu, thread);
        Note();
        return status;
    }

    private static void Begin(uint entry)
    {
        kind = entry;
        Restart();
    }

    private static Thread* End(Thread* next)
    {
        Note();
        return next;
    }

    private static void Note()
    {
        ulong ticks = Cpu.ReadTsc() - since;
        if (ticks > longest.Ticks[kind])
        {
            longest.Ticks[kind] = ticks;
        }
    }

    private struct Longest
    {
        public fixed ulong Ticks[Kinds];
    }
}

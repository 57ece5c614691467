using System.Runtime;
using Tierce.Kernel.Arch.Formats;
using Tierce.Kernel.Diagnostics;
using Tierce.Kernel.Processors;
using Tierce.Kernel.RomCalls;
using Tierce.Kernel.Scheduling;

namespace Tierce.Kernel.Entry;

/// <summary>Where <see cref="EntryPatches"/> leads entries whose times are measured. <see cref="EntryTimes"/> takes the time around the handler.</summary>
internal static unsafe class TimedEntries
{
    [RuntimeExport("timed_trap")]
    private static Thread* Trap(PerCpu* cpu, Thread* thread, uint vector, ulong errorCode, ulong faultAddress)
    {
        EntryTimes.Begin(vector);
        return End(TrapHandlers.Trap(cpu, thread, vector, errorCode, faultAddress));
    }

    [RuntimeExport("timed_line")]
    private static Thread* Line(PerCpu* cpu, Thread* thread, uint vector, ulong now)
    {
        EntryTimes.Begin(vector);
        return End(TrapHandlers.Line(cpu, thread, vector, now));
    }

    [RuntimeExport("timed_call")]
    private static Thread* Call(PerCpu* cpu, Thread* thread, ulong now)
    {
        EntryTimes.Begin(EntryTimes.Calls + ((uint)thread->Context.Number & (EntryTimes.VmCalls - EntryTimes.Calls - 1)));
        return End(TrapHandlers.Call(cpu, thread, now));
    }

    [RuntimeExport("timed_vm_call")]
    private static Thread* VmCall(PerCpu* cpu, Thread* thread)
    {
        EntryTimes.Begin(EntryTimes.VmCalls + ((uint)thread->Context.Number & (EntryTimes.Kinds - EntryTimes.VmCalls - 1)));
        return End(TrapHandlers.VirtualCall(cpu, thread));
    }

    [RuntimeExport("timed_page_fault")]
    private static Thread* PageFault(PerCpu* cpu, Thread* thread, ulong errorCode, ulong address)
    {
        EntryTimes.Begin(Vector.PageFault);
        return End(ShortEntries.PageFault(cpu, thread, errorCode, address));
    }

    [RuntimeExport("timed_take_notes")]
    private static ulong TakeNotes(PerCpu* cpu, Thread* thread)
    {
        EntryTimes.Begin(EntryTimes.VmCalls + (uint)Abi.VmCall.ReturnToUser);
        ulong status = ShortEntries.TakeNotes(cpu, thread);
        EntryTimes.Note();
        return status;
    }

    [RuntimeExport("timed_load_root")]
    private static ulong LoadRoot(PerCpu* cpu, Thread* thread)
    {
        EntryTimes.Begin(EntryTimes.VmCalls + (uint)Abi.VmCall.LoadRoot);
        ulong status = ShortEntries.LoadRoot(cpu, thread);
        EntryTimes.Note();
        return status;
    }

    private static Thread* End(Thread* next)
    {
        EntryTimes.Note();
        return next;
    }
}

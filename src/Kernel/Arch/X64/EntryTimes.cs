using System.Runtime;

namespace Tierce.Kernel;

/// <summary>
/// How long interrupts were off at most, by what entered the kernel. Only <see cref="EntryPatches"/> leads entries here. What the entry
/// code does before and after its handler, some fifty instructions, is not in it, nor are entries that it answers itself, which are shorter.
/// </summary>
internal static unsafe class EntryTimes
{
    private const int Calls = 256, VmCalls = 320, Kinds = 384;

    private static Longest longest;
    private static ulong since;

    /// <summary>Writes what was found, if entries are timed.</summary>
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

    /// <summary>The processor has been idle, with interrupts on.</summary>
    public static void Restart() => since = Cpu.ReadTsc();

    [RuntimeExport("timed_trap")]
    private static Thread* Trap(PerCpu* cpu, Thread* thread, uint vector, ulong errorCode, ulong faultAddress)
    {
        Restart();
        return End(vector, TrapHandlers.Trap(cpu, thread, vector, errorCode, faultAddress));
    }

    [RuntimeExport("timed_call")]
    private static Thread* Call(PerCpu* cpu, Thread* thread)
    {
        Restart();
        uint kind = Calls + ((uint)thread->Frame.Rax & (VmCalls - Calls - 1));
        return End(kind, TrapHandlers.Call(cpu, thread));
    }

    [RuntimeExport("timed_vm_call")]
    private static Thread* VmCall(PerCpu* cpu, Thread* thread)
    {
        Restart();
        uint kind = VmCalls + ((uint)thread->Frame.Rax & (Kinds - VmCalls - 1));
        return End(kind, TrapHandlers.VirtualCall(cpu, thread));
    }

    [RuntimeExport("timed_page_fault")]
    private static Thread* PageFault(PerCpu* cpu, Thread* thread, ulong errorCode, ulong address)
    {
        Restart();
        return End(Vector.PageFault, ShortEntries.PageFault(cpu, thread, errorCode, address));
    }

    [RuntimeExport("timed_return_to_user")]
    private static Thread* ReturnToUser(PerCpu* cpu, Thread* thread)
    {
        Restart();
        return End(VmCalls + (uint)Abi.VmCall.ReturnToUser, ShortEntries.ReturnToUser(cpu, thread));
    }

    [RuntimeExport("timed_load_root")]
    private static ulong LoadRoot(PerCpu* cpu, Thread* thread)
    {
        Restart();
        ulong status = ShortEntries.LoadRoot(cpu, thread);
        End(VmCalls + (uint)Abi.VmCall.LoadRoot, thread);
        return status;
    }

    private static Thread* End(uint kind, Thread* next)
    {
        ulong ticks = Cpu.ReadTsc() - since;
        if (ticks > longest.Ticks[kind])
        {
            longest.Ticks[kind] = ticks;
        }

        return next;
    }

    private struct Longest
    {
        public fixed ulong Ticks[Kinds];
    }
}

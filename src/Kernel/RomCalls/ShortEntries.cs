using System.Runtime;
using Tierce.Abi;
using Tierce.Kernel.Processors;
using Tierce.Kernel.Scheduling;
using Tierce.Kernel.Translation;
using Tierce.Kernel.VirtualCpu;

namespace Tierce.Kernel.RomCalls;

/// <summary>
/// The most frequent entries of a virtual CPU besides those in assembly: a page fault that may be a miss of the page-table cache, notes
/// before a return to guest user, and a load of known roots. None of them switches threads, so <c>entry.S</c> stores only the registers
/// that C# may change, and resumes the same thread. What cannot be done so takes the long way.
/// </summary>
internal static unsafe class ShortEntries
{
    /// <summary>A page fault from ring 3.</summary>
    /// <returns>The thread; null if it is no virtual CPU, or if an interrupt has woken a thread: the fault is then met again.</returns>
    [RuntimeExport("kernel_page_fault")]
    public static Thread* PageFault(PerCpu* cpu, Thread* thread, ulong errorCode, ulong address)
    {
        VCpu* vcpu = thread->VCpu;
        if (vcpu == null)
        {
            return null;
        }

        VirtualException.PageFault(cpu, vcpu, errorCode, address);
        return cpu->Reschedule ? null : thread;
    }

    /// <summary>Takes waiting notes, for a return to guest user by assembly.</summary>
    /// <returns>0: done. 1: an interrupt in between has woken a thread, and the long way has to make the return.</returns>
    [RuntimeExport("kernel_take_notes")]
    public static ulong TakeNotes(PerCpu* cpu, Thread* thread)
    {
        VCpu* vcpu = thread->VCpu;
        GuestSpace.TakeNotes(vcpu->Guest, VCpu.RootsOf(vcpu), waiting: true);
        return cpu->Reschedule ? 1UL : 0;
    }

    /// <summary><see cref="VmCall.LoadRoot"/>.</summary>
    /// <returns>0: done. 1: the long way has to do it.</returns>
    [RuntimeExport("kernel_load_root")]
    public static ulong LoadRoot(PerCpu* cpu, Thread* thread)
    {
        VCpu* vcpu = thread->VCpu;
        if (!GuestSpace.LoadKnownRoots(vcpu->Guest, VCpu.RootsOf(vcpu), thread->Frame.Rdi, thread->Frame.Rsi))
        {
            return 1;
        }

        cpu->Counters.VmCalls[(int)VmCall.LoadRoot]++;
        VmCalls.EnterRoots(cpu, vcpu);
        return 0;
    }
}

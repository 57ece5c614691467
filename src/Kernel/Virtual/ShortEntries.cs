using System.Runtime;
using Tierce.Abi;

namespace Tierce.Kernel;

/// <summary>
/// The entries of a virtual CPU that come most often beside those in assembly: a page fault, a return to guest user that SYSRET
/// cannot make, and a load of roots that are known. None of them switches threads, so that <c>entry.S</c> stores only the registers
/// that C# may change, and goes on with the same thread; what cannot be done so is left to the long way.
/// </summary>
internal static unsafe class ShortEntries
{
    /// <summary>A page fault from ring 3.</summary>
    /// <returns>The thread; null if it is no virtual CPU, a trace is taken, or an interrupt that was taken has woken somebody: the fault is met again.</returns>
    [RuntimeExport("kernel_page_fault")]
    public static Thread* PageFault(PerCpu* cpu, Thread* thread, ulong errorCode, ulong address)
    {
        VCpu* vcpu = thread->VCpu;
        if (vcpu == null || Trace.IsOn)
        {
            return null;
        }

        VirtualException.PageFault(cpu, vcpu, errorCode, address);
        return cpu->Reschedule ? null : thread;
    }

    /// <summary><see cref="VmCall.ReturnToUser"/>.</summary>
    /// <returns>The thread; null if it has no user root, or an interrupt that was taken with its notes has woken somebody.</returns>
    [RuntimeExport("kernel_return_to_user")]
    public static Thread* ReturnToUser(PerCpu* cpu, Thread* thread)
    {
        if (cpu->GuestUserRoot == 0)
        {
            return null;
        }

        thread->VCpu->Guest->TakeNotesBeforeUser(thread->VCpu);
        if (cpu->Reschedule)
        {
            return null;
        }

        cpu->Counters.VmCalls[(int)VmCall.ReturnToUser]++;
        ResumeState.LoadReturn(&thread->Frame, cpu->VCpuPage);
        VmCalls.ResumeUser(cpu, thread->VCpu, &thread->Frame);
        return thread;
    }

    /// <summary><see cref="VmCall.LoadRoot"/>.</summary>
    /// <returns>0: done. 1: the long way has to do it.</returns>
    [RuntimeExport("kernel_load_root")]
    public static ulong LoadRoot(PerCpu* cpu, Thread* thread)
    {
        VCpu* vcpu = thread->VCpu;
        if (!vcpu->Guest->LoadKnownRoots(vcpu, thread->Frame.Rdi, thread->Frame.Rsi))
        {
            return 1;
        }

        cpu->Counters.VmCalls[(int)VmCall.LoadRoot]++;
        VmCalls.EnterRoots(cpu, vcpu);
        return 0;
    }
}

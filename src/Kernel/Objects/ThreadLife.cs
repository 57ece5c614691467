using Tierce.Abi;
using Tierce.Kernel.Diagnostics;
using Tierce.Kernel.Processors;
using Tierce.Kernel.Scheduling;
using Tierce.Kernel.VirtualCpu;

namespace Tierce.Kernel.Objects;

/// <summary>Creation, end and destruction of threads.</summary>
public static unsafe class ThreadLife
{
    // SAFETY: a head of kind Thread or VCpu lies in a thread, at ObjectOffset; a guest begins with its header.

    private const int ObjectOffset = 160;

    /// <summary>Flags of a new thread: interrupts on, and the bit that is always 1.</summary>
    private const ulong InitialFlags = 0x202;

    /// <summary>
    /// Offset of MXCSR in the FPU area, and its value after a reset. XRSTOR resets all other state for an empty area (Intel SDM vol. 1,
    /// 13.6, 13.8).
    /// </summary>
    private const int SimdControlOffset = 24;

    private const uint SimdControlReset = 0x1f80;

    /// <summary>The thread that an object head belongs to.</summary>
    public static Thread* Of(KernelObject* head) => (Thread*)((byte*)head - ObjectOffset);

    /// <summary>Makes a thread of a page of zeros from the pool of <paramref name="domain"/>; it is suspended.</summary>
    public static void Initialise(PerCpu* cpu, Thread* thread, Domain* domain, ObjectKind kind, int priority, ulong slice)
    {
        KernelObject.Initialise(&thread->Object, kind, domain, null);
        thread->Domain = domain;
        thread->Cpu = cpu;
        thread->Priority = (byte)priority;
        thread->Slice = slice;
        thread->SliceLeft = slice;
        thread->Frame.Cs = Thread.UserCode;
        thread->Frame.Ss = Thread.UserData;
        thread->Frame.Rflags = InitialFlags;
        *(uint*)(thread->Fpu + SimdControlOffset) = SimdControlReset;
        if (kind == ObjectKind.Thread)
        {
            thread->Suspended = true;
            domain->LiveThreads++;
        }
        else
        {
            thread->Wait = WaitKind.VCpu;
        }
    }

    /// <summary>Signals the monitor of a virtual CPU; 0 means the bits it chose at creation for "stopped or asks".</summary>
    public static void NotifyMonitor(PerCpu* cpu, Thread* thread, ulong bits) => Notification.SignalLink(cpu, &thread->MonitorLink, bits);

    /// <summary>Ends a thread: removes it from its queues, and signals the supervisor if it was the last.</summary>
    public static void End(PerCpu* cpu, Thread* thread, bool fault)
    {
        if (thread->Dead)
        {
            return;
        }

        Invariant.Holds(thread->Domain->LiveThreads != 0 && thread->Object.Kind == ObjectKind.Thread);
        thread->Dead = true;
        thread->Faulted = fault;
        cpu->Timers.Cancel(&thread->BudgetTimer);
        Scheduler.Dequeue(cpu, thread);
        Endpoint.Abandon(cpu, thread);
        Domain* domain = thread->Domain;
        LogLine.Flush(&domain->Line);
        domain->LiveThreads--;
        if (fault || domain->LiveThreads == 0)
        {
            Notification.SignalLink(cpu, &domain->Supervisor, 0);
        }
    }

    /// <summary>Logs and ends a thread of a domain that raised an exception which the kernel cannot resolve.</summary>
    public static void Fault(PerCpu* cpu, Thread* thread, ulong vector, ulong error, ulong address)
    {
        RegisterFrame* frame = &thread->Frame;
        KernelLog.Text("tierce: thread fault: vector "u8);
        KernelLog.Number(vector);
        KernelLog.Field(" error "u8, error);
        KernelLog.Field(" address "u8, address);
        KernelLog.Line();
        KernelLog.Field("tierce:  rip "u8, frame->Rip);
        KernelLog.Field(" rsp "u8, frame->Rsp);
        KernelLog.Field(" rbp "u8, frame->Rbp);
        KernelLog.Field(" rax "u8, frame->Rax);
        KernelLog.Field(" rdi "u8, frame->Rdi);
        KernelLog.Field(" rsi "u8, frame->Rsi);
        KernelLog.Field(" rdx "u8, frame->Rdx);
        KernelLog.Field(" rcx "u8, frame->Rcx);
        KernelLog.Line();
        End(cpu, thread, fault: true);
    }

    /// <summary>Removes a thread from everything that it takes part in. Returns as <see cref="Derivation.Delete"/>.</summary>
    public static bool Quiesce(PerCpu* cpu, Thread* thread, ref int budget)
    {
        if (thread->Object.Kind == ObjectKind.Thread)
        {
            End(cpu, thread, fault: false);
        }
        else if (!thread->Dead)
        {
            thread->Dead = true;
            Scheduler.Dequeue(cpu, thread);
            VCpu.Destroy(cpu, thread->VCpu);
        }

        cpu->Timers.Cancel(&thread->Timer);
        cpu->Timers.Cancel(&thread->BudgetTimer);
        if (cpu->Current == thread)
        {
            CurrentContext.Forget(cpu, thread);
            cpu->Reschedule = true;
        }

        return Doorbells.Disconnect(cpu, thread, ref budget)
            && (thread->MonitorLink.Type == CapabilityType.None || Derivation.Delete(cpu, &thread->MonitorLink, ref budget));
    }

    /// <summary>Returns a destroyed thread's pages.</summary>
    public static void Release(Thread* thread)
    {
        Domain* domain = thread->Domain;
        Invariant.Holds(thread->Dead && !thread->Queued);
        Invariant.Holds(!thread->Timer.Armed && !thread->BudgetTimer.Armed);
        if (thread->VCpu != null)
        {
            GuestHeader.Forget((GuestHeader*)thread->Guest, thread);
            domain->Pool.Give(thread->VCpu);
        }

        domain->Pool.Give(thread);
    }
}

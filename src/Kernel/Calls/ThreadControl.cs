using Tierce.Abi;
using Tierce.Kernel.Objects;
using Tierce.Kernel.Scheduling;

namespace Tierce.Kernel.Calls;

/// <content><see cref="KernelCall.ThreadControl"/>.</content>
public static unsafe partial class KernelCalls
{
    /// <summary>Longest period of a budget, in microseconds.</summary>
    private const ulong MostPeriod = 1_000_000;

    private static Status ThreadControl(PerCpu* cpu, Thread* caller)
    {
        RegisterFrame* frame = &caller->Frame;
        Capability* cap;
        Status status = Decode.Find(caller, frame->Rdi, CapabilityType.Thread, CapRights.Control, &cap);
        if (status != Status.Ok)
        {
            return status;
        }

        Thread* thread = (Thread*)cap->Object;
        if ((ThreadOperation)frame->Rsi == ThreadOperation.Query)
        {
            frame->Rsi = (ulong)(thread->Faulted ? ThreadState.Faulted : thread->Dead ? ThreadState.Ended : ThreadState.Alive);
            frame->Rdx = thread->Frame.Rip;
            frame->R10 = thread->Frame.Rsp;
            frame->R8 = thread->Frame.Rbp;
            return Status.Ok;
        }

        if (thread->Dead)
        {
            return Status.BadState;
        }

        switch ((ThreadOperation)frame->Rsi)
        {
            case ThreadOperation.Start:
                Scheduler.Resume(cpu, thread);
                return Status.Ok;
            case ThreadOperation.Stop:
                Scheduler.Suspend(cpu, thread);
                return Status.Ok;
            case ThreadOperation.SetPriority:
                return SetPriority(cpu, caller, thread, frame->Rdx);
            case ThreadOperation.SetBudget:
                return SetBudget(cpu, thread, Decode.Low(frame->Rdx), Decode.High(frame->Rdx));
            default:
                return Status.BadArgument;
        }
    }

    private static Status SetPriority(PerCpu* cpu, Thread* caller, Thread* thread, ulong value)
    {
        int priority;
        ulong slice;
        Status status = Decode.Priority(caller, value, &priority, &slice);
        if (status == Status.Ok)
        {
            Budget.SetPriority(cpu, thread, priority);
            thread->Slice = slice;
        }

        return status;
    }

    private static Status SetBudget(PerCpu* cpu, Thread* thread, ulong budget, ulong period)
    {
        bool none = budget == 0 && period == 0;
        if (!none && (budget < Budget.LeastMicroseconds || budget > period || period > MostPeriod))
        {
            return Status.BadArgument;
        }

        Budget.Set(cpu, thread, Scheduler.ToTicks(budget), Scheduler.ToTicks(period));
        return Status.Ok;
    }
}

using Tierce.Abi;
using Tierce.Kernel.Objects;
using Tierce.Kernel.Processors;
using Tierce.Kernel.Scheduling;

namespace Tierce.Kernel.Calls;

/// <content><see cref="KernelCall.ThreadControl"/>.</content>
public static unsafe partial class KernelCalls
{
    /// <summary>Longest period of a budget, in microseconds.</summary>
    private const ulong MostPeriod = 1_000_000;

    private static Status ThreadControl(PerCpu* cpu, Thread* caller)
    {
        ThreadControlArguments* arguments = Thread.Arguments<ThreadControlArguments>(caller);
        Capability* cap;
        Status status = Decode.Find(caller, arguments->Thread, CapabilityType.Thread, CapRights.Control, &cap);
        if (status != Status.Ok)
        {
            return status;
        }

        Thread* thread = (Thread*)cap->Object;
        if ((ThreadOperation)arguments->Operation == ThreadOperation.Query)
        {
            ThreadControlResults* results = Thread.Results<ThreadControlResults>(caller);
            results->State = (ulong)(thread->Faulted ? ThreadState.Faulted : thread->Dead ? ThreadState.Ended : ThreadState.Alive);
            results->InstructionPointer = thread->Context.InstructionPointer;
            results->StackPointer = thread->Context.StackPointer;
            results->FramePointer = thread->Context.FramePointer;
            return Status.Ok;
        }

        if (thread->Dead)
        {
            return Status.BadState;
        }

        switch ((ThreadOperation)arguments->Operation)
        {
            case ThreadOperation.Start:
                Scheduler.Resume(cpu, thread);
                return Status.Ok;
            case ThreadOperation.Stop:
                Scheduler.Suspend(cpu, thread);
                return Status.Ok;
            case ThreadOperation.SetPriority:
                return SetPriority(cpu, caller, thread, arguments->Value);
            case ThreadOperation.SetBudget:
                return SetBudget(cpu, thread, Decode.Low(arguments->Value), Decode.High(arguments->Value));
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

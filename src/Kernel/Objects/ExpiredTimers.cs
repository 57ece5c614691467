using Tierce.Kernel.Arch;
using Tierce.Kernel.Processors;
using Tierce.Kernel.Scheduling;
using Tierce.Kernel.VirtualCpu;

namespace Tierce.Kernel.Objects;

/// <summary>What follows when a timer's deadline has passed.</summary>
public static unsafe class ExpiredTimers
{
    /// <summary>Most timers that one call of <see cref="Handle"/> handles; the rest follow at the next interrupt, at once.</summary>
    private const int Most = 32;

    /// <summary>Handles the timers whose deadline has passed, a bounded number, and programs the hardware for the next.</summary>
    public static void Handle(PerCpu* cpu, ulong now)
    {
        TimerQueue* queue = &cpu->Timers;
        for (int i = 0; i < Most && queue->HasExpired(now); i++)
        {
            Dispatch(cpu, queue->TakeEarliest());
        }

        queue->Program();
    }

    private static void Dispatch(PerCpu* cpu, Timer* timer)
    {
        switch (timer->Kind)
        {
            case TimerKind.Slice:
                Scheduler.SliceEnded(cpu);
                break;
            case TimerKind.Wait:
                Notification.WaitTimedOut(cpu, timer->Owner);
                break;
            case TimerKind.VCpu:
                VCpu.TimerExpired(cpu, timer->Owner);
                break;
            case TimerKind.Budget:
                Budget.Expired(cpu, timer->Owner);
                break;
            default:
                Machine.Panic("timer of no kind"u8, (ulong)timer->Kind);
                break;
        }
    }
}

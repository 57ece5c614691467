using System.Runtime.CompilerServices;
using Tierce.Kernel.Arch;
using Tierce.Kernel.Processors;

namespace Tierce.Kernel.Scheduling;

/// <summary>
/// Limits the processor time of a thread at its priority, within a period. A thread that has used up its budget runs at the lowest priority
/// until the period ends. An interrupt storm thus takes a fixed share from the others and no more, and a driver that has the machine to
/// itself loses nothing. A period begins when the thread is woken and none is running, so that a thread that seldom runs costs one timer
/// each time and an idle one none.
/// </summary>
public static unsafe class Budget
{
    /// <summary>Shortest budget, in microseconds: several times the cost of enforcing it.</summary>
    public const ulong LeastMicroseconds = 100;

    /// <summary>A rest of less than this part of the budget counts as nothing.</summary>
    private const ulong Grain = 16;

    /// <summary>Sets budget and period in TSC ticks, or removes the limit (0). A running period ends.</summary>
    public static void Set(PerCpu* cpu, Thread* thread, ulong budget, ulong period)
    {
        cpu->Timers.Cancel(&thread->BudgetTimer);
        Restore(cpu, thread);
        thread->Budget = budget;
        thread->Period = period;
        if (budget != 0 && thread->Queued)
        {
            Begin(cpu, thread);
        }
    }

    /// <summary>Sets a thread's priority; while the thread is over its budget, the priority that it gets back.</summary>
    public static void SetPriority(PerCpu* cpu, Thread* thread, int priority)
    {
        if (thread->OverBudget)
        {
            thread->HomePriority = (byte)priority;
        }
        else
        {
            Scheduler.SetPriority(cpu, thread, priority);
        }
    }

    /// <summary>Whether a thread that will now run has a budget and no period is running.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Begins(Thread* thread) => thread->Budget != 0 && !thread->BudgetTimer.Armed;

    /// <summary>Begins a period of a thread with a budget that will now run.</summary>
    public static void Begin(PerCpu* cpu, Thread* thread)
    {
        Invariant.Holds(thread->Budget != 0 && thread->Budget <= thread->Period);
        Invariant.Holds(!thread->BudgetTimer.Armed);
        ulong now = Machine.ReadTsc();
        thread->BudgetUsed = 0;
        thread->PeriodEnd = now + thread->Period;
        cpu->Timers.Arm(&thread->BudgetTimer, now + thread->Budget, TimerKind.Budget, thread);
    }

    /// <summary>Handles the timer: it fires at the earliest time at which the budget can be used up, or at the period's end.</summary>
    public static void Expired(PerCpu* cpu, Thread* thread)
    {
        ulong now = Machine.ReadTsc();
        if (thread == cpu->Current)
        {
            Scheduler.Charge(thread, now);
        }

        if (now >= thread->PeriodEnd)
        {
            Restore(cpu, thread);
            if (thread->Queued)
            {
                Begin(cpu, thread);
            }

            return;
        }

        ulong next = thread->PeriodEnd;
        if (thread->BudgetUsed + (thread->Budget / Grain) >= thread->Budget)
        {
            Invariant.Holds(!thread->OverBudget);
            thread->HomePriority = thread->Priority;
            thread->OverBudget = true;
            cpu->Counters.BudgetsUsedUp++;
            Scheduler.SetPriority(cpu, thread, 0);
        }
        else if (now + thread->Budget - thread->BudgetUsed < next)
        {
            next = now + thread->Budget - thread->BudgetUsed;
        }

        cpu->Timers.Arm(&thread->BudgetTimer, next, TimerKind.Budget, thread);
    }

    /// <summary>
    /// Charges a thread that has a budget for the switch away from it, and the same again for the switch to it. With frequent short
    /// interrupts most of the cost is in switching. Cost: some 15 instructions, none of them between an interrupt and its driver.
    /// </summary>
    public static void ChargeWays(Thread* thread) => thread->BudgetUsed += 2 * (Machine.ReadTsc() - thread->SliceStart);

    private static void Restore(PerCpu* cpu, Thread* thread)
    {
        if (thread->OverBudget)
        {
            thread->OverBudget = false;
            Scheduler.SetPriority(cpu, thread, thread->HomePriority);
        }
    }
}

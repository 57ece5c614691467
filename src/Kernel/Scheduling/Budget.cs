using System.Runtime.CompilerServices;
using Tierce.Kernel.Arch;
using Tierce.Kernel.Objects;

namespace Tierce.Kernel.Scheduling;

/// <summary>
/// What a thread may use of the processor at its priority, within a period. Who has used it up runs at the lowest priority until the period
/// ends: an interrupt storm takes so much from the others and no more, and a driver that has the machine to itself loses nothing. A period
/// begins when the thread is woken and none is under way, so that a thread that seldom runs costs one timer each time and an idle one none.
/// </summary>
public static unsafe class Budget
{
    /// <summary>Shortest budget, in microseconds: some times what it costs to enforce it.</summary>
    public const ulong LeastMicroseconds = 100;

    /// <summary>What is left counts as nothing when it is less than this part of the budget.</summary>
    private const ulong Grain = 16;

    /// <summary>Sets budget and period in TSC ticks, or takes the bound away (0). A period that is under way ends.</summary>
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

    /// <summary>Sets a thread's priority; while it is over its budget, the one that it gets back.</summary>
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

    /// <summary>Whether a thread that is about to run has a budget and no period is under way.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Begins(Thread* thread) => thread->Budget != 0 && !thread->BudgetTimer.Armed;

    /// <summary>A thread with a budget is about to run and no period is under way.</summary>
    public static void Begin(PerCpu* cpu, Thread* thread)
    {
        ulong now = Machine.ReadTsc();
        thread->BudgetUsed = 0;
        thread->PeriodEnd = now + thread->Period;
        cpu->Timers.Arm(&thread->BudgetTimer, now + thread->Budget, TimerKind.Budget, thread);
    }

    /// <summary>The timer has fired: the earliest moment at which the budget can be used up, or the period's end.</summary>
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

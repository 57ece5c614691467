using System.Numerics;
using System.Runtime.CompilerServices;
using Tierce.Kernel.Arch;
using Tierce.Kernel.Processors;

namespace Tierce.Kernel.Scheduling;

/// <summary>
/// Fixed priorities, round robin within one. The running thread stays at the head of its queue, so a preempted thread continues with the
/// rest of its slice. Every operation is O(1) except arming a timer.
/// </summary>
public static unsafe class Scheduler
{
    // SAFETY: a ready queue holds the address of its first thread, or 0.

    /// <summary>Number of priorities; 0 is the lowest.</summary>
    public const int Priorities = 32;

    /// <summary>Time slice in microseconds of a thread created with 0.</summary>
    public const ulong DefaultSlice = 10_000;

    /// <summary>Microseconds (at most a million) in TSC ticks.</summary>
    public static ulong ToTicks(ulong microseconds) => Machine.TscHertz * microseconds / 1_000_000;

    /// <summary>Ends a thread's wait. It joins its ready queue unless it is suspended or dead.</summary>
    public static void MakeReady(PerCpu* cpu, Thread* thread)
    {
        thread->Wait = WaitKind.None;
        if (thread->Queued || thread->Suspended || thread->Dead)
        {
            return;
        }

        if (Budget.Begins(thread))
        {
            Budget.Begin(cpu, thread);
        }

        Append(cpu, thread);
        NoteReady(cpu, thread);
    }

    /// <summary>Makes a thread wait.</summary>
    public static void Block(PerCpu* cpu, Thread* thread, WaitKind wait)
    {
        thread->Wait = wait;
        Dequeue(cpu, thread);
        Invariant.Holds(!thread->Queued);
    }

    /// <summary>Takes a thread out of its ready queue, if it is in.</summary>
    public static void Dequeue(PerCpu* cpu, Thread* thread)
    {
        if (thread->Queued)
        {
            Remove(cpu, thread);
        }

        if (thread == cpu->Current)
        {
            cpu->Reschedule = true;
        }
    }

    /// <summary>Stops a thread at its current instruction. If it waits, it continues to wait.</summary>
    public static void Suspend(PerCpu* cpu, Thread* thread)
    {
        thread->Suspended = true;
        Dequeue(cpu, thread);
    }

    /// <summary>Undoes <see cref="Suspend"/>.</summary>
    public static void Resume(PerCpu* cpu, Thread* thread)
    {
        thread->Suspended = false;
        if (thread->Wait == WaitKind.None)
        {
            MakeReady(cpu, thread);
        }
    }

    /// <summary>Gives the rest of the current thread's slice to the next thread of its priority.</summary>
    public static void Yield(PerCpu* cpu)
    {
        Thread* thread = cpu->Current;
        thread->SliceLeft = 0;
        Rotate(cpu, thread);
        cpu->Reschedule = true;
    }

    /// <summary>Handles the slice timer: like <see cref="Yield"/>.</summary>
    public static void SliceEnded(PerCpu* cpu)
    {
        if (cpu->Current != null && cpu->Current->Queued)
        {
            Yield(cpu);
        }
    }

    /// <summary>Sets a thread's priority; it goes to the end of its new queue.</summary>
    public static void SetPriority(PerCpu* cpu, Thread* thread, int priority)
    {
        Invariant.Holds((uint)priority < Priorities);
        bool queued = thread->Queued;
        if (queued)
        {
            Remove(cpu, thread);
        }

        thread->Priority = (byte)priority;
        if (queued)
        {
            Append(cpu, thread);
            cpu->Reschedule = true;
        }
    }

    /// <summary>
    /// Chooses the thread to run now: the first of the highest priority, or null if none is ready. Charges the current thread's slice and
    /// starts the next one's. The caller switches to it and sets <see cref="PerCpu.Current"/>.
    /// </summary>
    public static Thread* Choose(PerCpu* cpu)
    {
        cpu->Reschedule = false;
        ulong now = Machine.ReadTsc();
        if (cpu->Current != null)
        {
            Charge(cpu->Current, now);
        }

        uint mask = cpu->ReadyMask;
        if (mask == 0)
        {
            cpu->Timers.Cancel(&cpu->SliceTimer);
            return null;
        }

        Thread* next = Head(cpu, Highest(mask));
        Invariant.Holds(next != null && next->Queued);
        Invariant.Holds(!next->Dead && !next->Suspended && next->Wait == WaitKind.None);
        Invariant.Holds(next->Priority == Highest(mask));
        next->SliceStart = now;
        if (next->ReadyNext != next)
        {
            cpu->Timers.Arm(&cpu->SliceTimer, now + next->SliceLeft, TimerKind.Slice, null);
        }
        else
        {
            cpu->Timers.Cancel(&cpu->SliceTimer);
        }

        return next;
    }

    /// <summary>Index of the highest bit set; <paramref name="mask"/> is not 0.</summary>
    public static uint Highest(uint mask) => (uint)BitOperations.Log2(mask);

    /// <summary>
    /// Takes a thread that is alone in its ready queue out of it; <paramref name="others"/> is the mask without it. The caller chooses the
    /// next thread.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void RemoveOnly(PerCpu* cpu, Thread* thread, uint others)
    {
        Invariant.Holds(thread->Queued && thread->ReadyNext == thread && Head(cpu, thread->Priority) == thread);
        Invariant.Holds(((others >> thread->Priority) & 1) == 0);
        thread->Queued = false;
        cpu->Ready[thread->Priority] = 0;
        cpu->ReadyMask = others;
    }

    /// <summary><see cref="PerCpu.ReadyMask"/> without a thread that is alone in its ready queue.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Others(PerCpu* cpu, Thread* thread) => cpu->ReadyMask ^ (1U << thread->Priority);

    /// <summary>
    /// Puts a thread that has been in a ready queue before into the queue of its priority, which is empty. The caller chooses the next
    /// thread.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void MakeOnly(PerCpu* cpu, Thread* thread)
    {
        Invariant.Holds(!thread->Queued && thread->ReadyNext == thread && Head(cpu, thread->Priority) == null);
        byte priority = thread->Priority;
        thread->Queued = true;
        cpu->ReadyMask = cpu->ReadyMask | (1U << priority);
        cpu->Ready[priority] = (ulong)thread;
    }

    /// <summary>Replaces a thread that is alone in its ready queue by another one that has a higher priority than all others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Replace(PerCpu* cpu, Thread* thread, Thread* next)
    {
        if (thread->Priority != next->Priority)
        {
            RemoveOnly(cpu, thread, Others(cpu, thread));
            MakeOnly(cpu, next);
            return;
        }

        Invariant.Holds(Head(cpu, thread->Priority) == thread);
        Invariant.Holds(thread->ReadyNext == thread && next->ReadyNext == next && !next->Queued);
        thread->Queued = false;
        next->Queued = true;
        cpu->Ready[next->Priority] = (ulong)next;
    }

    /// <summary>
    /// Charges as <see cref="Choose"/> does, for a path that has already determined the next thread. Both threads are alone in their ready
    /// queues, so that slices do not count.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Pass(Thread* from, Thread* to, ulong now)
    {
        Use(from, now);
        to->SliceStart = now;
    }

    /// <summary>
    /// Adds the time since the last charge to what a thread has used of its budget, and takes it from its slice if the thread and others of
    /// its priority are ready. A thread that is alone, or waits, needs no slice. A slice that is used up begins anew.
    /// </summary>
    public static void Charge(Thread* thread, ulong now)
    {
        ulong used = Use(thread, now);
        ulong left = thread->SliceLeft;
        if (thread->ReadyNext != thread || left == 0)
        {
            thread->SliceLeft = used < left ? left - used : thread->Slice;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Use(Thread* thread, ulong now)
    {
        ulong used = now - thread->SliceStart;
        thread->SliceStart = now;
        thread->BudgetUsed = thread->BudgetUsed + used;
        return used;
    }

    /// <summary>
    /// Handles a thread that became ready: it preempts the current one, or makes its slice end. When the CPU is idle the current thread is
    /// the one that ran last, which may be the one that became ready.
    /// </summary>
    private static void NoteReady(PerCpu* cpu, Thread* thread)
    {
        Thread* current = cpu->Current;
        if (current == null || current == thread || !current->Queued || thread->Priority > current->Priority)
        {
            cpu->Reschedule = true;
        }
        else if (thread->Priority == current->Priority && !cpu->SliceTimer.Armed)
        {
            ulong end = current->SliceStart + current->SliceLeft;
            cpu->Timers.Arm(&cpu->SliceTimer, end, TimerKind.Slice, null);
        }
    }

    private static void Append(PerCpu* cpu, Thread* thread)
    {
        Invariant.Holds(!thread->Queued && thread->Priority < Priorities);
        Invariant.Holds((Head(cpu, thread->Priority) == null) == (((cpu->ReadyMask >> thread->Priority) & 1) == 0));
        Thread* head = Head(cpu, thread->Priority);
        thread->Queued = true;
        if (head == null)
        {
            thread->ReadyNext = thread;
            thread->ReadyPrevious = thread;
            cpu->Ready[thread->Priority] = (ulong)thread;
            cpu->ReadyMask |= 1U << thread->Priority;
            return;
        }

        Invariant.Holds(head->Priority == thread->Priority && head->ReadyPrevious->ReadyNext == head);
        Thread* tail = head->ReadyPrevious;
        thread->ReadyNext = head;
        thread->ReadyPrevious = tail;
        tail->ReadyNext = thread;
        head->ReadyPrevious = thread;
    }

    private static void Remove(PerCpu* cpu, Thread* thread)
    {
        Invariant.Holds(thread->Queued && ((cpu->ReadyMask >> thread->Priority) & 1) != 0);
        Invariant.Holds(thread->ReadyNext->ReadyPrevious == thread && thread->ReadyPrevious->ReadyNext == thread);
        Invariant.Holds(thread->ReadyNext != thread || Head(cpu, thread->Priority) == thread);
        thread->Queued = false;
        if (thread->ReadyNext == thread)
        {
            cpu->Ready[thread->Priority] = 0;
            cpu->ReadyMask &= ~(1U << thread->Priority);
            return;
        }

        thread->ReadyNext->ReadyPrevious = thread->ReadyPrevious;
        thread->ReadyPrevious->ReadyNext = thread->ReadyNext;
        if (Head(cpu, thread->Priority) == thread)
        {
            cpu->Ready[thread->Priority] = (ulong)thread->ReadyNext;
        }

        thread->ReadyNext = thread;
        thread->ReadyPrevious = thread;
    }

    private static void Rotate(PerCpu* cpu, Thread* thread)
    {
        if (thread->Queued && Head(cpu, thread->Priority) == thread)
        {
            cpu->Ready[thread->Priority] = (ulong)thread->ReadyNext;
        }
    }

    private static Thread* Head(PerCpu* cpu, uint priority) => (Thread*)cpu->Ready[priority];
}

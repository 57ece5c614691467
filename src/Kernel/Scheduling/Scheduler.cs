using System.Numerics;
using System.Runtime.CompilerServices;
using Tierce.Kernel.Arch;
using Tierce.Kernel.Processors;

namespace Tierce.Kernel.Scheduling;

/// <summary>
/// Fixed priorities, round robin within one. The running thread stays at the head of its queue, so a preempted thread continues with the
/// rest of its slice. A thread that ends a wait with some of its slice left goes before those that wait for their turn, and the running
/// thread makes way for it after <see cref="Grace"/>. Work that comes in small pieces, such as a guest's disk requests, thus needs no higher
/// priority than computing, and in the end gets no more time. Every operation is O(1) except arming a timer, and passing threads that have
/// just ended their waits too.
/// </summary>
public static unsafe class Scheduler
{
    // SAFETY: a ready queue holds the address of its first thread, or 0.

    /// <summary>Number of priorities; 0 is the lowest.</summary>
    public const int Priorities = 32;

    /// <summary>Time slice in microseconds of a thread created with 0.</summary>
    public const ulong DefaultSlice = 10_000;

    /// <summary>
    /// Microseconds for which a thread runs on when another one of its priority has ended a wait. In this time a guest hands over several
    /// requests to its disks' back end.
    /// </summary>
    public const ulong Grace = 200;

    /// <summary>Microseconds (at most a million) in TSC ticks.</summary>
    public static ulong ToTicks(ulong microseconds) => Machine.TscHertz * microseconds / 1_000_000;

    /// <summary>Ends a thread's wait. It joins its ready queue unless it is suspended or dead.</summary>
    public static void MakeReady(PerCpu* cpu, Thread* thread)
    {
        bool waited = thread->Wait != WaitKind.None;
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
        if (waited && !thread->Spent && thread->ReadyNext != thread)
        {
            Advance(cpu, thread);
        }

        thread->Spent = false;
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
            if (thread->ReadyNext != thread && thread == cpu->Current)
            {
                ChargeWaiting(thread);
            }

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

    /// <summary>
    /// Handles the slice timer: like <see cref="Yield"/>, unless a thread that has ended a wait interrupts the slice. The slice then goes on
    /// after that thread.
    /// </summary>
    public static void SliceEnded(PerCpu* cpu)
    {
        Thread* thread = cpu->Current;
        if (thread == null || !thread->Queued)
        {
            return;
        }

        if (Machine.ReadTsc() - thread->SliceStart >= thread->SliceLeft)
        {
            Yield(cpu);
            return;
        }

        Thread* woken = thread->ReadyNext;
        if (woken != thread && woken->Woken)
        {
            // In the circle the end is the place before the head.
            Remove(cpu, woken);
            Append(cpu, woken);
            cpu->Ready[thread->Priority] = (ulong)woken;
            thread->Woken = false;
        }

        cpu->Reschedule = true;
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
            cpu->Timers.Arm(&cpu->SliceTimer, End(next, now), TimerKind.Slice, null);
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
    /// its priority are ready. A thread that is alone needs no slice; that of one that begins to wait has been charged. A slice that is used
    /// up begins anew.
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

    /// <summary>Charges the slice of the running thread, which will wait while others of its priority are ready.</summary>
    private static void ChargeWaiting(Thread* thread)
    {
        ulong used = Machine.ReadTsc() - thread->SliceStart;
        thread->Spent = used >= thread->SliceLeft;
        thread->SliceLeft = thread->Spent ? thread->Slice : thread->SliceLeft - used;
    }

    /// <summary>When the running thread must make way, if it has run since <paramref name="now"/>.</summary>
    private static ulong End(Thread* thread, ulong now)
    {
        ulong left = thread->SliceLeft;
        ulong grace = thread->ReadyNext->Woken ? ToTicks(Grace) : left;
        return now + (grace < left ? grace : left);
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
        else if (thread->Priority == current->Priority)
        {
            ulong now = Machine.ReadTsc();
            if (current->ReadyNext == current->ReadyPrevious)
            {
                // It was alone, and its slice begins to run down.
                Use(current, now);
            }

            ulong end = current->SliceStart + current->SliceLeft;
            ulong grace = thread->Woken ? now + ToTicks(Grace) : end;
            end = grace < end ? grace : end;
            if (!cpu->SliceTimer.Armed || end < cpu->SliceTimer.Deadline)
            {
                cpu->Timers.Arm(&cpu->SliceTimer, end, TimerKind.Slice, null);
            }
        }
    }

    /// <summary>Moves a thread from the end of its queue, where it is not alone, to the place after the first and those that came this way before.</summary>
    private static void Advance(PerCpu* cpu, Thread* thread)
    {
        Thread* next = Head(cpu, thread->Priority)->ReadyNext;
        while (next != thread && next->Woken)
        {
            next = next->ReadyNext;
        }

        thread->Woken = true;
        if (next == thread)
        {
            return;
        }

        thread->ReadyPrevious->ReadyNext = thread->ReadyNext;
        thread->ReadyNext->ReadyPrevious = thread->ReadyPrevious;
        thread->ReadyNext = next;
        thread->ReadyPrevious = next->ReadyPrevious;
        next->ReadyPrevious->ReadyNext = thread;
        next->ReadyPrevious = thread;
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
        thread->Woken = false;
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
            thread->Woken = false;
        }
    }

    private static Thread* Head(PerCpu* cpu, uint priority) => (Thread*)cpu->Ready[priority];
}

using System.Runtime.CompilerServices;
using Tierce.Kernel.Scheduling;

namespace Tierce.Kernel.Objects;

/// <summary>Threads that wait for the same thing, first come first served. O(1). The predecessor of the first is the last.</summary>
public unsafe struct WaitQueue
{
    /// <summary>The one that has waited longest, or null.</summary>
    public Thread* First;

    /// <summary>Adds a thread at the end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Append(Thread* thread)
    {
        Thread* first = First;
        thread->WaitNext = null;
        if (first == null)
        {
            First = thread;
            thread->WaitPrevious = thread;
            return;
        }

        Thread* last = first->WaitPrevious;
        Invariant.Holds(last->WaitNext == null && last != thread);
        last->WaitNext = thread;
        thread->WaitPrevious = last;
        first->WaitPrevious = thread;
    }

    /// <summary>Takes the first thread, <paramref name="thread"/>, out.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void RemoveFirst(Thread* thread)
    {
        Invariant.Holds(First == thread && thread->WaitPrevious->WaitNext == null);
        Thread* next = thread->WaitNext;
        First = next;
        if (next != null)
        {
            next->WaitPrevious = thread->WaitPrevious;
        }
    }

    /// <summary>Takes a thread out.</summary>
    public void Remove(Thread* thread)
    {
        if (thread == First)
        {
            RemoveFirst(thread);
            return;
        }

        Invariant.Holds(First != null && thread->WaitPrevious->WaitNext == thread);
        Invariant.Holds(thread->WaitNext == null ? First->WaitPrevious == thread : thread->WaitNext->WaitPrevious == thread);
        Thread* next = thread->WaitNext;
        thread->WaitPrevious->WaitNext = next;
        (next == null ? First : next)->WaitPrevious = thread->WaitPrevious;
    }
}

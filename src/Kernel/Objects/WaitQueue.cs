using System.Runtime.CompilerServices;

namespace Tierce.Kernel;

/// <summary>Threads that wait for the same thing, first come first served. O(1).</summary>
public unsafe struct WaitQueue
{
    /// <summary>The one that has waited longest, or null.</summary>
    public Thread* First;

    private Thread* last;

    /// <summary>Adds a thread at the end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Append(Thread* thread)
    {
        Thread* before = last;
        thread->WaitNext = null;
        thread->WaitPrevious = before;
        last = thread;
        if (before == null)
        {
            First = thread;
            return;
        }

        before->WaitNext = thread;
    }

    /// <summary>Takes the first thread, <paramref name="thread"/>, out.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void RemoveFirst(Thread* thread)
    {
        Thread* next = thread->WaitNext;
        First = next;
        if (next == null)
        {
            last = null;
            return;
        }

        next->WaitPrevious = null;
    }

    /// <summary>Takes a thread out.</summary>
    public void Remove(Thread* thread)
    {
        if (thread->WaitPrevious == null)
        {
            First = thread->WaitNext;
        }
        else
        {
            thread->WaitPrevious->WaitNext = thread->WaitNext;
        }

        if (thread->WaitNext == null)
        {
            last = thread->WaitPrevious;
        }
        else
        {
            thread->WaitNext->WaitPrevious = thread->WaitPrevious;
        }
    }
}

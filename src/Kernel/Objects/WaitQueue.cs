namespace Tierce.Kernel;

/// <summary>Threads that wait for the same thing, first come first served. O(1).</summary>
public unsafe struct WaitQueue
{
    /// <summary>The one that has waited longest, or null.</summary>
    public Thread* First;

    private Thread* last;

    /// <summary>Adds a thread at the end.</summary>
    public void Append(Thread* thread)
    {
        thread->WaitNext = null;
        thread->WaitPrevious = last;
        if (last == null)
        {
            First = thread;
        }
        else
        {
            last->WaitNext = thread;
        }

        last = thread;
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

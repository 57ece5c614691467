using System.Runtime.CompilerServices;
using Tierce.Kernel.Arch;

namespace Tierce.Kernel.Scheduling;

/// <summary>
/// The pending timers of a CPU: a binary heap whose nodes are the timers themselves, so that arming needs no memory.
/// The heap is a complete tree; the way to place <c>n</c> is the bits of <c>n</c> below the highest. Every operation
/// is O(log timers) at worst.
/// </summary>
public unsafe struct TimerQueue
{
    private Timer* root;
    private ulong count;
    private ulong programmed;

    /// <summary>Earliest deadline in TSC ticks; 0 if there is none.</summary>
    public readonly ulong Earliest => root == null ? 0 : root->Deadline;

    /// <summary>Number of pending timers.</summary>
    public readonly ulong Count => count;

    /// <summary>Arms a timer. Takes it out of the queue first if necessary.</summary>
    public void Arm(Timer* timer, ulong deadline, TimerKind kind, Thread* owner)
    {
        if (timer->Armed)
        {
            Remove(timer);
        }

        timer->Deadline = deadline;
        timer->Kind = kind;
        timer->Owner = owner;
        timer->Armed = true;
        Insert(timer);
        Invariant.Holds(count != 0 && root->Parent == null);
        Invariant.Holds(root->Deadline <= deadline);
        if (root == timer && (programmed == 0 || deadline < programmed))
        {
            Program();
        }
    }

    /// <summary>Takes a timer out. The hardware may still fire for it, which does no harm.</summary>
    public void Cancel(Timer* timer)
    {
        if (timer->Armed)
        {
            timer->Armed = false;
            Remove(timer);
        }
    }

    /// <summary>Whether there is a timer whose deadline has passed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool HasExpired(ulong now) => root != null && root->Deadline <= now;

    /// <summary>Takes out the earliest timer; the queue must not be empty. <see cref="Program"/> must follow the last one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Timer* TakeEarliest()
    {
        Timer* timer = root;
        Cancel(timer);
        return timer;
    }

    /// <summary>Programs the hardware for the earliest deadline.</summary>
    public void Program()
    {
        programmed = Earliest;
        Machine.ArmTimer(programmed);
    }

    private void Insert(Timer* timer)
    {
        timer->Left = null;
        timer->Right = null;
        timer->Parent = null;
        count++;
        if (root == null)
        {
            root = timer;
            return;
        }

        Timer* parent = At(count >> 1);
        Invariant.Holds((count & 1) == 0 ? parent->Left == null : parent->Left != null);
        Invariant.Holds(parent->Right == null);
        timer->Parent = parent;
        if ((count & 1) == 0)
        {
            parent->Left = timer;
        }
        else
        {
            parent->Right = timer;
        }

        Rise(timer);
    }

    private void Remove(Timer* timer)
    {
        Invariant.Holds(count != 0);
        Invariant.Holds(At(count)->Left == null && At(count)->Right == null);
        Invariant.Holds(timer->Parent == null ? root == timer : timer->Parent->Left == timer || timer->Parent->Right == timer);
        Timer* last = At(count);
        count--;
        ReplaceInParent(last, null);
        if (last == timer)
        {
            return;
        }

        last->Left = timer->Left;
        last->Right = timer->Right;
        last->Parent = timer->Parent;
        ReplaceInParent(timer, last);
        AdoptChildren(last);
        Sink(last);
        Rise(last);
    }

    /// <summary>The node at place <paramref name="index"/>: 1 is the root, 2n and 2n+1 the children of n.</summary>
    private readonly Timer* At(ulong index)
    {
        Invariant.Holds(index != 0 && index <= count);
        int bit = 0;
        while (index >> (bit + 1) != 0)
        {
            bit++;
        }

        Timer* node = root;
        while (--bit >= 0)
        {
            node = ((index >> bit) & 1) == 0 ? node->Left : node->Right;
        }

        return node;
    }

    private void Rise(Timer* node)
    {
        while (node->Parent != null && node->Deadline < node->Parent->Deadline)
        {
            SwapWithChild(node->Parent, node);
        }
    }

    private void Sink(Timer* node)
    {
        while (true)
        {
            Timer* least = node;
            if (node->Left != null && node->Left->Deadline < least->Deadline)
            {
                least = node->Left;
            }

            if (node->Right != null && node->Right->Deadline < least->Deadline)
            {
                least = node->Right;
            }

            if (least == node)
            {
                return;
            }

            SwapWithChild(node, least);
        }
    }

    private void SwapWithChild(Timer* parent, Timer* child)
    {
        Invariant.Holds(child->Parent == parent);
        Invariant.Holds((parent->Left == child) != (parent->Right == child));
        Timer* left = child->Left;
        Timer* right = child->Right;
        ReplaceInParent(parent, child);
        child->Parent = parent->Parent;
        if (parent->Left == child)
        {
            child->Left = parent;
            child->Right = parent->Right;
        }
        else
        {
            child->Left = parent->Left;
            child->Right = parent;
        }

        parent->Left = left;
        parent->Right = right;
        AdoptChildren(child);
        AdoptChildren(parent);
    }

    private void ReplaceInParent(Timer* node, Timer* replacement)
    {
        Timer* parent = node->Parent;
        if (parent == null)
        {
            root = replacement;
        }
        else if (parent->Left == node)
        {
            parent->Left = replacement;
        }
        else
        {
            parent->Right = replacement;
        }
    }

    private static void AdoptChildren(Timer* node)
    {
        if (node->Left != null)
        {
            node->Left->Parent = node;
        }

        if (node->Right != null)
        {
            node->Right->Parent = node;
        }
    }
}

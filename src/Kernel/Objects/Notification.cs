using System.Runtime.InteropServices;
using Tierce.Abi;
using Tierce.Kernel.Processors;
using Tierce.Kernel.Scheduling;
using Tierce.Kernel.VirtualCpu;

namespace Tierce.Kernel.Objects;

/// <summary>A word of 64 bits. Many can set bits in it, and one waiter takes them all at once.</summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct Notification
{
    /// <summary>Head of the object.</summary>
    public KernelObject Object;

    /// <summary>Bits that have not been taken yet.</summary>
    public ulong Bits;

    /// <summary>Threads that wait for bits.</summary>
    public WaitQueue Waiters;

    /// <summary>Whether interrupt lines are masked until <see cref="Bits"/> are taken.</summary>
    public bool HoldsLines;

    /// <summary>Child of the capability of the virtual CPU that bits are bound to; type None while none are.</summary>
    public Capability Binding;

    /// <summary>Bits that become <see cref="BoundEvents"/> of that virtual CPU.</summary>
    public ulong BoundBits;

    /// <summary><see cref="VCpuEvent"/> bits.</summary>
    public ulong BoundEvents;

    /// <summary>
    /// Sets bits. The first waiter, if there is one, takes them all. Bound bits become events of the virtual CPU instead.
    /// </summary>
    public static void Signal(PerCpu* cpu, Notification* notification, ulong bits)
    {
        Invariant.Holds(notification->Bits == 0 || notification->Waiters.First == null);
        Invariant.Holds(notification->BoundBits == 0 || notification->Binding.Type == CapabilityType.VCpuBinding);
        if ((bits & notification->BoundBits) != 0)
        {
            Thread* bound = (Thread*)notification->Binding.Object;
            if (!bound->Object.Dying)
            {
                bits &= ~notification->BoundBits;
                VCpu.Raise(cpu, bound->VCpu, notification->BoundEvents);
            }
        }

        notification->Bits |= bits;
        Thread* waiter = notification->Waiters.First;
        if (waiter == null || notification->Bits == 0)
        {
            return;
        }

        Invariant.Holds(waiter->Wait == WaitKind.Notification && waiter->WaitObject == notification);
        Thread.Results<NotificationWaitResults>(waiter)->Bits = notification->Bits;
        notification->Bits = 0;
        Wake(cpu, notification, waiter, Status.Ok);
    }

    /// <summary>Signals through an embedded link: bits of the link, or <paramref name="bits"/> if that is not 0. A dead link does nothing.</summary>
    public static void SignalLink(PerCpu* cpu, Capability* link, ulong bits)
    {
        if (link->Type == CapabilityType.NotificationLink)
        {
            Signal(cpu, (Notification*)link->Object, bits == 0 ? link->A : bits);
        }
    }

    /// <summary>Makes an embedded capability a link to the notification of <paramref name="cap"/>.</summary>
    public static void MakeLink(Capability* link, Capability* cap, ulong bits) =>
        Derivation.Fill(link, CapabilityType.NotificationLink, CapRights.Send, cap->Object, bits << (int)cap->A, cap->A, cap);

    /// <summary>Makes a thread wait for bits, until a deadline in TSC ticks if that is not 0.</summary>
    public static void Wait(PerCpu* cpu, Notification* notification, Thread* thread, ulong deadline)
    {
        Invariant.Holds(notification->Bits == 0 && !thread->Timer.Armed);
        thread->WaitObject = notification;
        notification->Waiters.Append(thread);
        Scheduler.Block(cpu, thread, WaitKind.Notification);
        if (deadline != 0)
        {
            cpu->Timers.Arm(&thread->Timer, deadline, TimerKind.Wait, thread);
        }
    }

    /// <summary>The deadline of a wait has passed.</summary>
    public static void WaitTimedOut(PerCpu* cpu, Thread* thread)
    {
        if (thread->Wait == WaitKind.Notification)
        {
            Wake(cpu, (Notification*)thread->WaitObject, thread, Status.TimedOut);
        }
    }

    /// <summary>Binds bits to the virtual CPU of <paramref name="vcpu"/>. None may be bound yet. Bits that are set already stay.</summary>
    public static void Bind(Notification* notification, ulong bits, ulong events, Capability* vcpu)
    {
        Invariant.Holds(bits != 0 && notification->BoundBits == 0 && notification->Binding.Type == CapabilityType.None);
        Invariant.Holds(events != 0 && (events & ~VCpuEvent.FromOutside) == 0);
        Derivation.Fill(&notification->Binding, CapabilityType.VCpuBinding, CapRights.None, vcpu->Object, (ulong)notification, 0, vcpu);
        notification->BoundBits = bits;
        notification->BoundEvents = events;
    }

    /// <summary>Ends the binding, if there is one. Events that were raised remain. Returns as <see cref="Derivation.Delete"/>.</summary>
    public static bool Unbind(PerCpu* cpu, Notification* notification, ref int budget) =>
        notification->Binding.Type == CapabilityType.None || Derivation.Delete(cpu, &notification->Binding, ref budget);

    /// <summary>Wakes all waiters with <see cref="Status.Gone"/>, and ends the binding.</summary>
    public static bool Quiesce(PerCpu* cpu, Notification* notification, ref int budget)
    {
        if (!Unbind(cpu, notification, ref budget))
        {
            return false;
        }

        while (notification->Waiters.First != null)
        {
            if (--budget < 0)
            {
                return false;
            }

            Wake(cpu, notification, notification->Waiters.First, Status.Gone);
        }

        return true;
    }

    private static void Wake(PerCpu* cpu, Notification* notification, Thread* thread, Status status)
    {
        notification->Waiters.Remove(thread);
        cpu->Timers.Cancel(&thread->Timer);
        thread->Context.Status = unchecked((ulong)status);
        Scheduler.MakeReady(cpu, thread);
    }
}

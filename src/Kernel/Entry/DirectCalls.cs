using System.Runtime.CompilerServices;
using Tierce.Abi;
using Tierce.Kernel.Arch;
using Tierce.Kernel.Objects;
using Tierce.Kernel.Processors;
using Tierce.Kernel.Scheduling;
using Tierce.Kernel.Switching;

namespace Tierce.Kernel.Entry;

/// <summary>
/// Calls and interrupts that pass the processor directly from one thread to another: a call that meets its server, a reply that meets its
/// client, a signal or an interrupt that wakes a thread of higher priority, a wait after which another thread runs, a driver's signal and
/// wait. Each does in one step what its own file and <see cref="Scheduler.Choose"/> do together. If anything else could result, the long
/// way is taken.
/// </summary>
/// <remarks>
/// The caller is the thread that <see cref="Scheduler.Choose"/> would choose: no thread of higher priority is ready, and one of the same
/// priority only while the slice timer is armed. Each instruction counts here: values are read once, shared code is inlined, and counters
/// are written as additions, which become one instruction.
/// </remarks>
public static unsafe class DirectCalls
{
    // SAFETY: kernel objects: a capability's type says what its object is, and a ready queue holds threads.

    /// <summary>Executes the call in the caller's registers: the short way if it leads to another thread, otherwise the long way.</summary>
    /// <returns>The thread to resume. Its state is in the processor.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Thread* Enter(PerCpu* cpu, Thread* caller, ulong now)
    {
        // The most frequent calls come first, because a jump through a table costs more.
        KernelCall call = (KernelCall)caller->Context.Number;
        if (call == KernelCall.IpcCall)
        {
            return Call(cpu, caller, now);
        }

        if (call == KernelCall.IpcReplyReceive)
        {
            return ReplyReceive(cpu, caller, now);
        }

        if (call == KernelCall.SignalWait)
        {
            return SignalWait(cpu, caller, now);
        }

        if (call == KernelCall.NotificationWait)
        {
            return Wait(cpu, caller, now);
        }

        return call == KernelCall.NotificationSignal ? Signal(cpu, caller, now) : TrapHandlers.CallOnward(cpu, caller);
    }

    /// <summary>
    /// Handles an interrupt of a line, in ring 3: the short way if it wakes a thread of higher priority and does nothing else.
    /// </summary>
    /// <returns>As <see cref="Enter"/>.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Thread* Interrupt(PerCpu* cpu, Thread* current, InterruptLine* line, ulong now)
    {
        if (line->Link.Type != CapabilityType.NotificationLink)
        {
            return TrapHandlers.LineOnward(cpu, current, line);
        }

        // If a thread waits, no bit is set, so the last interrupt has been taken.
        Notification* notification = (Notification*)line->Link.Object;
        ulong bits = line->Link.A;
        Thread* waiter = notification->Waiters.First;
        if (waiter == null || (bits & notification->BoundBits) != 0 || waiter->Priority <= current->Priority || waiter->Timer.Armed || waiter->Suspended)
        {
            return TrapHandlers.LineOnward(cpu, current, line);
        }

        return line->Level || cpu->SliceTimer.Armed || Budget.Begins(waiter)
            ? InterruptMore(cpu, current, line, now)
            : WakeDirect(cpu, current, notification, waiter, bits, now);
    }

    private static Thread* InterruptMore(PerCpu* cpu, Thread* current, InterruptLine* line, ulong now)
    {
        Notification* notification = (Notification*)line->Link.Object;
        Thread* waiter = notification->Waiters.First;
        Scheduler.Charge(current, now);
        cpu->Timers.Cancel(&cpu->SliceTimer);
        if (line->Level)
        {
            Machine.MaskInterrupt(line->Number);
        }

        if (Budget.Begins(waiter))
        {
            Budget.Begin(cpu, waiter);
        }

        return WakeDirect(cpu, current, notification, waiter, line->Link.A, now);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Thread* WakeDirect(PerCpu* cpu, Thread* current, Notification* notification, Thread* waiter, ulong bits, ulong now)
    {
        cpu->Interrupts = cpu->Interrupts + 1;
        Machine.EndInterrupt();
        DeliverBits(cpu, notification, waiter, bits);
        Scheduler.Pass(current, waiter, now);
        return current->VCpu == null ? ContextSwitch.Between(cpu, current, waiter) : ContextSwitch.FromGuest(cpu, current, waiter);
    }

    private static Thread* Call(PerCpu* cpu, Thread* caller, ulong now)
    {
        // If there is a capability to delegate, its slot makes the number too large to be found.
        Domain* domain = caller->Domain;
        if (!CapabilitySpace.TryFind(domain, Thread.Arguments<IpcCallArguments>(caller)->Target, out Capability* cap)
            || !Capability.Is(cap, CapabilityType.Endpoint, CapRights.Send))
        {
            return TrapHandlers.CallOnward(cpu, caller);
        }

        Endpoint* endpoint = (Endpoint*)cap->Object;
        Thread* server = endpoint->Receivers.First;
        if (server == null || endpoint->Object.Dying || domain->Object.Dying || !CanReplace(cpu, caller, server))
        {
            return TrapHandlers.CallOnward(cpu, caller);
        }

        endpoint->Receivers.RemoveFirst(server);
        caller->Server = server;
        server->Client = caller;
        Endpoint.CopyMessage(caller, server);
        Thread.Results<IpcReceiveResults>(server)->Badge = cap->A;
        return Replace(cpu, caller, server, WaitKind.Reply, now);
    }

    private static Thread* ReplyReceive(PerCpu* cpu, Thread* caller, ulong now)
    {
        // If there is a slot to receive into, likewise.
        Domain* domain = caller->Domain;
        Thread* client = caller->Client;
        if (!CapabilitySpace.TryFind(domain, Thread.Arguments<IpcReplyReceiveArguments>(caller)->Source, out Capability* cap)
            || !Capability.Is(cap, CapabilityType.Endpoint, CapRights.Receive))
        {
            return TrapHandlers.CallOnward(cpu, caller);
        }

        Endpoint* endpoint = (Endpoint*)cap->Object;
        if (client == null || endpoint->Callers.First != null || endpoint->Object.Dying || domain->Object.Dying || !CanReplace(cpu, caller, client))
        {
            return TrapHandlers.CallOnward(cpu, caller);
        }

        client->Server = null;
        caller->Client = null;
        Endpoint.CopyMessage(caller, client);
        Thread.Results<IpcCallResults>(client)->Badge = 0;
        caller->TransferSlot = 0;
        caller->WaitObject = endpoint;
        endpoint->Receivers.Append(caller);
        return Replace(cpu, caller, client, WaitKind.Receive, now);
    }

    private static Thread* Signal(PerCpu* cpu, Thread* caller, ulong now)
    {
        NotificationSignalArguments* arguments = Thread.Arguments<NotificationSignalArguments>(caller);
        Domain* domain = caller->Domain;
        if (!CapabilitySpace.TryFind(domain, arguments->Notification, out Capability* cap) || !Capability.Is(cap, CapabilityType.Notification, CapRights.Send))
        {
            return TrapHandlers.CallOnward(cpu, caller);
        }

        Notification* notification = (Notification*)cap->Object;
        ulong bits = arguments->Bits << (int)cap->A;
        Thread* waiter = notification->Waiters.First;
        bool direct = waiter != null && bits != 0 && !notification->Object.Dying && !domain->Object.Dying
            && waiter->Priority > caller->Priority && CanWake(waiter) && !cpu->SliceTimer.Armed && (bits & notification->BoundBits) == 0;
        if (!direct)
        {
            return TrapHandlers.CallOnward(cpu, caller);
        }

        caller->Context.Status = (ulong)Status.Ok;
        DeliverBits(cpu, notification, waiter, bits);
        return Pass(cpu, caller, waiter, now);
    }

    /// <summary>Signals a thread, or a virtual CPU, that runs when the caller waits, which it then does.</summary>
    private static Thread* SignalWait(PerCpu* cpu, Thread* caller, ulong now)
    {
        SignalWaitArguments* arguments = Thread.Arguments<SignalWaitArguments>(caller);
        Domain* domain = caller->Domain;
        if (!CapabilitySpace.TryFind(domain, arguments->Source, out Capability* source) || !Capability.Is(source, CapabilityType.Notification, CapRights.Receive)
            || !CapabilitySpace.TryFind(domain, arguments->Target, out Capability* target))
        {
            return TrapHandlers.CallOnward(cpu, caller);
        }

        Notification* notification = (Notification*)source->Object;
        uint others = Scheduler.Others(cpu, caller);
        if ((notification->Bits | arguments->Deadline) != 0 || notification->Object.Dying || domain->Object.Dying || others == 0 || cpu->SliceTimer.Armed)
        {
            return TrapHandlers.CallOnward(cpu, caller);
        }

        ulong events = arguments->Bits;
        Thread* next = (Thread*)target->Object;
        if (Capability.Is(target, CapabilityType.Notification, CapRights.Send))
        {
            Notification* signalled = (Notification*)next;
            events <<= (int)target->A;
            if (signalled->Object.Dying || events == 0)
            {
                return TrapHandlers.CallOnward(cpu, caller);
            }

            ulong bound = signalled->BoundBits;
            if (events != bound)
            {
                return (events & bound) == 0
                    ? WakeAndWait(cpu, caller, signalled, events, notification, others, now)
                    : TrapHandlers.CallOnward(cpu, caller);
            }

            next = (Thread*)signalled->Binding.Object;
            events = signalled->BoundEvents;
        }
        else if (Capability.Is(target, CapabilityType.VCpu, CapRights.Control))
        {
            events &= VCpuEvent.FromOutside;
        }
        else
        {
            return TrapHandlers.CallOnward(cpu, caller);
        }

        // A virtual CPU that is ready is not being destroyed, and does not wait for an event.
        if ((Thread*)cpu->Ready[Scheduler.Highest(others)] != next || next->ReadyNext != next)
        {
            return TrapHandlers.CallOnward(cpu, caller);
        }

        cpu->Calls = cpu->Calls + 1;
        WaitAt(cpu, caller, notification, others);
        Scheduler.Pass(caller, next, now);
        return ContextSwitch.ToGuest(cpu, caller, next, events);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Thread* WakeAndWait(PerCpu* cpu, Thread* caller, Notification* signalled, ulong bits, Notification* notification, uint others, ulong now)
    {
        Thread* waiter = signalled->Waiters.First;
        if (waiter == null || signalled == notification || others >> waiter->Priority != 0 || !CanWake(waiter))
        {
            return TrapHandlers.CallOnward(cpu, caller);
        }

        WaitAt(cpu, caller, notification, others);
        DeliverBits(cpu, signalled, waiter, bits);
        return Pass(cpu, caller, waiter, now);
    }

    private static Thread* Wait(PerCpu* cpu, Thread* caller, ulong now)
    {
        NotificationWaitArguments* arguments = Thread.Arguments<NotificationWaitArguments>(caller);

        // A thread with a budget leaves by the long way, which charges it.
        Domain* domain = caller->Domain;
        if (!CapabilitySpace.TryFind(domain, arguments->Notification, out Capability* cap) || !Capability.Is(cap, CapabilityType.Notification, CapRights.Receive)
            || arguments->Deadline != 0 || caller->Budget != 0)
        {
            return TrapHandlers.CallOnward(cpu, caller);
        }

        Notification* notification = (Notification*)cap->Object;
        uint others = Scheduler.Others(cpu, caller);
        bool waits = notification->Bits == 0 && !notification->Object.Dying && !domain->Object.Dying;
        if (!waits || others == 0 || cpu->SliceTimer.Armed)
        {
            return TrapHandlers.CallOnward(cpu, caller);
        }

        Thread* next = (Thread*)cpu->Ready[Scheduler.Highest(others)];
        if (next->ReadyNext != next || next->VCpu != null)
        {
            return TrapHandlers.CallOnward(cpu, caller);
        }

        // The thread may have been interrupted with descriptors of a guest, which may be another's by now.
        next->Frame.Cs = Thread.UserCode;
        next->Frame.Ss = Thread.UserData;

        WaitAt(cpu, caller, notification, others);
        return Pass(cpu, caller, next, now);
    }

    /// <summary>The caller, which is alone in its ready queue, begins to wait for bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void WaitAt(PerCpu* cpu, Thread* caller, Notification* notification, uint others)
    {
        caller->WaitObject = notification;
        notification->Waiters.Append(caller);
        caller->Wait = WaitKind.Notification;
        Scheduler.RemoveOnly(cpu, caller, others);
    }

    /// <summary>Whether a thread that waits for bits does so without a deadline, and can run at once when it gets some.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool CanWake(Thread* waiter) => !waiter->Timer.Armed && !waiter->Suspended && waiter->Budget == 0;

    /// <summary>
    /// Gives the bits to the first waiter. It then has the highest priority of all ready threads, and is alone in its ready queue.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void DeliverBits(PerCpu* cpu, Notification* notification, Thread* waiter, ulong bits)
    {
        // No bit is set already, because otherwise no thread would wait.
        notification->Waiters.RemoveFirst(waiter);
        Thread.Results<NotificationWaitResults>(waiter)->Bits = bits;
        waiter->Context.Status = (ulong)Status.Ok;
        waiter->Wait = WaitKind.None;
        Scheduler.MakeOnly(cpu, waiter);
    }

    /// <summary>
    /// Whether <paramref name="next"/>, which waits, runs at once when it becomes ready and <paramref name="caller"/> waits. The slice
    /// timer is armed while others of the caller's priority are ready.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool CanReplace(PerCpu* cpu, Thread* caller, Thread* next) =>
        !next->Suspended && next->Budget == 0 && next->Priority >= caller->Priority && !cpu->SliceTimer.Armed;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Thread* Replace(PerCpu* cpu, Thread* caller, Thread* next, WaitKind wait, ulong now)
    {
        // The thread that wakes the caller sets its status.
        next->Context.Status = (ulong)Status.Ok;
        caller->Wait = wait;
        next->Wait = WaitKind.None;
        Scheduler.Replace(cpu, caller, next);
        return Pass(cpu, caller, next, now);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Thread* Pass(PerCpu* cpu, Thread* caller, Thread* next, ulong now)
    {
        cpu->Calls = cpu->Calls + 1;
        Scheduler.Pass(caller, next, now);
        return ContextSwitch.Between(cpu, caller, next);
    }
}

using System.Runtime.CompilerServices;
using Tierce.Abi;

namespace Tierce.Kernel;

/// <summary>
/// Calls and interrupts that pass the processor straight from one thread to another: a call that meets its server, a reply that meets its
/// client, a signal or an interrupt that wakes a more urgent thread, a wait that lets another go on, a driver's signal and wait. Each does
/// in one step what its own file and <see cref="Scheduler.Choose"/> do together; wherever anything else could come of it, nothing is done
/// here.
/// </summary>
/// <remarks>
/// The caller is the thread that <see cref="Scheduler.Choose"/> would choose: nobody more urgent is ready. Instructions count here:
/// what is read twice is read once, what is shared is inlined.
/// </remarks>
public static unsafe class DirectCalls
{
    /// <summary>Carries out the call in the caller's registers, if it leads straight to another thread.</summary>
    /// <returns>That thread, to which has been switched; or null: nothing has changed.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Thread* Try(PerCpu* cpu, Thread* caller)
    {
        ulong number = caller->Frame.Rax;
        if (number == (ulong)KernelCall.IpcCall)
        {
            return Call(cpu, caller);
        }

        if (number == (ulong)KernelCall.IpcReplyReceive)
        {
            return ReplyReceive(cpu, caller);
        }

        if (number == (ulong)KernelCall.SignalWait)
        {
            return SignalWait(cpu, caller);
        }

        if (number - (ulong)KernelCall.NotificationSignal > KernelCall.NotificationWait - KernelCall.NotificationSignal)
        {
            return null;
        }

        return number == (ulong)KernelCall.NotificationSignal ? Signal(cpu, caller) : Wait(cpu, caller);
    }

    /// <summary>An interrupt of the current thread, in ring 3: leads to whom it wakes, if that is a more urgent thread.</summary>
    /// <returns>That thread, to which has been switched; or null: nothing has changed.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Thread* Interrupt(PerCpu* cpu, Thread* current, uint number)
    {
        InterruptLine* line = InterruptLine.Get((int)number);
        if (line->Link.Type != CapabilityType.NotificationLink)
        {
            return null;
        }

        // Where somebody waits no bit is set, so that the line is not behind.
        Notification* notification = (Notification*)line->Link.Object;
        Thread* waiter = notification->Waiters.First;
        ulong bits = line->Link.A;
        if (waiter == null || (bits & notification->BoundBits) != 0 || !IsWokenBy(current, waiter))
        {
            return null;
        }

        if (line->Level)
        {
            Machine.MaskInterrupt((int)number);
        }

        cpu->Interrupts++;
        Machine.EndInterrupt();
        Wake(cpu, current, notification, waiter, bits);
        return current->VCpu == null ? ContextSwitch.Between(cpu, current, waiter) : ContextSwitch.FromGuest(cpu, current, waiter);
    }

    private static Thread* Call(PerCpu* cpu, Thread* caller)
    {
        // With a capability to hand over, the slot's number is too large to be found.
        Domain* domain = caller->Domain;
        Capability* cap = domain->Capabilities.Find(caller->Frame.Rdi);
        if (cap == null || cap->Type != CapabilityType.Endpoint || !cap->Has(CapRights.Send))
        {
            return null;
        }

        Endpoint* endpoint = (Endpoint*)cap->Object;
        Thread* server = endpoint->Receivers.First;
        if (server == null || endpoint->Object.Dying || domain->Object.Dying || !CanReplace(cpu, caller, server))
        {
            return null;
        }

        endpoint->Receivers.RemoveFirst(server);
        caller->Server = server;
        server->Client = caller;
        Endpoint.CopyMessage(&caller->Frame, &server->Frame);
        server->Frame.Rdi = cap->A;
        return Replace(cpu, caller, server, WaitKind.Reply);
    }

    private static Thread* ReplyReceive(PerCpu* cpu, Thread* caller)
    {
        // With a slot to receive into, likewise.
        Domain* domain = caller->Domain;
        Thread* client = caller->Client;
        Capability* cap = domain->Capabilities.Find(caller->Frame.Rdi);
        if (cap == null || cap->Type != CapabilityType.Endpoint || !cap->Has(CapRights.Receive))
        {
            return null;
        }

        Endpoint* endpoint = (Endpoint*)cap->Object;
        if (client == null || endpoint->Callers.First != null || endpoint->Object.Dying || domain->Object.Dying || !CanReplace(cpu, caller, client))
        {
            return null;
        }

        client->Server = null;
        caller->Client = null;
        Endpoint.CopyMessage(&caller->Frame, &client->Frame);
        client->Frame.Rdi = 0;
        caller->TransferSlot = 0;
        caller->WaitObject = endpoint;
        endpoint->Receivers.Append(caller);
        return Replace(cpu, caller, client, WaitKind.Receive);
    }

    private static Thread* Signal(PerCpu* cpu, Thread* caller)
    {
        Domain* domain = caller->Domain;
        Capability* cap = domain->Capabilities.Find(caller->Frame.Rdi);
        if (cap == null || cap->Type != CapabilityType.Notification || !cap->Has(CapRights.Send))
        {
            return null;
        }

        Notification* notification = (Notification*)cap->Object;
        ulong set = caller->Frame.Rsi << (int)cap->A;
        ulong bits = notification->Bits | set;
        Thread* waiter = notification->Waiters.First;
        bool direct = waiter != null && bits != 0 && !notification->Object.Dying && !domain->Object.Dying
            && IsWokenBy(caller, waiter) && (set & notification->BoundBits) == 0;
        if (!direct)
        {
            return null;
        }

        cpu->Calls++;
        caller->Frame.Rax = (ulong)Status.Ok;
        Wake(cpu, caller, notification, waiter, bits);
        return ContextSwitch.Between(cpu, caller, waiter);
    }

    /// <summary>Signals a thread, or a virtual CPU, that is to run when the caller waits, as it does then.</summary>
    private static Thread* SignalWait(PerCpu* cpu, Thread* caller)
    {
        Domain* domain = caller->Domain;
        Capability* source = domain->Capabilities.Find(caller->Frame.Rdx);
        Capability* target = domain->Capabilities.Find(caller->Frame.Rdi);
        if (target == null || source == null || source->Type != CapabilityType.Notification || !source->Has(CapRights.Receive))
        {
            return null;
        }

        Notification* notification = (Notification*)source->Object;
        uint others = cpu->ReadyMask & ~(1U << caller->Priority);
        bool waits = notification->Bits == 0 && !notification->Object.Dying && !domain->Object.Dying && caller->Frame.R10 == 0;
        if (!waits || others == 0 || caller->ReadyNext != caller || cpu->SliceTimer.Armed)
        {
            return null;
        }

        ulong events = caller->Frame.Rsi;
        Thread* next = (Thread*)target->Object;
        if (target->Type == CapabilityType.Notification && target->Has(CapRights.Send))
        {
            Notification* signalled = (Notification*)next;
            events <<= (int)target->A;
            if (signalled->Object.Dying || events == 0)
            {
                return null;
            }

            if ((events & signalled->BoundBits) == 0)
            {
                return WakeAndWait(cpu, caller, signalled, signalled->Bits | events, notification, others);
            }

            if ((events & ~signalled->BoundBits) != 0)
            {
                return null;
            }

            next = (Thread*)signalled->Binding.Object;
            events = signalled->BoundEvents;
        }
        else if (target->Type != CapabilityType.VCpu || !target->Has(CapRights.Control))
        {
            return null;
        }

        if ((Thread*)cpu->Ready[Scheduler.Highest(others)] != next || next->ReadyNext != next || next->Object.Dying)
        {
            return null;
        }

        // A virtual CPU that is ready runs: it waits for no event.
        VCpu.Raise(cpu, next->VCpu, events & VCpuEvent.FromOutside);
        WaitAt(cpu, caller, notification);
        Scheduler.Pass(caller, next);
        return ContextSwitch.ToGuest(cpu, caller, next);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Thread* WakeAndWait(PerCpu* cpu, Thread* caller, Notification* signalled, ulong bits, Notification* notification, uint others)
    {
        Thread* waiter = signalled->Waiters.First;
        bool direct = waiter != null && signalled != notification && others >> waiter->Priority == 0
            && !waiter->Timer.Armed && !waiter->Suspended && waiter->Budget == 0;
        if (!direct)
        {
            return null;
        }

        WaitAt(cpu, caller, notification);
        Wake(cpu, caller, signalled, waiter, bits);
        return ContextSwitch.Between(cpu, caller, waiter);
    }

    private static Thread* Wait(PerCpu* cpu, Thread* caller)
    {
        Domain* domain = caller->Domain;
        Capability* cap = domain->Capabilities.Find(caller->Frame.Rdi);
        if (cap == null || cap->Type != CapabilityType.Notification || !cap->Has(CapRights.Receive) || caller->Frame.Rsi != 0)
        {
            return null;
        }

        Notification* notification = (Notification*)cap->Object;
        uint others = cpu->ReadyMask & ~(1U << caller->Priority);
        bool waits = notification->Bits == 0 && !notification->Object.Dying && !domain->Object.Dying;
        if (!waits || others == 0 || caller->ReadyNext != caller || cpu->SliceTimer.Armed)
        {
            return null;
        }

        Thread* next = (Thread*)cpu->Ready[Scheduler.Highest(others)];
        if (next->ReadyNext != next || next->VCpu != null)
        {
            return null;
        }

        // It may have been interrupted with descriptors of a guest's, which may be others by now.
        next->Frame.Cs = Thread.UserCode;
        next->Frame.Ss = Thread.UserData;

        WaitAt(cpu, caller, notification);
        Scheduler.Pass(caller, next);
        return ContextSwitch.Between(cpu, caller, next);
    }

    /// <summary>The caller, alone in its ready queue, begins to wait for bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void WaitAt(PerCpu* cpu, Thread* caller, Notification* notification)
    {
        cpu->Calls++;
        caller->WaitObject = notification;
        notification->Waiters.Append(caller);
        caller->Wait = WaitKind.Notification;
        Scheduler.RemoveOnly(cpu, caller);
    }

    /// <summary>Whether a thread that waits for bits, without a deadline, preempts the current one when it gets some.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsWokenBy(Thread* current, Thread* waiter) =>
        waiter->Priority > current->Priority && !waiter->Timer.Armed && !waiter->Suspended;

    /// <summary>The first waiter takes the bits; it is the most urgent thread, alone in its ready queue.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Wake(PerCpu* cpu, Thread* current, Notification* notification, Thread* waiter, ulong bits)
    {
        notification->Waiters.RemoveFirst(waiter);
        notification->Bits = 0;
        waiter->Frame.Rsi = bits;
        waiter->Frame.Rax = (ulong)Status.Ok;
        waiter->Wait = WaitKind.None;
        if (waiter->Budget != 0 && !waiter->BudgetTimer.Armed)
        {
            Budget.Begin(cpu, waiter);
        }

        if (cpu->SliceTimer.Armed)
        {
            cpu->Timers.Cancel(&cpu->SliceTimer);
        }

        Scheduler.MakeOnly(cpu, waiter);
        Scheduler.Pass(current, waiter);
    }

    /// <summary>
    /// Whether <paramref name="next"/>, which waits, runs at once when it can and <paramref name="caller"/> cannot. An armed slice timer
    /// says that others of the caller's priority were ready.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool CanReplace(PerCpu* cpu, Thread* caller, Thread* next) =>
        !next->Suspended && next->Budget == 0 && next->Priority >= caller->Priority && caller->ReadyNext == caller && !cpu->SliceTimer.Armed;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Thread* Replace(PerCpu* cpu, Thread* caller, Thread* next, WaitKind wait)
    {
        // The caller gets its status from whoever wakes it.
        next->Frame.Rax = (ulong)Status.Ok;
        caller->Wait = wait;
        next->Wait = WaitKind.None;
        Scheduler.Replace(cpu, caller, next);
        return Pass(cpu, caller, next);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Thread* Pass(PerCpu* cpu, Thread* caller, Thread* next)
    {
        cpu->Calls++;
        Scheduler.Pass(caller, next);
        return ContextSwitch.Between(cpu, caller, next);
    }
}

using System.Runtime.CompilerServices;
using Tierce.Abi;

namespace Tierce.Kernel;

/// <summary>
/// Calls that pass the processor straight from one thread of a domain to another: a call that meets its server, a reply that meets
/// its client, a signal that wakes a more urgent thread, a wait that lets another go on. Each does in one step what the call's own
/// file and <see cref="Scheduler.Choose"/> do together; wherever anything else could come of it, nothing is done here.
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

        if (number - (ulong)KernelCall.NotificationSignal > KernelCall.NotificationWait - KernelCall.NotificationSignal)
        {
            return null;
        }

        return number == (ulong)KernelCall.NotificationSignal ? Signal(cpu, caller) : Wait(cpu, caller);
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
        bool direct = waiter != null && bits != 0 && !notification->Object.Dying && !domain->Object.Dying && !waiter->Timer.Armed
            && !waiter->Suspended && waiter->Priority > caller->Priority && !cpu->SliceTimer.Armed && waiter->Budget == 0 && (set & notification->BoundBits) == 0;
        if (!direct)
        {
            return null;
        }

        notification->Waiters.RemoveFirst(waiter);
        notification->Bits = 0;
        waiter->Frame.Rsi = bits;
        waiter->Frame.Rax = (ulong)Status.Ok;
        caller->Frame.Rax = (ulong)Status.Ok;
        waiter->Wait = WaitKind.None;
        Scheduler.MakeOnly(cpu, waiter);
        return Pass(cpu, caller, waiter);
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

        caller->WaitObject = notification;
        notification->Waiters.Append(caller);
        caller->Wait = WaitKind.Notification;
        Scheduler.RemoveOnly(cpu, caller);
        return Pass(cpu, caller, next);
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

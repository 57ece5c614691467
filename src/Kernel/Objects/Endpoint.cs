using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Tierce.Abi;
using Tierce.Kernel.Processors;
using Tierce.Kernel.Scheduling;

namespace Tierce.Kernel.Objects;

/// <summary>An object at which callers and receivers meet. The message stays in registers; nothing is buffered.</summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct Endpoint
{
    /// <summary>Bit of <see cref="IpcReceiveResults.Badge"/>: a capability was received.</summary>
    public const ulong CapabilityReceived = 1UL << 63;

    /// <summary>Head of the object.</summary>
    public KernelObject Object;

    /// <summary>Threads whose call has not been received.</summary>
    public WaitQueue Callers;

    /// <summary>Threads that wait for a call.</summary>
    public WaitQueue Receivers;

    /// <summary>Call: meets the first receiver, or queues. In both cases the caller waits until the reply.</summary>
    public static void Call(PerCpu* cpu, Endpoint* endpoint, Thread* caller, ulong badge, uint transferSlot)
    {
        Invariant.Holds(endpoint->Callers.First == null || endpoint->Receivers.First == null);
        Invariant.Holds(caller->Server == null);
        caller->Badge = badge;
        caller->TransferSlot = transferSlot;
        Thread* receiver = endpoint->Receivers.First;
        if (receiver == null)
        {
            caller->WaitObject = endpoint;
            Scheduler.Block(cpu, caller, WaitKind.Call);
            endpoint->Callers.Append(caller);
            return;
        }

        Invariant.Holds(receiver->Wait == WaitKind.Receive && receiver->WaitObject == endpoint);
        endpoint->Receivers.Remove(receiver);
        Scheduler.Block(cpu, caller, WaitKind.Reply);
        Deliver(caller, receiver);
        receiver->Context.Status = (ulong)Status.Ok;
        Scheduler.MakeReady(cpu, receiver);
    }

    /// <summary>Receive: takes the call that has waited longest, or queues.</summary>
    public static void Receive(PerCpu* cpu, Endpoint* endpoint, Thread* receiver, uint transferSlot)
    {
        receiver->TransferSlot = transferSlot;
        Thread* caller = endpoint->Callers.First;
        if (caller == null)
        {
            receiver->WaitObject = endpoint;
            Scheduler.Block(cpu, receiver, WaitKind.Receive);
            endpoint->Receivers.Append(receiver);
            return;
        }

        Invariant.Holds(caller->Wait == WaitKind.Call && caller->WaitObject == endpoint);
        Invariant.Holds(caller->Server == null && !caller->Queued);
        endpoint->Callers.Remove(caller);
        caller->Wait = WaitKind.Reply;
        Deliver(caller, receiver);
    }

    /// <summary>Answers the client of <paramref name="server"/>, which must have one.</summary>
    public static void Reply(PerCpu* cpu, Thread* server)
    {
        Thread* client = server->Client;
        Invariant.Holds(client != null && client->Server == server && client->Wait == WaitKind.Reply);
        server->Client = null;
        client->Server = null;
        CopyMessage(server, client);
        Thread.Results<IpcCallResults>(client)->Badge = 0;
        client->Context.Status = (ulong)Status.Ok;
        Scheduler.MakeReady(cpu, client);
    }

    /// <summary>Removes a thread that ends: it leaves its queue, and its partners get <see cref="Status.Gone"/>.</summary>
    public static void Abandon(PerCpu* cpu, Thread* thread)
    {
        switch (thread->Wait)
        {
            case WaitKind.Call:
                ((Endpoint*)thread->WaitObject)->Callers.Remove(thread);
                break;
            case WaitKind.Receive:
                ((Endpoint*)thread->WaitObject)->Receivers.Remove(thread);
                break;
            case WaitKind.Notification:
                ((Notification*)thread->WaitObject)->Waiters.Remove(thread);
                cpu->Timers.Cancel(&thread->Timer);
                break;
            default:
                break;
        }

        Invariant.Holds(thread->Server == null || thread->Server->Client == thread);
        Invariant.Holds(thread->Client == null || thread->Client->Server == thread);
        thread->Wait = WaitKind.None;
        if (thread->Server != null)
        {
            thread->Server->Client = null;
            thread->Server = null;
        }

        if (thread->Client != null)
        {
            Thread* client = thread->Client;
            client->Server = null;
            thread->Client = null;
            Fail(cpu, client);
        }
    }

    /// <summary>Wakes all waiting threads with <see cref="Status.Gone"/>. Returns as <see cref="Derivation.Delete"/>.</summary>
    public static bool Quiesce(PerCpu* cpu, Endpoint* endpoint, ref int budget) =>
        Drain(cpu, &endpoint->Callers, ref budget) && Drain(cpu, &endpoint->Receivers, ref budget);

    private static bool Drain(PerCpu* cpu, WaitQueue* queue, ref int budget)
    {
        while (queue->First != null)
        {
            if (--budget < 0)
            {
                return false;
            }

            Thread* thread = queue->First;
            queue->Remove(thread);
            Fail(cpu, thread);
        }

        return true;
    }

    private static void Fail(PerCpu* cpu, Thread* thread)
    {
        thread->Context.Status = unchecked((ulong)Status.Gone);
        Scheduler.MakeReady(cpu, thread);
    }

    private static void Deliver(Thread* caller, Thread* receiver)
    {
        receiver->Client = caller;
        caller->Server = receiver;
        CopyMessage(caller, receiver);
        Thread.Results<IpcReceiveResults>(receiver)->Badge = caller->Badge | (Transfer(caller, receiver) ? CapabilityReceived : 0);
    }

    /// <summary>
    /// Derives the caller's capability into the receiver's slot, if both are still usable. The call itself does not depend on it.
    /// </summary>
    private static bool Transfer(Thread* caller, Thread* receiver)
    {
        if (caller->TransferSlot == 0 || receiver->TransferSlot == 0)
        {
            return false;
        }

        Capability* source = caller->Domain->Capabilities.Find(caller->TransferSlot);
        Domain* target = receiver->Domain;
        Capability* slot;
        if (source == null || !Delegation.IsPossible(source)
            || target->Capabilities.Prepare(&target->Pool, receiver->TransferSlot, &slot) != Status.Ok)
        {
            return false;
        }

        Delegation.Derive(source, slot, source->Rights);
        return true;
    }

    /// <summary>Copies the five words of a message, or of a reply, to the thread that gets it. They lie in the same places for all four.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void CopyMessage(Thread* from, Thread* to)
    {
        IpcReplyArguments* sent = Thread.Arguments<IpcReplyArguments>(from);
        IpcCallResults* received = Thread.Results<IpcCallResults>(to);
        received->Word0 = sent->Word0;
        received->Word1 = sent->Word1;
        received->Word2 = sent->Word2;
        received->Word3 = sent->Word3;
        received->Word4 = sent->Word4;
    }
}

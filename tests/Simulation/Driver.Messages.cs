using Tierce.Abi;

namespace Tierce.Simulation;

/// <content>Calls that signal, wait, exchange messages or end a thread.</content>
internal sealed unsafe partial class Driver
{
    private (string Name, Status Expected, Status Actual) Signal(ModelThread actor)
    {
        ulong slot = Pick(actor, CapabilityType.Notification);
        ulong bits = (ulong)random.Next(16);
        Status expected = Find(actor, slot, CapabilityType.Notification, CapRights.Send, out ModelCap cap);
        if (expected == Status.Ok)
        {
            world.Signal((ModelNotification)cap.Object!, bits << (int)cap.A);
        }

        Done(actor, expected, slot, bits);
        return (nameof(Signal), expected, Call(actor, KernelCall.NotificationSignal, slot, bits));
    }

    private (string Name, Status Expected, Status Actual) Wait(ModelThread actor)
    {
        ulong slot = Pick(actor, CapabilityType.Notification);
        ulong deadline = actor == root || random.Next(2) == 0 ? 1UL : 0;
        Status expected = Find(actor, slot, CapabilityType.Notification, CapRights.Receive, out ModelCap cap);
        Done(actor, expected, slot, deadline);
        if (expected == Status.Ok)
        {
            ModelNotification notification = (ModelNotification)cap.Object!;
            if (notification.Bits != 0)
            {
                actor.Rsi = notification.Bits;
                notification.Bits = 0;
            }
            else if (deadline == 1)
            {
                expected = Status.TimedOut;
                Done(actor, expected, slot, deadline);
            }
            else
            {
                notification.Waiters.Add(actor);
                world.Block(actor, WaitKind.Notification, notification);
            }
        }

        return (nameof(Wait), expected, Call(actor, KernelCall.NotificationWait, slot, deadline));
    }

    private (string Name, Status Expected, Status Actual) IpcCall(ModelThread actor)
    {
        if (actor == root)
        {
            return (nameof(IpcCall), Status.Ok, Status.Ok);
        }

        ulong slot = Pick(actor, CapabilityType.Endpoint);
        ulong transfer = random.Next(2) == 0 ? 0 : RandomSlot();
        ulong message = serial++;
        Status expected = Find(actor, slot, CapabilityType.Endpoint, CapRights.Send, out ModelCap cap);
        if (expected == Status.Ok && transfer != 0)
        {
            expected = !actor.Domain.Table.TryGetValue(transfer, out ModelCap? moved) ? Status.BadCapability
                : World.CanDelegate(moved) ? Status.Ok : Status.Denied;
        }

        Done(actor, expected, slot | (transfer << 32), message);
        if (expected == Status.Ok)
        {
            ModelEndpoint endpoint = (ModelEndpoint)cap.Object!;
            actor.Badge = cap.A;
            actor.Transfer = transfer;
            if (endpoint.Receivers.Count == 0)
            {
                endpoint.Callers.Add(actor);
                world.Block(actor, WaitKind.Call, endpoint);
            }
            else
            {
                ModelThread receiver = endpoint.Receivers[0];
                endpoint.Receivers.RemoveAt(0);
                world.Block(actor, WaitKind.Reply, null);
                World.Deliver(actor, receiver);
                world.MakeReady(receiver);
            }
        }

        return (nameof(IpcCall), expected, Call(actor, KernelCall.IpcCall, slot | (transfer << 32), message));
    }

    private (string Name, Status Expected, Status Actual) IpcReceive(ModelThread actor)
    {
        if (actor == root)
        {
            return (nameof(IpcReceive), Status.Ok, Status.Ok);
        }

        ulong slot = Pick(actor, CapabilityType.Endpoint);
        ulong transfer = random.Next(2) == 0 ? 0 : PickFree(actor.Domain);
        ulong message = serial++;
        bool reply = random.Next(2) == 0;
        Status expected = Find(actor, slot, CapabilityType.Endpoint, CapRights.Receive, out ModelCap cap);
        expected = expected == Status.Ok && transfer != 0 ? Prepare(actor.Domain, transfer) : expected;
        expected = expected == Status.Ok && !reply && actor.Client != null ? Status.BadState : expected;
        Done(actor, expected, slot | (transfer << 32), message);
        if (expected == Status.Ok)
        {
            if (actor.Client != null)
            {
                world.Reply(actor);
            }

            ModelEndpoint endpoint = (ModelEndpoint)cap.Object!;
            actor.Transfer = transfer;
            if (endpoint.Callers.Count == 0)
            {
                endpoint.Receivers.Add(actor);
                world.Block(actor, WaitKind.Receive, endpoint);
            }
            else
            {
                ModelThread caller = endpoint.Callers[0];
                endpoint.Callers.RemoveAt(0);
                caller.WaitObject = null;
                World.Deliver(caller, actor);
            }
        }

        KernelCall call = reply ? KernelCall.IpcReplyReceive : KernelCall.IpcReceive;
        return (call.ToString(), expected, Call(actor, call, slot | (transfer << 32), message));
    }

    private (string Name, Status Expected, Status Actual) IpcReply(ModelThread actor)
    {
        Status expected = actor.Client == null ? Status.Gone : Status.Ok;
        ulong message = serial++;
        Done(actor, expected, 0, message);
        if (expected == Status.Ok)
        {
            world.Reply(actor);
        }

        return (nameof(IpcReply), expected, Call(actor, KernelCall.IpcReply, 0, message));
    }

    private (string Name, Status Expected, Status Actual) EndOrYield(ModelThread actor)
    {
        if (actor == root || random.Next(6) != 0)
        {
            world.Yield(actor);
            Done(actor, Status.Ok);
            return (nameof(KernelCall.Yield), Status.Ok, Call(actor, KernelCall.Yield));
        }

        bool fault = random.Next(2) == 0;
        world.End(actor, fault);
        if (!fault)
        {
            return (nameof(KernelCall.ThreadExit), Status.Ok, Call(actor, KernelCall.ThreadExit));
        }

        ThreadLife.Fault(board.Cpu, (Thread*)actor.Address, 13, 0, 0);
        board.Exit();
        return (nameof(ThreadLife.Fault), Status.Ok, Status.Ok);
    }
}

using Tierce.Abi;

namespace Tierce.Runtime;

/// <summary>The words of one call, and on the receiver's side the badge of the caller's capability.</summary>
public struct Message
{
    /// <summary>The words, in the order of <see cref="IpcCallArguments"/>.</summary>
    public ulong Word0, Word1, Word2, Word3, Word4;

    /// <summary>Badge of the capability that was called; set by <see cref="Endpoint.Receive"/>.</summary>
    public ulong Badge;
}

/// <summary>A synchronous call gate between domains.</summary>
public readonly struct Endpoint
{
    /// <summary>Slot in this domain's table.</summary>
    public readonly uint Slot;

    /// <summary>A handle for a slot.</summary>
    public Endpoint(uint slot) => Slot = slot;

    /// <summary>Creates one from the caller's pool.</summary>
    public static Status Create(uint slot) => KernelCalls.Make(KernelCall.EndpointCreate, new EndpointCreateArguments { Slot = slot });

    /// <summary>Calls and waits for the reply, which replaces the message.</summary>
    public Status Call(ref Message message)
    {
        Status status = KernelCalls.Make(
            KernelCall.IpcCall,
            new IpcCallArguments
            {
                Endpoint = Slot,
                Word0 = message.Word0,
                Word1 = message.Word1,
                Word2 = message.Word2,
                Word3 = message.Word3,
                Word4 = message.Word4,
            },
            out IpcCallResults reply);
        message.Word0 = reply.Word0;
        message.Word1 = reply.Word1;
        message.Word2 = reply.Word2;
        message.Word3 = reply.Word3;
        message.Word4 = reply.Word4;
        return status;
    }

    /// <summary>Waits for a call.</summary>
    public Status Receive(out Message message)
    {
        Status status = KernelCalls.Make(KernelCall.IpcReceive, new IpcReceiveArguments { Endpoint = Slot }, out IpcReceiveResults received);
        message.Badge = received.Badge;
        message.Word0 = received.Word0;
        message.Word1 = received.Word1;
        message.Word2 = received.Word2;
        message.Word3 = received.Word3;
        message.Word4 = received.Word4;
        return status;
    }

    /// <summary>Answers the call received last, with no words.</summary>
    public static Status Reply() => KernelCalls.Make(KernelCall.IpcReply, default(IpcReplyArguments));
}

/// <summary>A word of bits that a domain waits for and others set.</summary>
public readonly struct Notification
{
    /// <summary>Slot in this domain's table; 0 where a call allows none.</summary>
    public readonly uint Slot;

    /// <summary>Stands for no deadline.</summary>
    public const ulong NoDeadline = 0;

    /// <summary>A handle for a slot.</summary>
    public Notification(uint slot) => Slot = slot;

    /// <summary>Creates one from the caller's pool.</summary>
    public static Status Create(uint slot) => KernelCalls.Make(KernelCall.NotificationCreate, new NotificationCreateArguments { Slot = slot });

    /// <summary>Sets bits and wakes the waiter.</summary>
    public Status Signal(ulong bits) =>
        KernelCalls.Make(KernelCall.NotificationSignal, new NotificationSignalArguments { Notification = Slot, Bits = bits });

    /// <summary>Sets bits here, then waits at another as <see cref="Wait"/> does.</summary>
    public ulong SignalAndWait(ulong bits, Notification at, ulong deadline = NoDeadline) => Machine.SignalWait(Slot, bits, at.Slot, deadline);

    /// <summary>Waits until there are bits and takes them all; 0 when the deadline (TSC ticks) passed or the call failed.</summary>
    public ulong Wait(ulong deadline = NoDeadline)
    {
        NotificationWaitArguments arguments = new() { Notification = Slot, Deadline = deadline };
        Status status = KernelCalls.Make(KernelCall.NotificationWait, arguments, out NotificationWaitResults results);
        return status == Status.Ok ? results.Bits : 0;
    }
}

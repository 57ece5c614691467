using Tierce.Abi;

namespace Tierce.Runtime;

/// <summary>The words of one call, and on the receiver's side the badge of the caller's capability.</summary>
public struct Message
{
    /// <summary>The words, in the order RSI, RDX, R10, R8, R9.</summary>
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
    public static Status Create(uint slot) => CallArguments.Do(KernelCall.EndpointCreate, slot);

    /// <summary>Calls and waits for the reply, which replaces the message.</summary>
    public Status Call(ref Message message)
    {
        CallArguments arguments;
        arguments.Rax = 0;
        arguments.Rdi = Slot;
        arguments.Rsi = message.Word0;
        arguments.Rdx = message.Word1;
        arguments.R10 = message.Word2;
        arguments.R8 = message.Word3;
        arguments.R9 = message.Word4;
        Status status = arguments.Invoke(KernelCall.IpcCall);
        Take(ref message, ref arguments);
        return status;
    }

    /// <summary>Waits for a call.</summary>
    public Status Receive(out Message message)
    {
        CallArguments arguments;
        arguments.Rax = 0;
        arguments.Rdi = Slot;
        arguments.Rsi = 0;
        arguments.Rdx = 0;
        arguments.R10 = 0;
        arguments.R8 = 0;
        arguments.R9 = 0;
        Status status = arguments.Invoke(KernelCall.IpcReceive);
        message.Badge = arguments.Rdi;
        message.Word0 = message.Word1 = message.Word2 = message.Word3 = message.Word4 = 0;
        Take(ref message, ref arguments);
        return status;
    }

    /// <summary>Answers the call received last, with no words.</summary>
    public static Status Reply() => CallArguments.Do(KernelCall.IpcReply);

    private static void Take(ref Message message, ref CallArguments arguments)
    {
        message.Word0 = arguments.Rsi;
        message.Word1 = arguments.Rdx;
        message.Word2 = arguments.R10;
        message.Word3 = arguments.R8;
        message.Word4 = arguments.R9;
    }
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
    public static Status Create(uint slot) => CallArguments.Do(KernelCall.NotificationCreate, slot);

    /// <summary>Sets bits and wakes the waiter.</summary>
    public Status Signal(ulong bits) => CallArguments.Do(KernelCall.NotificationSignal, Slot, bits);

    /// <summary>Sets bits here, then waits at another as <see cref="Wait"/> does, without a deadline.</summary>
    public ulong SignalAndWait(ulong bits, Notification at) => Machine.SignalWait(Slot, bits, at.Slot, NoDeadline);

    /// <summary>Waits until there are bits and takes them all; 0 when the deadline (TSC ticks) passed or the call failed.</summary>
    public ulong Wait(ulong deadline = NoDeadline)
    {
        CallArguments arguments;
        arguments.Rax = 0;
        arguments.Rdi = Slot;
        arguments.Rsi = deadline;
        arguments.Rdx = 0;
        arguments.R10 = 0;
        arguments.R8 = 0;
        arguments.R9 = 0;
        return arguments.Invoke(KernelCall.NotificationWait) == Status.Ok ? arguments.Rsi : 0;
    }
}

using Tierce.Abi;
using Tierce.Kernel.Objects;
using Tierce.Kernel.Processors;
using Tierce.Kernel.Scheduling;

namespace Tierce.Kernel.Calls;

/// <content><see cref="KernelCall.IpcReceive"/>.</content>
public static unsafe partial class KernelCalls
{
    private static Status IpcReceive(PerCpu* cpu, Thread* caller)
    {
        Endpoint* endpoint;
        Status status = DecodeReceive(caller, &endpoint);
        if (status != Status.Ok)
        {
            return status;
        }

        if (caller->Client != null)
        {
            return Status.BadState;
        }

        Endpoint.Receive(cpu, endpoint, caller, Thread.Arguments<IpcReceiveArguments>(caller)->Slot);
        return Status.Ok;
    }

    /// <summary>Finds the endpoint, and sees that the slot for a capability is empty. <see cref="IpcReplyReceiveArguments"/> has both in the same places.</summary>
    private static Status DecodeReceive(Thread* caller, Endpoint** endpoint)
    {
        IpcReceiveArguments* arguments = Thread.Arguments<IpcReceiveArguments>(caller);
        Capability* cap;
        Status status = Decode.Find(caller, arguments->Endpoint, CapabilityType.Endpoint, CapRights.Receive, &cap);
        if (status != Status.Ok)
        {
            return status;
        }

        *endpoint = (Endpoint*)cap->Object;
        Capability* target;
        ulong slot = arguments->Slot;
        return slot == 0 ? Status.Ok : Decode.Prepare(caller, slot, &target);
    }
}

using Tierce.Abi;
using Tierce.Kernel.Objects;
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

        Endpoint.Receive(cpu, endpoint, caller, (uint)Decode.High(caller->Frame.Rdi));
        return Status.Ok;
    }

    private static Status DecodeReceive(Thread* caller, Endpoint** endpoint)
    {
        Capability* cap;
        Status status = Decode.Find(caller, Decode.Low(caller->Frame.Rdi), CapabilityType.Endpoint, CapRights.Receive, &cap);
        if (status != Status.Ok)
        {
            return status;
        }

        *endpoint = (Endpoint*)cap->Object;
        ulong slot = Decode.High(caller->Frame.Rdi);
        Capability* target;
        return slot == 0 ? Status.Ok : Decode.Prepare(caller, slot, &target);
    }
}

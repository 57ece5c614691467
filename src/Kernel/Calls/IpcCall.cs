using Tierce.Abi;
using Tierce.Kernel.Objects;
using Tierce.Kernel.Processors;
using Tierce.Kernel.Scheduling;

namespace Tierce.Kernel.Calls;

/// <content><see cref="KernelCall.IpcCall"/>.</content>
public static unsafe partial class KernelCalls
{
    private static Status IpcCall(PerCpu* cpu, Thread* caller)
    {
        IpcCallArguments* arguments = Thread.Arguments<IpcCallArguments>(caller);
        Capability* cap;
        Status status = Decode.Find(caller, arguments->Endpoint, CapabilityType.Endpoint, CapRights.Send, &cap);
        if (status != Status.Ok)
        {
            return status;
        }

        uint transferSlot = arguments->Transfer;
        if (transferSlot != 0)
        {
            Capability* transfer = caller->Domain->Capabilities.Find(transferSlot);
            if (transfer == null)
            {
                return Status.BadCapability;
            }

            if (!Delegation.IsPossible(transfer))
            {
                return Status.Denied;
            }
        }

        Endpoint.Call(cpu, (Endpoint*)cap->Object, caller, cap->A, transferSlot);
        return Status.Ok;
    }
}

using Tierce.Abi;
using Tierce.Kernel.Objects;
using Tierce.Kernel.Processors;
using Tierce.Kernel.Scheduling;

namespace Tierce.Kernel.Calls;

/// <content><see cref="KernelCall.VCpuConnect"/>. A doorbell is connected until it is disconnected, or its notification is gone.</content>
public static unsafe partial class KernelCalls
{
    private static Status VCpuConnect(PerCpu* cpu, Thread* caller)
    {
        VCpuConnectArguments* arguments = Thread.Arguments<VCpuConnectArguments>(caller);
        Capability* vcpu;
        Status status = Decode.Find(caller, arguments->VCpu, CapabilityType.VCpu, CapRights.Control, &vcpu);
        if (status != Status.Ok)
        {
            return status;
        }

        if (arguments->Doorbell >= VCpuDoorbell.Count)
        {
            return Status.BadArgument;
        }

        Capability* link = Doorbells.At((Thread*)vcpu->Object, (int)arguments->Doorbell);
        if (arguments->Notification == 0)
        {
            int budget = Derivation.CallBudget;
            return link->Type == CapabilityType.None || Derivation.Delete(cpu, link, ref budget) ? Status.Ok : Status.Again;
        }

        Capability* notification;
        status = Decode.Find(caller, arguments->Notification, CapabilityType.Notification, CapRights.Send, &notification);
        if (status != Status.Ok)
        {
            return status;
        }

        if (arguments->Bits == 0)
        {
            return Status.BadArgument;
        }

        if (link->Type != CapabilityType.None)
        {
            return Status.BadState;
        }

        Notification.MakeLink(link, notification, arguments->Bits);
        return Status.Ok;
    }
}

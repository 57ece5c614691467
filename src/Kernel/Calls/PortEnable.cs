using Tierce.Abi;
using Tierce.Kernel.Objects;
using Tierce.Kernel.Processors;
using Tierce.Kernel.Scheduling;

namespace Tierce.Kernel.Calls;

/// <content><see cref="KernelCall.PortEnable"/>.</content>
public static unsafe partial class KernelCalls
{
    private static Status PortEnable(PerCpu* cpu, Thread* caller)
    {
        PortEnableArguments* arguments = Thread.Arguments<PortEnableArguments>(caller);
        Capability* ports;
        Status status = Decode.Find(caller, arguments->Ports, CapabilityType.Ports, CapRights.Control, &ports);
        if (status != Status.Ok)
        {
            return status;
        }

        Domain* domain;
        status = Decode.FindDomain(caller, arguments->Domain, &domain);
        if (status != Status.Ok)
        {
            return status;
        }

        Capability* grant = Domain.FreePortSlot(domain);
        if (grant == null)
        {
            return Status.NoMemory;
        }

        Derivation.Fill(grant, CapabilityType.PortGrant, CapRights.None, domain, ports->A, ports->B, ports);
        Domain.PortsAdded(cpu, domain);
        return Status.Ok;
    }
}

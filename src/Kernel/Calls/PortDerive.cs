using Tierce.Abi;
using Tierce.Kernel.Objects;
using Tierce.Kernel.Scheduling;

namespace Tierce.Kernel.Calls;

/// <content><see cref="KernelCall.PortDerive"/>.</content>
public static unsafe partial class KernelCalls
{
    private static Status PortDerive(Thread* caller)
    {
        PortDeriveArguments* arguments = Thread.Arguments<PortDeriveArguments>(caller);
        Capability* ports;
        Status status = Decode.Find(caller, arguments->Ports, CapabilityType.Ports, CapRights.None, &ports);
        if (status != Status.Ok)
        {
            return status;
        }

        if (arguments->First < ports->A || !Decode.IsPart(arguments->First - ports->A, arguments->Count, ports->B))
        {
            return Status.BadArgument;
        }

        Capability* slot;
        status = Decode.Prepare(caller, arguments->Slot, &slot);
        if (status != Status.Ok)
        {
            return status;
        }

        Derivation.Fill(slot, CapabilityType.Ports, ports->Rights, null, arguments->First, arguments->Count, ports);
        return Status.Ok;
    }
}

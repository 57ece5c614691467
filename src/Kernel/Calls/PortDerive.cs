using Tierce.Abi;
using Tierce.Kernel.Objects;

namespace Tierce.Kernel.Calls;

/// <content><see cref="KernelCall.PortDerive"/>.</content>
public static unsafe partial class KernelCalls
{
    private static Status PortDerive(Thread* caller)
    {
        RegisterFrame* frame = &caller->Frame;
        Capability* ports;
        Status status = Decode.Find(caller, frame->Rdi, CapabilityType.Ports, CapRights.None, &ports);
        if (status != Status.Ok)
        {
            return status;
        }

        if (frame->Rsi < ports->A || !Decode.IsPart(frame->Rsi - ports->A, frame->Rdx, ports->B))
        {
            return Status.BadArgument;
        }

        Capability* slot;
        status = Decode.Prepare(caller, frame->R10, &slot);
        if (status != Status.Ok)
        {
            return status;
        }

        Derivation.Fill(slot, CapabilityType.Ports, ports->Rights, null, frame->Rsi, frame->Rdx, ports);
        return Status.Ok;
    }
}

using Tierce.Abi;
using Tierce.Kernel.Arch;
using Tierce.Kernel.Objects;
using Tierce.Kernel.Scheduling;

namespace Tierce.Kernel.Calls;

/// <content><see cref="KernelCall.InterruptAcknowledge"/>.</content>
public static unsafe partial class KernelCalls
{
    private static Status InterruptAcknowledge(Thread* caller)
    {
        Capability* interrupt;
        Status status = Decode.Find(caller, Thread.Arguments<InterruptAcknowledgeArguments>(caller)->Interrupt, CapabilityType.Interrupt, CapRights.Control, &interrupt);
        if (status != Status.Ok)
        {
            return status;
        }

        InterruptLine* line = (InterruptLine*)interrupt->Object;
        if (line->Link.Type == CapabilityType.None)
        {
            return Status.BadState;
        }

        Machine.UnmaskInterrupt(line->Number, line->Level);
        return Status.Ok;
    }
}

using Tierce.Abi;
using Tierce.Kernel.Objects;
using Tierce.Kernel.Scheduling;

namespace Tierce.Kernel.Calls;

/// <content><see cref="KernelCall.InterruptBind"/>. A line stays bound until the capability that bound it is deleted.</content>
public static unsafe partial class KernelCalls
{
    private static Status InterruptBind(Thread* caller)
    {
        InterruptBindArguments* arguments = Thread.Arguments<InterruptBindArguments>(caller);
        Capability* interrupt;
        Status status = Decode.Find(caller, arguments->Interrupt, CapabilityType.Interrupt, CapRights.Control, &interrupt);
        if (status != Status.Ok)
        {
            return status;
        }

        Capability* notification;
        status = Decode.Find(caller, arguments->Notification, CapabilityType.Notification, CapRights.Send, &notification);
        if (status != Status.Ok)
        {
            return status;
        }

        InterruptLine* line = (InterruptLine*)interrupt->Object;
        if (arguments->Level > 1 || arguments->Bits == 0 || (arguments->Level == 1 && line->IsMessage))
        {
            return Status.BadArgument;
        }

        if (line->Binding.Type != CapabilityType.None)
        {
            return Status.BadState;
        }

        InterruptLine.Bind(line, interrupt, notification, arguments->Bits, arguments->Level == 1);
        return Status.Ok;
    }
}

using Tierce.Abi;
using Tierce.Kernel.Objects;

namespace Tierce.Kernel.Calls;

/// <content><see cref="KernelCall.InterruptBind"/>. A line stays bound until the capability that bound it is deleted.</content>
public static unsafe partial class KernelCalls
{
    private static Status InterruptBind(Thread* caller)
    {
        RegisterFrame* frame = &caller->Frame;
        Capability* interrupt;
        Status status = Decode.Find(caller, frame->Rdi, CapabilityType.Interrupt, CapRights.Control, &interrupt);
        if (status != Status.Ok)
        {
            return status;
        }

        Capability* notification;
        status = Decode.Find(caller, frame->Rsi, CapabilityType.Notification, CapRights.Send, &notification);
        if (status != Status.Ok)
        {
            return status;
        }

        InterruptLine* line = (InterruptLine*)interrupt->Object;
        if (frame->R10 > 1 || frame->Rdx == 0)
        {
            return Status.BadArgument;
        }

        if (line->Binding.Type != CapabilityType.None)
        {
            return Status.BadState;
        }

        InterruptLine.Bind(line, interrupt, notification, frame->Rdx, frame->R10 == 1);
        return Status.Ok;
    }
}

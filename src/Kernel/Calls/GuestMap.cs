using Tierce.Abi;
using Tierce.Kernel.Objects;
using Tierce.Kernel.Translation;

namespace Tierce.Kernel.Calls;

/// <content><see cref="KernelCall.GuestMap"/>.</content>
public static unsafe partial class KernelCalls
{
    private static Status GuestMap(Thread* caller)
    {
        RegisterFrame* frame = &caller->Frame;
        Capability* cap;
        Status status = Decode.Find(caller, frame->Rdi, CapabilityType.Guest, CapRights.Control, &cap);
        if (status != Status.Ok)
        {
            return status;
        }

        if (frame->R8 == 0 || (frame->R8 & ~(ulong)AccessRights) != 0)
        {
            return Status.BadArgument;
        }

        return ((Guest*)cap->Object)->MapHole(frame->Rsi, frame->Rdx, frame->R10, (CapRights)frame->R8);
    }
}

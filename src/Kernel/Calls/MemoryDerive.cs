using Tierce.Abi;
using Tierce.Kernel.Objects;

namespace Tierce.Kernel.Calls;

/// <content><see cref="KernelCall.MemoryDerive"/>.</content>
public static unsafe partial class KernelCalls
{
    private static Status MemoryDerive(Thread* caller)
    {
        RegisterFrame* frame = &caller->Frame;
        Capability* memory;
        Status status = Decode.Find(caller, frame->Rdi, CapabilityType.Memory, CapRights.None, &memory);
        if (status != Status.Ok)
        {
            return status;
        }

        if (!Decode.IsPart(frame->Rsi, frame->Rdx, memory->B))
        {
            return Status.BadArgument;
        }

        Capability* slot;
        status = Decode.Prepare(caller, frame->R8, &slot);
        if (status != Status.Ok)
        {
            return status;
        }

        CapRights rights = memory->Rights & (CapRights)(frame->R10 & (ulong)CapRights.All);
        Derivation.Fill(slot, CapabilityType.Memory, rights, null, memory->A + frame->Rsi, frame->Rdx, memory);
        return Status.Ok;
    }
}

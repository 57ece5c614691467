using Tierce.Abi;
using Tierce.Kernel.Objects;
using Tierce.Kernel.Scheduling;

namespace Tierce.Kernel.Calls;

/// <content><see cref="KernelCall.MemoryDerive"/>.</content>
public static unsafe partial class KernelCalls
{
    private static Status MemoryDerive(Thread* caller)
    {
        MemoryDeriveArguments* arguments = Thread.Arguments<MemoryDeriveArguments>(caller);
        Capability* memory;
        Status status = Decode.FindMemory(caller, arguments->Memory, CapRights.None, &memory);
        if (status != Status.Ok)
        {
            return status;
        }

        if (!Decode.IsPart(arguments->FirstPage, arguments->Pages, memory->B))
        {
            return Status.BadArgument;
        }

        Capability* slot;
        status = Decode.Prepare(caller, arguments->Slot, &slot);
        if (status != Status.Ok)
        {
            return status;
        }

        CapRights rights = memory->Rights & (CapRights)(arguments->Rights & (ulong)CapRights.All);
        Derivation.Fill(slot, memory->Type, rights, null, memory->A + arguments->FirstPage, arguments->Pages, memory);
        return Status.Ok;
    }
}

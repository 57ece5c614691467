using Tierce.Abi;
using Tierce.Kernel.Objects;
using Tierce.Kernel.Scheduling;

namespace Tierce.Kernel.Calls;

/// <content><see cref="KernelCall.GrantsDerive"/>.</content>
public static unsafe partial class KernelCalls
{
    private static Status GrantsDerive(Thread* caller)
    {
        GrantsDeriveArguments* arguments = Thread.Arguments<GrantsDeriveArguments>(caller);
        Capability* memory;
        Status status = Decode.Find(caller, arguments->Memory, CapabilityType.Memory, CapRights.Read | CapRights.Write | CapRights.Delegate, &memory);
        if (status != Status.Ok)
        {
            return status;
        }

        bool fits = Decode.IsPart(arguments->TablePage, arguments->TablePages, memory->B) && arguments->TablePages <= GrantTable.MostPages
            && Decode.IsPart(0, arguments->Frames, memory->B) && memory->A + memory->B <= Grants.MostPage && arguments->Peer <= ushort.MaxValue;
        if (!fits)
        {
            return Status.BadArgument;
        }

        Capability* slot;
        status = Decode.Prepare(caller, arguments->Slot, &slot);
        if (status == Status.Ok)
        {
            Grants.Derive(slot, memory, arguments);
        }

        return status;
    }
}

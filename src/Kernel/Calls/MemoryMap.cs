using Tierce.Abi;
using Tierce.Kernel.Memory;
using Tierce.Kernel.Objects;
using Tierce.Kernel.Scheduling;

namespace Tierce.Kernel.Calls;

/// <content><see cref="KernelCall.MemoryMap"/>.</content>
public static unsafe partial class KernelCalls
{
    private const CapRights AccessRights = CapRights.Read | CapRights.Write | CapRights.Execute;

    private static Status MemoryMap(Thread* caller)
    {
        MemoryMapArguments* arguments = Thread.Arguments<MemoryMapArguments>(caller);
        ulong rights = arguments->Rights;
        if (rights == 0 || (rights & ~(ulong)AccessRights) != 0)
        {
            return Status.BadArgument;
        }

        Capability* memory;
        Status status = Decode.FindMemory(caller, arguments->Memory, (CapRights)rights, &memory);
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

        ulong first = arguments->FirstPage;
        ulong pages = arguments->Pages;
        if (!Decode.IsPart(first, pages, memory->B))
        {
            return Status.BadArgument;
        }

        // The slot comes first: its page may come from the same pool as the tables.
        Capability* slot;
        status = Decode.Prepare(caller, arguments->Slot, &slot);
        if (status != Status.Ok)
        {
            return status;
        }

        status = AddressSpace.Check(domain->TopTable, &domain->Pool, arguments->Address, memory->A + first, pages);
        if (status != Status.Ok)
        {
            return status;
        }

        if (memory->Type == CapabilityType.Memory && !FrameTable.CanAdd(memory->A + first, pages, kernel: false))
        {
            return Status.BadState;
        }

        Mapping.Make(slot, memory, domain, arguments->Address, memory->A + first, pages, (CapRights)rights);
        return Status.Ok;
    }
}

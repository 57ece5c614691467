using Tierce.Abi;
using Tierce.Kernel.Memory;
using Tierce.Kernel.Objects;
using Tierce.Kernel.Scheduling;

namespace Tierce.Kernel.Calls;

/// <content><see cref="KernelCall.DomainCreate"/>.</content>
public static unsafe partial class KernelCalls
{
    private const CapRights PoolRights = CapRights.Read | CapRights.Write;

    private static Status DomainCreate(Thread* caller)
    {
        DomainCreateArguments* arguments = Thread.Arguments<DomainCreateArguments>(caller);
        Capability* memory;
        Status status = DecodeKernelMemory(caller, arguments->Memory, &memory);
        if (status != Status.Ok)
        {
            return status;
        }

        if (memory->B < Domain.LeastPages || memory->B > Domain.MostPages)
        {
            return Status.BadArgument;
        }

        Capability* supervisor = null;
        if (arguments->Notification != 0)
        {
            status = Decode.Find(caller, arguments->Notification, CapabilityType.Notification, CapRights.Send, &supervisor);
            if (status != Status.Ok)
            {
                return status;
            }
        }

        Capability* slot;
        status = Decode.Prepare(caller, arguments->Slot, &slot);
        if (status != Status.Ok)
        {
            return status;
        }

        FrameTable.Add(memory->A, memory->B, kernel: true);
        Domain* domain = Domain.Create(memory->A, memory->B, memory);
        if (supervisor != null)
        {
            Notification.MakeLink(&domain->Supervisor, supervisor, arguments->Bits);
        }

        Derivation.Fill(slot, CapabilityType.Domain, CapRights.All, domain, 0, 0, &domain->Object.Root);
        return Status.Ok;
    }

    /// <summary>Finds memory that can become the kernel's: nothing is derived from it, and none of its pages is in use.</summary>
    private static Status DecodeKernelMemory(Thread* caller, ulong slot, Capability** memory)
    {
        Status status = Decode.Find(caller, slot, CapabilityType.Memory, PoolRights, memory);
        if (status != Status.Ok)
        {
            return status;
        }

        Capability* cap = *memory;
        return cap->FirstChild == null && FrameTable.CanAdd(cap->A, cap->B, kernel: true) ? Status.Ok : Status.BadState;
    }
}

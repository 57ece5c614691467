using Tierce.Abi;
using Tierce.Kernel.Objects;
using Tierce.Kernel.Scheduling;

namespace Tierce.Kernel.Calls;

/// <content><see cref="KernelCall.CapDelegate"/>. A badge can be given only to an endpoint without one, and a shift only to a notification without one, so badges cannot be forged.</content>
public static unsafe partial class KernelCalls
{
    private const ulong MostShift = 63;

    private static Status CapDelegate(Thread* caller)
    {
        CapDelegateArguments* arguments = Thread.Arguments<CapDelegateArguments>(caller);
        Capability* source = caller->Domain->Capabilities.Find(arguments->Cap);
        if (source == null)
        {
            return Status.BadCapability;
        }

        if (!Delegation.IsPossible(source))
        {
            return Status.Denied;
        }

        ulong badge = arguments->Badge;
        Status status = CheckBadge(source, badge);
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

        Capability* slot;
        status = domain->Capabilities.Prepare(&domain->Pool, arguments->Slot, &slot);
        if (status != Status.Ok)
        {
            return status;
        }

        Delegation.Derive(source, slot, (CapRights)(arguments->Rights & (ulong)CapRights.All));
        if (badge != 0)
        {
            slot->A = badge;
        }

        return Status.Ok;
    }

    private static Status CheckBadge(Capability* source, ulong badge)
    {
        if (badge == 0)
        {
            return Status.Ok;
        }

        bool possible = source->Type switch
        {
            CapabilityType.Endpoint => (badge & Endpoint.CapabilityReceived) == 0,
            CapabilityType.Notification => badge <= MostShift,
            _ => false,
        };
        if (!possible)
        {
            return Status.BadArgument;
        }

        return source->A == 0 ? Status.Ok : Status.Denied;
    }
}

using Tierce.Abi;
using Tierce.Kernel.Objects;
using Tierce.Kernel.Scheduling;
using Tierce.Kernel.Translation;
using Tierce.Kernel.Translation.Guests;

namespace Tierce.Kernel.Calls;

/// <content><see cref="KernelCall.GuestMap"/>.</content>
public static unsafe partial class KernelCalls
{
    private static Status GuestMap(Thread* caller)
    {
        GuestMapArguments* arguments = Thread.Arguments<GuestMapArguments>(caller);
        Capability* cap;
        Status status = Decode.Find(caller, arguments->Guest, CapabilityType.Guest, CapRights.Control, &cap);
        if (status != Status.Ok)
        {
            return status;
        }

        if (arguments->Rights == 0 || (arguments->Rights & ~(ulong)AccessRights) != 0)
        {
            return Status.BadArgument;
        }

        return GuestSpace.MapHole((Guest*)cap->Object, arguments->Address, arguments->FirstFrame, arguments->Pages, (CapRights)arguments->Rights);
    }
}

using Tierce.Abi;
using Tierce.Kernel.Objects;
using Tierce.Kernel.Scheduling;

namespace Tierce.Kernel.Calls;

/// <content><see cref="KernelCall.EndpointCreate"/>.</content>
public static unsafe partial class KernelCalls
{
    private static Status EndpointCreate(Thread* caller) => CreateSmall(caller, ObjectKind.Endpoint, CapabilityType.Endpoint);

    /// <summary>
    /// Creates an object that consists of a head and zeros, in the caller's pool. All calls that do so have one argument, the slot.
    /// </summary>
    private static Status CreateSmall(Thread* caller, ObjectKind kind, CapabilityType type)
    {
        Capability* slot;
        Status status = Decode.Prepare(caller, Thread.Arguments<EndpointCreateArguments>(caller)->Slot, &slot);
        if (status != Status.Ok)
        {
            return status;
        }

        KernelObject* target = (KernelObject*)caller->Domain->Pool.Take();
        if (target == null)
        {
            return Status.NoMemory;
        }

        KernelObject.Initialise(target, kind, caller->Domain, null);
        Derivation.Fill(slot, type, CapRights.All, target, 0, 0, &target->Root);
        return Status.Ok;
    }
}

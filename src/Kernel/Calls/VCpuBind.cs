using Tierce.Abi;
using Tierce.Kernel.Objects;
using Tierce.Kernel.Processors;
using Tierce.Kernel.Scheduling;

namespace Tierce.Kernel.Calls;

/// <content>
/// <see cref="KernelCall.VCpuBind"/>. Only a caller that may wait for the notification can redirect its bits. A binding lasts until it is
/// removed, or the capability of the virtual CPU with which it was made is deleted.
/// </content>
public static unsafe partial class KernelCalls
{
    private static Status VCpuBind(PerCpu* cpu, Thread* caller)
    {
        VCpuBindArguments* arguments = Thread.Arguments<VCpuBindArguments>(caller);
        Capability* vcpu;
        Status status = Decode.Find(caller, arguments->VCpu, CapabilityType.VCpu, CapRights.Control, &vcpu);
        if (status != Status.Ok)
        {
            return status;
        }

        Capability* cap;
        status = Decode.Find(caller, arguments->Notification, CapabilityType.Notification, CapRights.Receive, &cap);
        if (status != Status.Ok)
        {
            return status;
        }

        Notification* notification = (Notification*)cap->Object;
        ulong bits = arguments->Bits << (int)cap->A;
        ulong events = arguments->Events;
        if (bits == 0)
        {
            int budget = Derivation.CallBudget;
            return Notification.Unbind(cpu, notification, ref budget) ? Status.Ok : Status.Again;
        }

        if (events == 0 || (events & ~VCpuEvent.FromOutside) != 0)
        {
            return Status.BadArgument;
        }

        if (notification->Binding.Type != CapabilityType.None)
        {
            return Status.BadState;
        }

        Notification.Bind(notification, bits, events, vcpu);
        return Status.Ok;
    }
}

using Tierce.Abi;
using Tierce.Kernel.Objects;
using Tierce.Kernel.Processors;
using Tierce.Kernel.Scheduling;
using Tierce.Kernel.VirtualCpu;

namespace Tierce.Kernel.Calls;

/// <content>
/// <see cref="KernelCall.SignalWait"/>. A driver, or a monitor, ends its work with this call. The thread that it wakes runs next, without a
/// return to the caller in between.
/// </content>
public static unsafe partial class KernelCalls
{
    private static Status SignalWait(PerCpu* cpu, Thread* caller)
    {
        SignalWaitArguments* arguments = Thread.Arguments<SignalWaitArguments>(caller);
        Capability* target;
        Status status = Decode.Find(caller, arguments->Target, CapabilityType.VCpu, CapRights.Control, &target);
        if (status == Status.BadCapability)
        {
            status = Decode.Find(caller, arguments->Target, CapabilityType.Notification, CapRights.Send, &target);
        }

        if (status != Status.Ok)
        {
            return status;
        }

        Capability* source;
        status = Decode.Find(caller, arguments->Source, CapabilityType.Notification, CapRights.Receive, &source);
        if (status != Status.Ok)
        {
            return status;
        }

        if (target->Type == CapabilityType.VCpu)
        {
            VCpu.Raise(cpu, ((Thread*)target->Object)->VCpu, arguments->Bits & VCpuEvent.FromOutside);
        }
        else
        {
            Notification.Signal(cpu, (Notification*)target->Object, arguments->Bits << (int)target->A);
        }

        return WaitAt(cpu, (Notification*)source->Object, caller, arguments->Deadline);
    }
}

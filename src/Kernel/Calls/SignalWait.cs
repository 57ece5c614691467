using Tierce.Abi;
using Tierce.Kernel.Objects;
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
        RegisterFrame* frame = &caller->Frame;
        Capability* target;
        Status status = Decode.Find(caller, frame->Rdi, CapabilityType.VCpu, CapRights.Control, &target);
        if (status == Status.BadCapability)
        {
            status = Decode.Find(caller, frame->Rdi, CapabilityType.Notification, CapRights.Send, &target);
        }

        if (status != Status.Ok)
        {
            return status;
        }

        Capability* source;
        status = Decode.Find(caller, frame->Rdx, CapabilityType.Notification, CapRights.Receive, &source);
        if (status != Status.Ok)
        {
            return status;
        }

        if (target->Type == CapabilityType.VCpu)
        {
            VCpu.Raise(cpu, ((Thread*)target->Object)->VCpu, frame->Rsi & VCpuEvent.FromOutside);
        }
        else
        {
            Notification.Signal(cpu, (Notification*)target->Object, frame->Rsi << (int)target->A);
        }

        return WaitAt(cpu, (Notification*)source->Object, caller, frame->R10);
    }
}

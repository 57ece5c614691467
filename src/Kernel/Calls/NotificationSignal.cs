using Tierce.Abi;
using Tierce.Kernel.Objects;
using Tierce.Kernel.Processors;
using Tierce.Kernel.Scheduling;

namespace Tierce.Kernel.Calls;

/// <content><see cref="KernelCall.NotificationSignal"/>.</content>
public static unsafe partial class KernelCalls
{
    private static Status NotificationSignal(PerCpu* cpu, Thread* caller)
    {
        NotificationSignalArguments* arguments = Thread.Arguments<NotificationSignalArguments>(caller);
        Capability* cap;
        Status status = Decode.Find(caller, arguments->Notification, CapabilityType.Notification, CapRights.Send, &cap);
        if (status != Status.Ok)
        {
            return status;
        }

        Notification.Signal(cpu, (Notification*)cap->Object, arguments->Bits << (int)cap->A);
        return Status.Ok;
    }
}

using Tierce.Abi;
using Tierce.Kernel.Arch;
using Tierce.Kernel.Objects;
using Tierce.Kernel.Processors;
using Tierce.Kernel.Scheduling;

namespace Tierce.Kernel.Calls;

/// <content><see cref="KernelCall.NotificationWait"/>.</content>
public static unsafe partial class KernelCalls
{
    private static Status NotificationWait(PerCpu* cpu, Thread* caller)
    {
        NotificationWaitArguments* arguments = Thread.Arguments<NotificationWaitArguments>(caller);
        Capability* cap;
        Status status = Decode.Find(caller, arguments->Notification, CapabilityType.Notification, CapRights.Receive, &cap);
        if (status != Status.Ok)
        {
            return status;
        }

        return WaitAt(cpu, (Notification*)cap->Object, caller, arguments->Deadline);
    }

    /// <summary>Takes the bits that are set, or makes the caller wait for some.</summary>
    private static Status WaitAt(PerCpu* cpu, Notification* notification, Thread* caller, ulong deadline)
    {
        if (notification->Bits != 0)
        {
            Thread.Results<NotificationWaitResults>(caller)->Bits = notification->Bits;
            notification->Bits = 0;
            if (notification->HoldsLines)
            {
                InterruptLine.BitsTaken(notification);
            }

            return Status.Ok;
        }

        if (deadline != 0 && deadline <= Machine.ReadTsc())
        {
            return Status.TimedOut;
        }

        Notification.Wait(cpu, notification, caller, deadline);
        return Status.Ok;
    }
}

using Tierce.Abi;
using Tierce.Kernel.Objects;
using Tierce.Kernel.Scheduling;

namespace Tierce.Kernel.Calls;

/// <content><see cref="KernelCall.NotificationCreate"/>.</content>
public static unsafe partial class KernelCalls
{
    private static Status NotificationCreate(Thread* caller) => CreateSmall(caller, ObjectKind.Notification, CapabilityType.Notification);
}

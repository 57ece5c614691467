using Tierce.Abi;
using Tierce.Kernel.Processors;
using Tierce.Kernel.Scheduling;

namespace Tierce.Kernel.Calls;

/// <content><see cref="KernelCall.Yield"/>.</content>
public static unsafe partial class KernelCalls
{
    private static Status Yield(PerCpu* cpu)
    {
        Scheduler.Yield(cpu);
        return Status.Ok;
    }
}

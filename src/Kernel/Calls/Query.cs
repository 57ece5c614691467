using Tierce.Abi;
using Tierce.Kernel.Arch;
using Tierce.Kernel.Objects;
using Tierce.Kernel.Scheduling;

namespace Tierce.Kernel.Calls;

/// <content><see cref="KernelCall.Query"/>.</content>
public static unsafe partial class KernelCalls
{
    private static Status Query(PerCpu* cpu, Thread* caller)
    {
        caller->Frame.Rsi = caller->Domain->Pool.Available;
        caller->Frame.Rdx = Machine.TscHertz;
        caller->Frame.R10 = cpu->Calls;
        return Status.Ok;
    }
}

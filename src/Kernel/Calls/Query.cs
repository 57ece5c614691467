using Tierce.Abi;

namespace Tierce.Kernel;

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

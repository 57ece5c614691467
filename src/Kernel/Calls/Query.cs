using Tierce.Abi;
using Tierce.Kernel.Arch;
using Tierce.Kernel.Processors;
using Tierce.Kernel.Scheduling;

namespace Tierce.Kernel.Calls;

/// <content><see cref="KernelCall.Query"/>.</content>
public static unsafe partial class KernelCalls
{
    private static Status Query(PerCpu* cpu, Thread* caller)
    {
        QueryResults* results = Thread.Results<QueryResults>(caller);
        results->PoolPages = caller->Domain->Pool.Available;
        results->TicksPerSecond = Machine.TscHertz;
        results->Calls = cpu->Calls;
        return Status.Ok;
    }
}

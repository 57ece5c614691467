using Tierce.Abi;
using Tierce.Kernel.Objects;
using Tierce.Kernel.Processors;
using Tierce.Kernel.Scheduling;

namespace Tierce.Kernel.Calls;

/// <content><see cref="KernelCall.IpcReply"/>.</content>
public static unsafe partial class KernelCalls
{
    private static Status IpcReply(PerCpu* cpu, Thread* caller)
    {
        if (caller->Client == null)
        {
            return Status.Gone;
        }

        Endpoint.Reply(cpu, caller);
        return Status.Ok;
    }
}

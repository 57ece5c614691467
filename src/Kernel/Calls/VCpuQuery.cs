using Tierce.Abi;
using Tierce.Kernel.Objects;
using Tierce.Kernel.Processors;
using Tierce.Kernel.Scheduling;
using Tierce.Kernel.VirtualCpu;

namespace Tierce.Kernel.Calls;

/// <content><see cref="KernelCall.VCpuQuery"/>.</content>
public static unsafe partial class KernelCalls
{
    private static Status VCpuQuery(PerCpu* cpu, Thread* caller)
    {
        Capability* cap;
        Status status = Decode.Find(caller, Thread.Arguments<VCpuQueryArguments>(caller)->VCpu, CapabilityType.VCpu, CapRights.None, &cap);
        if (status == Status.Ok)
        {
            VCpu.Query(cpu, ((Thread*)cap->Object)->VCpu, Thread.Results<VCpuQueryResults>(caller));
        }

        return status;
    }
}

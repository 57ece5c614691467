using Tierce.Abi;
using Tierce.Kernel.Objects;
using Tierce.Kernel.Processors;
using Tierce.Kernel.Scheduling;
using Tierce.Kernel.VirtualCpu;

namespace Tierce.Kernel.Calls;

/// <content><see cref="KernelCall.VCpuControl"/>.</content>
public static unsafe partial class KernelCalls
{
    private static Status VCpuControl(PerCpu* cpu, Thread* caller)
    {
        VCpuControlArguments* arguments = Thread.Arguments<VCpuControlArguments>(caller);
        Capability* cap;
        Status status = Decode.Find(caller, arguments->VCpu, CapabilityType.VCpu, CapRights.Control, &cap);
        if (status != Status.Ok)
        {
            return status;
        }

        if (arguments->Operation > (ulong)VCpuOperation.Stop)
        {
            return Status.BadArgument;
        }

        return VCpu.Control(cpu, ((Thread*)cap->Object)->VCpu, (VCpuOperation)arguments->Operation, arguments->Value);
    }
}

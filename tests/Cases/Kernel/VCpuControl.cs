using Tierce.Abi;
using Tierce.Kernel.Objects;
using Tierce.Kernel.Processors;
using Tierce.Kernel.Scheduling;
using Tierce.Kernel.VirtualCpu;

namespace Tierce.Kernel.Calls;

/// <content>In the place of the shipped kernel's file of that name: <see cref="KernelCall.VCpuControl"/>, with more operations.</content>
public static unsafe partial class KernelCalls
{
    private static Status VCpuControl(PerCpu* cpu, Thread* caller)
    {
        RegisterFrame* frame = &caller->Frame;
        Capability* cap;
        Status status = Decode.Find(caller, frame->Rdi, CapabilityType.VCpu, CapRights.Control, &cap);
        if (status != Status.Ok)
        {
            return status;
        }

        VCpu* vcpu = ((Thread*)cap->Object)->VCpu;
        return frame->Rsi <= (ulong)VCpuOperation.Stop
            ? VCpu.Control(cpu, vcpu, (VCpuOperation)frame->Rsi, frame->Rdx)
            : Delivery.Control(cpu, vcpu, frame);
    }
}

using Tierce.Abi;
using Tierce.Kernel.Objects;
using Tierce.Kernel.Scheduling;
using Tierce.Kernel.VirtualCpu;

namespace Tierce.Kernel.Calls;

/// <content><see cref="KernelCall.VCpuControl"/>.</content>
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

        if (frame->Rsi > (ulong)VCpuOperation.Stop)
        {
            return Status.BadArgument;
        }

        return VCpu.Control(cpu, ((Thread*)cap->Object)->VCpu, (VCpuOperation)frame->Rsi, frame->Rdx);
    }
}

using System.Runtime.CompilerServices;
using Tierce.Kernel.Arch;
using Tierce.Kernel.Arch.Instructions;
using Tierce.Kernel.Processors;
using Tierce.Kernel.Scheduling;

namespace Tierce.Kernel.VirtualCpu;

/// <summary>What leaves the processor with a context.</summary>
internal static unsafe class CurrentContext
{
    /// <summary>Prepares the destruction of a thread: if it is the current one, none of its state stays in the processor.</summary>
    public static void Forget(PerCpu* cpu, Thread* thread)
    {
        if (cpu->Current == thread)
        {
            Machine.ShowPorts(cpu, false);
            if (thread->VCpu != null)
            {
                DisarmBreakpoints(thread->VCpu);
            }

            cpu->Current = null;
            cpu->Reschedule = true;
            Machine.LeaveRoot();
        }
    }

    /// <summary>The virtual CPU leaves the processor: its breakpoints are off.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void DisarmBreakpoints(VCpu* vcpu)
    {
        if (vcpu->Debug.Control != 0)
        {
            Cpu.WriteDebugControl(0);
        }
    }
}

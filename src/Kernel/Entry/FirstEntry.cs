using System.Runtime;
using System.Runtime.CompilerServices;
using Tierce.Kernel.Processors;
using Tierce.Kernel.Scheduling;

namespace Tierce.Kernel.Entry;

/// <summary>The first exit from the kernel.</summary>
internal static unsafe class FirstEntry
{
    /// <summary>Changes from the boot stack to the kernel's and resumes the thread that the scheduler chooses. Does not return.</summary>
    [RuntimeImport("*", "first_entry")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void Go(PerCpu* cpu);

    /// <summary>Called by <c>first_entry</c> on the kernel's stack.</summary>
    [RuntimeExport("kernel_leave")]
    public static Thread* Leave(PerCpu* cpu) => TrapHandlers.Leave(cpu);
}

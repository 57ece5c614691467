namespace Tierce.Kernel.Entry;

/// <summary>Stands for the way of calls and interrupts that <see cref="DirectCalls"/> does not carry out: the board goes it.</summary>
internal static unsafe class TrapHandlers
{
    public static Thread* CallOnward(PerCpu* cpu, Thread* thread) => null;

    public static Thread* LineOnward(PerCpu* cpu, Thread* thread, InterruptLine* line) => null;
}

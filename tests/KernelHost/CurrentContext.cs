namespace Tierce.Kernel.VirtualCpu;

/// <summary>Stands for what leaves the processor with a context.</summary>
public static unsafe class CurrentContext
{
    public static void Forget(PerCpu* cpu, Thread* thread)
    {
        if (cpu->Current == thread)
        {
            Machine.ShowPorts(cpu, false);
            cpu->Current = null;
        }
    }
}

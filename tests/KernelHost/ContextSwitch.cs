namespace Tierce.Kernel.Switching;

/// <summary>Stands for the context switch: only what the objects can see of it.</summary>
public static unsafe class ContextSwitch
{
    public static void To(PerCpu* cpu, Thread* next)
    {
        Machine.ShowPorts(cpu, false);
        cpu->Current = next;
        if (next != null && next->Domain->HasPorts)
        {
            Domain.PortsOn(cpu, next->Domain);
        }
    }

    public static Thread* Between(PerCpu* cpu, Thread* current, Thread* next)
    {
        To(cpu, next);
        return next;
    }

    public static Thread* FromGuest(PerCpu* cpu, Thread* current, Thread* next) => Between(cpu, current, next);

    public static Thread* ToGuest(PerCpu* cpu, Thread* current, Thread* next, ulong events)
    {
        VCpu.Raise(cpu, next->VCpu, events);
        return Between(cpu, current, next);
    }
}

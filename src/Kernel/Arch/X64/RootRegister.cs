namespace Tierce.Kernel;

/// <summary>The one place in C# that loads CR3, used by <see cref="ContextSwitch"/>, by the virtual-ring switch and to flush.</summary>
internal static unsafe class RootRegister
{
    /// <summary>Loads a root.</summary>
    public static void Load(ulong physical)
    {
        Machine.ThisCpu->Counters.RootLoads++;
        Cpu.LoadRoot(physical);
    }

    /// <summary>Loads the same root again: flushes what is not global.</summary>
    public static void Reload()
    {
        Machine.ThisCpu->Counters.Flushes++;
        Cpu.LoadRoot(Cpu.ReadRoot());
    }
}

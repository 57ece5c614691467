using System.Runtime.CompilerServices;

namespace Tierce.Kernel;

/// <summary>
/// The one place in C# that loads CR3, used by <see cref="ContextSwitch"/>, by the virtual-ring switch and to flush. With
/// <see cref="Isolation"/> the way out does it, and forgets what the TLB holds of the root.
/// </summary>
internal static unsafe class RootRegister
{
    /// <summary>The root of whoever runs.</summary>
    public static ulong Current => Isolation.Enabled ? Machine.ThisCpu->ExitRoot : Cpu.ReadRoot();

    /// <summary>Loads a root.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load(PerCpu* cpu, ulong physical)
    {
        cpu->Counters.RootLoads++;
        if (Isolation.Enabled)
        {
            cpu->ExitRoot = physical;
            return;
        }

        Cpu.LoadRoot(physical);
    }

    /// <summary>Loads the same root again: flushes what is not global.</summary>
    public static void Reload()
    {
        Machine.ThisCpu->Counters.Flushes++;
        Cpu.LoadRoot(Cpu.ReadRoot());
    }
}

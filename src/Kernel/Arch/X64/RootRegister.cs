using System.Runtime.CompilerServices;
using Tierce.Kernel.Arch.Instructions;
using Tierce.Kernel.Processors;

namespace Tierce.Kernel.Arch;

/// <summary>
/// The one place in C# that loads CR3 with another context's root, and that flushes. The short forms of a switch between domains and
/// virtual CPUs do the same in assembly (<c>instructions.S</c>, <c>globals.S</c>). With <see cref="Isolation"/> the way out of the kernel
/// loads the root and flushes its translations. With <see cref="GlobalPages"/> the TLB holds global translations of a guest only while one
/// of its roots is loaded: any load after a guest's root, except that of the other root of the same pair, flushes them.
/// </summary>
internal static unsafe class RootRegister
{
    private static bool isCareful;

    /// <summary>The root of the current thread.</summary>
    public static ulong Current => Isolation.Enabled ? Machine.ThisCpu->ExitRoot : Cpu.ReadRoot();

    /// <summary>Decides at start-up whether loading a root is more than loading CR3.</summary>
    public static void Prepare() => isCareful = Isolation.Enabled || GlobalPages.Kept;

    /// <summary>Loads a root.</summary>
    /// <param name="cpu">This processor.</param>
    /// <param name="physical">The top-level table.</param>
    /// <param name="afterGuest">The root before may be a guest's.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load(PerCpu* cpu, ulong physical, bool afterGuest)
    {
        cpu->Counters.RootLoads++;
        if (isCareful)
        {
            LoadWithCare(physical, cpu, afterGuest);
            return;
        }

        Cpu.LoadRoot(physical);
    }

    /// <summary>Flushes the TLB's translations of the loaded root.</summary>
    public static void Reload()
    {
        PerCpu* cpu = Machine.ThisCpu;
        cpu->Counters.Flushes++;
        if (GlobalPages.Kept)
        {
            Forget(cpu);
            return;
        }

        Cpu.LoadRoot(Cpu.ReadRoot());
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void LoadWithCare(ulong physical, PerCpu* cpu, bool afterGuest)
    {
        if (Isolation.Enabled)
        {
            cpu->ExitRoot = physical;
            return;
        }

        // The root is loaded first: before that, the processor may look ahead through the old root and keep what it finds.
        Cpu.LoadRoot(physical);
        if (afterGuest)
        {
            Forget(cpu);
        }
    }

    /// <summary>Flushes the whole TLB, global translations too.</summary>
    private static void Forget(PerCpu* cpu)
    {
        cpu->GlobalFlushes++;
        ulong control = Cpu.ReadCr4();
        Cpu.WriteCr4(control & ~GlobalPages.Enable);
        Cpu.WriteCr4(control);
    }
}

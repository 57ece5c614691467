using System.Runtime.CompilerServices;
using Tierce.Kernel.Scheduling;

namespace Tierce.Kernel.Arch;

/// <summary>
/// The one place in C# that loads CR3 with another context's root, and that flushes; the short forms of a switch between domains and
/// virtual CPUs do the same in assembly (<c>instructions.S</c>, <c>globals.S</c>). With <see cref="Isolation"/> the way out of the
/// kernel loads it, and forgets what the TLB holds of the root. With <see cref="GlobalPages"/> the TLB holds global translations of a
/// guest while one of its roots is loaded, and at no other time: whatever is loaded after a guest's root, but for the other root of
/// the same pair, they go.
/// </summary>
internal static unsafe class RootRegister
{
    private static bool isCareful;

    /// <summary>The root of whoever runs.</summary>
    public static ulong Current => Isolation.Enabled ? Machine.ThisCpu->ExitRoot : Cpu.ReadRoot();

    /// <summary>At start-up, when it is decided what holds: whether loading a root is more than loading CR3.</summary>
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

    /// <summary>Forgets what the TLB holds of the loaded root.</summary>
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

        // First the root: before it, the processor may look ahead through the old one, and keep what it finds.
        Cpu.LoadRoot(physical);
        if (afterGuest)
        {
            Forget(cpu);
        }
    }

    /// <summary>Empties the TLB of what is global too.</summary>
    private static void Forget(PerCpu* cpu)
    {
        cpu->GlobalFlushes++;
        ulong control = Cpu.ReadCr4();
        Cpu.WriteCr4(control & ~GlobalPages.Enable);
        Cpu.WriteCr4(control);
    }
}

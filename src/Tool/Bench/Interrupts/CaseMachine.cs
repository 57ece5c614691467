using System.Text;
using Tierce.Tool.Boot;
using Tierce.Tool.Host;

namespace Tierce.Tool.Bench.Interrupts;

/// <summary>
/// The machine of a case that the shipped kernel does not have: a kernel, a monitor, a ROM and a guest made for it (tests/Cases), and the
/// shipped root.
/// </summary>
internal static class CaseMachine
{
    /// <summary>Its kernel.</summary>
    public const string Kernel = "case-kernel.elf";

    /// <summary>Its guest.</summary>
    public const string Guest = "case-guest";

    private const int GuestMiB = 32;
    private const int MachineMiB = 160;

    /// <summary>
    /// A machine with what is shipped, case III C, the same guest, and a driver that sweeps its own interrupt over the way of the one
    /// before.
    /// </summary>
    /// <param name="tree">Where the images are.</param>
    /// <param name="folder">Where to write what is booted.</param>
    /// <param name="trigger">How the line is bound: level or edge.</param>
    /// <param name="kernel">Path of the kernel; null for the one built.</param>
    public static MachineSettings Lines(Repository tree, RunFolder folder, string trigger, string? kernel = null)
    {
        string bundle = Path.Combine(folder.Boot, "bundle");
        using (FileStream file = File.Create(bundle))
        {
            BundleWriter.Write(file,
            [
                ("manifest", Encoding.UTF8.GetBytes(BootManifest.LoneGuest("case", GuestMiB, string.Empty, $"""
                    console=line

                    [driver line]
                    image=driver
                    irq=2
                    ports=0x40-0x43
                    args={trigger}
                    """))),
                ("root", File.ReadAllBytes(tree.Image("root"))),
                ("monitor", File.ReadAllBytes(tree.Image("monitor"))),
                ("rom", File.ReadAllBytes(tree.Image("rom-native"))),
                ("driver", File.ReadAllBytes(tree.Image("case-driver"))),
                ("kernel", File.ReadAllBytes(tree.Image(Guest))),
            ]);
        }

        return Machine(kernel ?? tree.Image("kernel.elf"), bundle, folder);
    }

    /// <summary>Makes it.</summary>
    /// <param name="tree">Where the images are.</param>
    /// <param name="folder">Where to write what is booted.</param>
    /// <param name="words">Name of the case, then what else its monitor understands: spin, no-region, no-check.</param>
    public static MachineSettings Prepare(Repository tree, RunFolder folder, string words)
    {
        string bundle = Path.Combine(folder.Boot, "bundle");
        using (FileStream file = File.Create(bundle))
        {
            BundleWriter.Write(file,
            [
                ("manifest", Encoding.UTF8.GetBytes(BootManifest.LoneGuest("case", GuestMiB, words))),
                ("root", File.ReadAllBytes(tree.Image("root"))),
                ("monitor", File.ReadAllBytes(tree.Image("case-monitor"))),
                ("rom", File.ReadAllBytes(tree.Image("case-rom"))),
                ("kernel", File.ReadAllBytes(tree.Image(Guest))),
            ]);
        }

        return Machine(tree.Image(Kernel), bundle, folder);
    }

    private static MachineSettings Machine(string kernel, string bundle, RunFolder folder) => new()
    {
        Kernel = kernel,
        Modules = bundle,
        CommandLine = GuestBoot.KernelOptions(new RunOptions()),
        MemoryMiB = MachineMiB,
        LogFile = folder.TierceLog,
        CountInstructions = true,
    };
}

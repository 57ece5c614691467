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

        return new MachineSettings
        {
            Kernel = tree.Image(Kernel),
            Modules = bundle,
            CommandLine = GuestBoot.KernelOptions(new RunOptions()),
            MemoryMiB = MachineMiB,
            LogFile = folder.TierceLog,
            CountInstructions = true,
        };
    }
}

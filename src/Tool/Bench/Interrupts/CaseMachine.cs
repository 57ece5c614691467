using System.Text;
using Tierce.Tool.Boot;
using Tierce.Tool.Host;

namespace Tierce.Tool.Bench.Interrupts;

/// <summary>
/// The machines around the small guest of the cases (tests/Cases): with a kernel, a monitor and a ROM for a case that the shipped ones do
/// not support, or with the shipped ones.
/// </summary>
internal static class CaseMachine
{
    /// <summary>Its kernel.</summary>
    public const string Kernel = "case-kernel.elf";

    /// <summary>Its guest.</summary>
    public const string Guest = "case-guest";

    private const int GuestMiB = 32;
    private const int MachineMiB = 160;

    /// <summary>A machine with the shipped images, whose guest spins and takes bytes of its console.</summary>
    /// <param name="tree">Where the images are.</param>
    /// <param name="folder">Where to write what is booted.</param>
    /// <param name="way">How they come: monitor or bound.</param>
    public static MachineSettings Console(Repository tree, RunFolder folder, string way) =>
        Shipped(tree, folder, way, "console", "irq=4\nports=0x3f8-0x3ff", null);

    /// <summary>The same with a driver that sweeps its own interrupt over the path of the previous one.</summary>
    /// <param name="tree">Where the images are.</param>
    /// <param name="folder">Where to write what is booted.</param>
    /// <param name="trigger">How the line is bound: level or edge.</param>
    /// <param name="way">As for <see cref="Console"/>.</param>
    /// <param name="kernel">Path of the kernel; null for the one built.</param>
    public static MachineSettings Lines(Repository tree, RunFolder folder, string trigger, string way, string? kernel = null) =>
        Shipped(tree, folder, way, "case-driver", $"irq=2\nports=0x40-0x43\nargs={trigger}", kernel);

    /// <summary>A machine with the images for a case.</summary>
    /// <param name="tree">Where the images are.</param>
    /// <param name="folder">Where to write what is booted.</param>
    /// <param name="words">Name of the case, then further words for its monitor: spin, no-region, no-check.</param>
    public static MachineSettings Prepare(Repository tree, RunFolder folder, string words) =>
        Machine(tree, folder, Kernel, BootManifest.LoneGuest("case", GuestMiB, words), ("monitor", "case-monitor"), ("rom", "case-rom"));

    private static MachineSettings Shipped(Repository tree, RunFolder folder, string way, string driver, string device, string? kernel)
    {
        string more = $"""
            console=device
            interrupts={way}

            [driver device]
            image=driver
            {device}
            """;
        return Machine(
            tree, folder, kernel ?? "kernel.elf", BootManifest.LoneGuest("case", GuestMiB, string.Empty, more), ("monitor", "monitor"), ("rom", "rom-native"), ("driver", driver));
    }

    private static MachineSettings Machine(Repository tree, RunFolder folder, string kernel, string manifest, params (string Name, string Image)[] images)
    {
        string bundle = Path.Combine(folder.Boot, "bundle");
        using (FileStream file = File.Create(bundle))
        {
            BundleWriter.Write(file,
            [
                ("manifest", Encoding.UTF8.GetBytes(manifest)),
                ("root", File.ReadAllBytes(tree.Image("root"))),
                ("kernel", File.ReadAllBytes(tree.Image(Guest))),
                .. images.Select(image => (image.Name, File.ReadAllBytes(tree.Image(image.Image)))),
            ]);
        }

        return new()
        {
            Kernel = tree.Image(kernel),
            Modules = bundle,
            CommandLine = GuestBoot.KernelOptions(new RunOptions()),
            MemoryMiB = MachineMiB,
            LogFile = folder.TierceLog,
            CountInstructions = true,
        };
    }
}

using Tierce.Tool.Guest;
using Tierce.Tool.Host;

namespace Tierce.Tool.Boot;

/// <summary>Starts a guest under Debian's Xen, as its first domain, for comparison. Only the generic kernel can be one.</summary>
internal static class XenBoot
{
    private const string Package = "xen-hypervisor-4.17-amd64";

    /// <summary>Machine memory for Xen itself.</summary>
    private const int OverheadMiB = 256;

    /// <summary>Finds Xen and writes what is booted.</summary>
    public static MachineSettings Prepare(RunOptions options, RunFolder folder, string kernel, byte[] initrd, string commandLine)
    {
        string path = Path.Combine(folder.Boot, "initrd");
        File.WriteAllBytes(path, initrd);

        // QEMU's list of multiboot modules: a comma ends a module, two stand for one.
        string first = $"{kernel} {commandLine}".Replace(",", ",,", StringComparison.Ordinal);
        return new MachineSettings
        {
            Kernel = Find(),
            Modules = $"{first},{path}",
            CommandLine = $"console=com1 com1=115200,8n1 loglvl=none guest_loglvl=none dom0_mem={options.MemoryMiB}M dom0_max_vcpus=1 noreboot=no",
            MemoryMiB = options.MemoryMiB + OverheadMiB,
            LogFile = folder.TierceLog,
            Disks = MachineDisks.Of(options.Disks),
        };
    }

    /// <summary>Package and version of the Xen that <see cref="Prepare"/> takes.</summary>
    public static string Version() => File.ReadAllText(VersionOf(Find()));

    private static string VersionOf(string kept) => kept + ".version";

    private static string Find()
    {
        using FileStream held = ToolCache.Lock(Package);
        string kept = Path.Combine(ToolCache.Sub("xen"), "xen");
        if (ToolCache.ReadKept(kept) is not null && ToolCache.ReadKept(VersionOf(kept)) is not null)
        {
            return kept;
        }

        AptSource apt = AptSource.Knowing(Package);
        string version = $"{Package} {apt.Version(Package)}";
        using Progress progress = Progress.Start($"downloading {version}");
        ProgramResult unpacked = Programs.Run("gzip", ["-dc"], apt.FileOf(Package, "boot/xen-*.gz"));
        if (unpacked.Status != 0)
        {
            throw new ToolException($"package {Package}: gzip says: {Programs.Gist(unpacked.Error)}");
        }

        ToolCache.Keep(kept, unpacked.Output);
        ToolCache.Keep(VersionOf(kept), System.Text.Encoding.UTF8.GetBytes(version));
        return kept;
    }
}

using Tierce.Tool.Boot;
using Tierce.Tool.Host;

namespace Tierce.Tool.Guest;

/// <summary>The modules of Debian's kernels that the tool's process 1 loads: these kernels have no drivers of disks built in.</summary>
internal static class KernelModules
{
    /// <summary>Folder of the guest that holds them. Process 1 loads them in the order of their names.</summary>
    private const string GuestFolder = "/tierce/modules";

    /// <summary>The front end of Xen's block interface.</summary>
    private static readonly string[] s_frontEnd = ["block/xen-blkfront.ko"];

    /// <summary>The driver of virtio's disks on PCI. Each needs those before it, since process 1 resolves no dependencies.</summary>
    private static readonly string[] s_virtio =
    [
        "virtio/virtio_ring.ko", "virtio/virtio.ko", "virtio/virtio_pci_legacy_dev.ko", "virtio/virtio_pci_modern_dev.ko", "virtio/virtio_pci.ko",
        "block/virtio_blk.ko",
    ];

    /// <summary>The drivers of disks, by their path in the guest.</summary>
    /// <param name="kernel">A kernel from one of Debian's packages. From elsewhere it gets none, and a module that its package lacks is built in.</param>
    /// <param name="carrier">What carries the guest: only Tierce offers Xen's interface for disks.</param>
    public static IReadOnlyDictionary<string, byte[]> ForDisks(GuestKernel kernel, Carrier carrier)
    {
        string[] name = kernel.Name.Split(' ');
        if (name.Length != 2 || !kernel.Path.StartsWith(ToolCache.Folder, StringComparison.Ordinal))
        {
            return new Dictionary<string, byte[]>();
        }

        string[] wanted = carrier == Carrier.Tierce ? s_frontEnd : s_virtio;
        using FileStream held = ToolCache.Lock(name[0]);
        string folder = Path.GetDirectoryName(kernel.Path)!;
        if (wanted.Any(module => ToolCache.ReadKept(Kept(folder, module)) is null))
        {
            Download(name[0], folder, wanted);
        }

        return wanted.Select((module, number) => (Path: $"{GuestFolder}/{number}-{Path.GetFileName(module)}", Contents: ToolCache.ReadKept(Kept(folder, module))!))
            .Where(module => module.Contents.Length != 0)
            .ToDictionary(module => module.Path, module => module.Contents);
    }

    private static string Kept(string folder, string module) => Path.Combine(folder, Path.GetFileName(module));

    /// <summary>Keeps the modules. One that the package lacks is kept as an empty file, so that the tool does not download the package again.</summary>
    private static void Download(string package, string folder, string[] modules)
    {
        using Progress progress = Progress.Start($"downloading the drivers of disks of {package}");
        string drivers = $"lib/modules/{package["linux-image-".Length..]}/kernel/drivers";
        IReadOnlyList<(string Name, byte[] Contents)> files = AptSource.Knowing(package).FilesOf(package, modules.SelectMany(module => (string[])[$"{drivers}/{module}", $"{drivers}/{module}.xz"]));
        foreach (string module in modules)
        {
            string name = Path.GetFileName(module);
            (string found, byte[] contents) = files.FirstOrDefault(file => file.Name == name || file.Name == $"{name}.xz");
            ToolCache.Keep(Kept(folder, module), found == $"{name}.xz" ? Unpack(package, contents) : contents ?? []);
        }
    }

    private static byte[] Unpack(string package, byte[] module)
    {
        ProgramResult unpacked = Programs.Run("xz", ["-dc"], module);
        return unpacked.Status == 0 ? unpacked.Output : throw new ToolException($"package {package}: xz says: {Programs.Gist(unpacked.Error)}");
    }
}

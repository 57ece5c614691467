using Tierce.Tool.Host;

namespace Tierce.Tool.Guest;

/// <summary>The one module of Debian's kernels that the tool's process 1 loads: these kernels have the front end of disks not built in.</summary>
internal static class KernelModules
{
    /// <summary>Where process 1 finds it.</summary>
    public const string GuestPath = $"/tierce/modules/{FrontEnd}";

    private const string FrontEnd = "xen-blkfront.ko";

    /// <summary>The front end of Xen's block interface.</summary>
    /// <param name="kernel">A kernel from one of Debian's packages.</param>
    /// <returns>Null for a kernel from elsewhere, and for one whose package has no such module.</returns>
    public static byte[]? BlockFrontEnd(GuestKernel kernel)
    {
        string[] name = kernel.Name.Split(' ');
        if (name.Length != 2 || !kernel.Path.StartsWith(ToolCache.Folder, StringComparison.Ordinal))
        {
            return null;
        }

        using FileStream held = ToolCache.Lock(name[0]);
        string kept = Path.Combine(Path.GetDirectoryName(kernel.Path)!, FrontEnd);
        byte[] module = ToolCache.ReadKept(kept) ?? Download(name[0], kept);
        return module.Length == 0 ? null : module;
    }

    /// <summary>Keeps the module; nothing, if the package has none, so that it is not downloaded again.</summary>
    private static byte[] Download(string package, string kept)
    {
        using Progress progress = Progress.Start($"downloading the front end of disks of {package}");
        string path = $"lib/modules/{package["linux-image-".Length..]}/kernel/drivers/block/{FrontEnd}";
        IReadOnlyList<(string Name, byte[] Contents)> files = AptSource.Knowing(package).FilesOf(package, [path, $"{path}.xz"]);
        byte[] module = files.Count == 0 ? [] : files[0].Contents;
        if (files.Count != 0 && files[0].Name.EndsWith(".xz", StringComparison.Ordinal))
        {
            ProgramResult unpacked = Programs.Run("xz", ["-dc"], module);
            module = unpacked.Status == 0 ? unpacked.Output : throw new ToolException($"package {package}: xz says: {Programs.Gist(unpacked.Error)}");
        }

        ToolCache.Keep(kept, module);
        return module;
    }
}

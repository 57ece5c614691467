using System.Text;
using Tierce.Tool.Host;

namespace Tierce.Tool.Guest;

/// <summary>Modules of Debian's kernels, which the tool's process 1 loads: drivers of disks are not built into these kernels.</summary>
internal static class KernelModules
{
    /// <summary>Folder of the guest that holds them; they are loaded in the order of their names.</summary>
    public const string GuestFolder = "/tierce/modules";

    /// <summary>The front end of Xen's block interface; a kernel that has it built in has no such file.</summary>
    private static readonly string[] s_modules = ["drivers/block/xen-blkfront.ko"];

    /// <summary>The drivers of disks, by their path in the guest.</summary>
    /// <param name="kernel">A kernel from one of Debian's packages; from any other the guest gets none.</param>
    public static IReadOnlyDictionary<string, byte[]> ForDisks(GuestKernel kernel)
    {
        string[] name = kernel.Name.Split(' ');
        string folder = Path.Combine(Path.GetDirectoryName(kernel.Path)!, "modules", "xen");
        if (name.Length != 2 || !kernel.Path.StartsWith(ToolCache.Folder, StringComparison.Ordinal))
        {
            return new Dictionary<string, byte[]>();
        }

        using FileStream held = ToolCache.Lock(name[0]);
        string complete = Path.Combine(folder, "complete");
        if (!File.Exists(complete))
        {
            Download(name[0], folder);
            ToolCache.WriteWhole(complete, Encoding.ASCII.GetBytes(name[1]));
        }

        return Directory.GetFiles(folder, "*.ko").ToDictionary(file => $"{GuestFolder}/{Path.GetFileName(file)}", File.ReadAllBytes);
    }

    private static void Download(string package, string folder)
    {
        using Progress progress = Progress.Start($"downloading modules of {package}");
        string release = package["linux-image-".Length..];
        Directory.CreateDirectory(folder);
        int number = 0;
        foreach (string path in s_modules)
        {
            string whole = $"lib/modules/{release}/kernel/{path}";
            foreach ((string file, byte[] contents) in AptSource.Knowing(package).FilesOf(package, [whole, $"{whole}.xz"]))
            {
                string kept = Path.Combine(folder, $"{number++:00}-{file}");
                ToolCache.WriteWhole(kept, contents);
                if (kept.EndsWith(".xz", StringComparison.Ordinal))
                {
                    Programs.RunChecked("xz", ["--decompress", "--force", kept]);
                }
            }
        }
    }
}

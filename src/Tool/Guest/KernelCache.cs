using System.Collections.Concurrent;
using Tierce.Tool.Host;

namespace Tierce.Tool.Guest;

/// <summary>A guest kernel's checked ELF file.</summary>
/// <param name="Path">Where it is kept.</param>
/// <param name="Elf">What the tool knows of it.</param>
/// <param name="File">Its bytes.</param>
internal sealed record UnpackedKernel(string Path, KernelElf Elf, byte[] File);

/// <summary>Keeps unpacked kernels, so that each is unpacked once, and read once by each run.</summary>
internal static class KernelCache
{
    private static readonly ConcurrentDictionary<string, UnpackedKernel> s_read = new();

    /// <summary>The ELF kernel inside an image as packaged.</summary>
    public static UnpackedKernel Unpacked(GuestKernel kernel) => s_read.GetOrAdd(kernel.Sha256, _ => Read(kernel));

    private static UnpackedKernel Read(GuestKernel kernel)
    {
        string path = Path.Combine(ToolCache.Sub("kernels", "unpacked"), kernel.Sha256 + ".elf");
        if (ToolCache.ReadKept(path) is { } kept)
        {
            return new UnpackedKernel(path, KernelElf.Read(kernel.Name, kept), kept);
        }

        using Progress progress = Progress.Start($"unpacking {kernel.Name}");
        byte[] elf = KernelImage.Unpack(kernel.Name, File.ReadAllBytes(kernel.Path));
        KernelElf read = KernelElf.Read(kernel.Name, elf);
        ToolCache.Keep(path, elf);
        return new UnpackedKernel(path, read, elf);
    }
}

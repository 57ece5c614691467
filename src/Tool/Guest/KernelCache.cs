using Tierce.Tool.Host;

namespace Tierce.Tool.Guest;

/// <summary>Keeps unpacked kernels, so that each is unpacked once.</summary>
internal static class KernelCache
{
    /// <summary>Path of the checked ELF kernel inside an image as packaged, and what the tool knows of it.</summary>
    public static (string Path, KernelElf Elf) Unpacked(GuestKernel kernel)
    {
        string path = Path.Combine(ToolCache.Sub("kernels", "unpacked"), kernel.Sha256 + ".elf");
        if (ToolCache.ReadKept(path) is { } kept)
        {
            return (path, KernelElf.Read(kernel.Name, kept));
        }

        using Progress progress = Progress.Start($"unpacking {kernel.Name}");
        byte[] elf = KernelImage.Unpack(kernel.Name, File.ReadAllBytes(kernel.Path));
        KernelElf read = KernelElf.Read(kernel.Name, elf);
        ToolCache.Keep(path, elf);
        return (path, read);
    }
}

using Tierce.Tool.Host;

namespace Tierce.Tool.Guest;

/// <summary>Debian's GRUB for Xen PV guests (x86-64): a guest of another make than Linux. Extracted into the cache, not installed.</summary>
internal static class GrubImage
{
    private const string Package = "grub-xen-host";
    private const string PathInPackage = "usr/lib/grub-xen/grub-x86_64-xen.bin";

    /// <summary>The image, an ELF file.</summary>
    public static GuestKernel Find()
    {
        using FileStream held = ToolCache.Lock(Package);
        string kept = Path.Combine(ToolCache.Sub("grub"), Path.GetFileName(PathInPackage));
        if (ToolCache.ReadKept(kept) is { } image)
        {
            return new GuestKernel(Package, kept, ToolCache.Hash(image));
        }

        AptSource apt = AptSource.Knowing(Package);
        using Progress progress = Progress.Start($"downloading {Package} {apt.Version(Package)}");
        byte[] downloaded = apt.FileOf(Package, PathInPackage);
        ToolCache.Keep(kept, downloaded);
        return new GuestKernel(Package, kept, ToolCache.Hash(downloaded));
    }
}

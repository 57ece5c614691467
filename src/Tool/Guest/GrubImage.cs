using System.Security.Cryptography;
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
        if (!File.Exists(kept))
        {
            AptSource apt = AptSource.Knowing(Package);
            using Progress progress = Progress.Start($"downloading {Package} {apt.Version(Package)}");
            string extracted = ToolCache.Sub("grub", "extracted");
            apt.Extract(Package, extracted);
            File.Move(Path.Combine(extracted, PathInPackage), kept, overwrite: true);
            Directory.Delete(extracted, recursive: true);
        }

        return new GuestKernel(Package, kept, Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(kept))));
    }
}

using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;
using Tierce.Tool.Host;

namespace Tierce.Tool.Guest;

/// <summary>A guest kernel as it is found: where its image lies and what it is called.</summary>
/// <param name="Name">Package and version, or the path that the user gave.</param>
/// <param name="Path">The image as packaged: a bzImage or an ELF file.</param>
/// <param name="Sha256">Hash of the image, lower-case hexadecimal.</param>
internal sealed record GuestKernel(string Name, string Path, string Sha256);

/// <summary>Finds a guest's kernel: one of Debian's by name, resolved to today's version through its metapackage, or a file.</summary>
internal static partial class KernelSource
{
    private const string PackagePrefix = "linux-image-";

    /// <summary>Guests that are no Linux: they take no initial file system of the tool's and run no commands of it.</summary>
    public static bool IsLinux(string guest) => guest is not ("grub" or "small" or "native");

    /// <summary>Resolves <paramref name="guest"/>: "cloud", "generic", "grub", "small", "native", or a path.</summary>
    public static GuestKernel Resolve(string guest) => guest switch
    {
        "cloud" => FromDebian("linux-image-cloud-amd64"),
        "generic" => FromDebian("linux-image-amd64"),
        "grub" => GrubImage.Find(),
        "small" or "native" => FromFile(Repository.Find().Image($"{guest}-guest")),
        _ => IsPackage(guest) ? FromDebian(guest) : FromFile(guest),
    };

    /// <summary>Debian's packages that stand for its newest kernel of a kind and that apt knows here, such as linux-image-rt-amd64.</summary>
    public static string[] Packages() =>
        [.. Programs.RunChecked("apt-cache", ["pkgnames", PackagePrefix]).Text.Split('\n').Where(name => KernelPackage().IsMatch(name)).Order(StringComparer.Ordinal)];

    private static bool IsPackage(string guest) => KernelPackage().IsMatch(guest) && !File.Exists(guest);

    private static GuestKernel FromFile(string path)
    {
        if (!path.Contains('/', StringComparison.Ordinal) && !File.Exists(path))
        {
            throw new ToolException($"--guest {path}: no such file (say cloud, generic, grub, small, native, one of Debian's packages linux-image-*amd64, or the path of a bzImage or ELF kernel)");
        }

        InputFile.Check($"--guest {path}", path);
        return new GuestKernel(path, Path.GetFullPath(path), Hash(path));
    }

    private static GuestKernel FromDebian(string metapackage)
    {
        using FileStream held = ToolCache.Lock(metapackage);
        string record = Path.Combine(ToolCache.Sub("kernels"), metapackage + ".json");
        GuestKernel? known = ReadRecord(record);

        // Lists change when apt updates them; with the same lists the answer is the same, and asking again would cost a second.
        if (known is not null && File.GetLastWriteTimeUtc(record) > ListsChanged())
        {
            return known;
        }

        AptSource apt = AptSource.Knowing(metapackage);
        string package = apt.Dependency(metapackage, "linux-image-");
        string name = $"{package} {apt.Version(package)}";
        if (known?.Name != name)
        {
            known = Download(apt, package, name);
        }

        ToolCache.WriteWhole(record, JsonSerializer.SerializeToUtf8Bytes(known));
        return known;
    }

    private static GuestKernel Download(AptSource apt, string package, string name)
    {
        using Progress progress = Progress.Start($"downloading {name}");
        string kept = Path.Combine(ToolCache.Sub("kernels", name.Replace(' ', '_')), "vmlinuz");
        byte[] image = apt.FileOf(package, "boot/vmlinuz-*");
        ToolCache.WriteWhole(kept, image);
        return new GuestKernel(name, kept, ToolCache.Hash(image));
    }

    /// <summary>What is known of a kernel that was downloaded; null if that is nothing, or if record or kernel is not as it was written.</summary>
    internal static GuestKernel? ReadRecord(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            GuestKernel? known = JsonSerializer.Deserialize<GuestKernel>(File.ReadAllText(path));
            return known is { Name: not null, Sha256: not null } && File.Exists(known.Path) && Hash(known.Path) == known.Sha256 ? known : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static DateTime ListsChanged()
    {
        DirectoryInfo lists = new("/var/lib/apt/lists");
        return lists.Exists ? lists.LastWriteTimeUtc : DateTime.MinValue;
    }

    [GeneratedRegex(@"^linux-image-([0-9.]+-)?((cloud|rt)-)?amd64$")]
    private static partial Regex KernelPackage();

    private static string Hash(string path)
    {
        using FileStream file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }
}

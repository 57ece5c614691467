using Tierce.Tool.Host;

namespace Tierce.Tool.Guest;

/// <summary>Debian's statically linked busybox: the guest's user land. Extracted into the cache, not installed.</summary>
internal static class Busybox
{
    private const string Package = "busybox-static";

    /// <summary>Path of the program.</summary>
    public static string Find()
    {
        using FileStream held = ToolCache.Lock(Package);
        string kept = Path.Combine(ToolCache.Sub("busybox"), "busybox");
        if (File.Exists(kept))
        {
            return kept;
        }

        AptSource apt = AptSource.Knowing(Package);
        using Progress progress = Progress.Start($"downloading {Package} {apt.Version(Package)}");
        string extracted = ToolCache.Sub("busybox", "extracted");
        apt.Extract(Package, extracted);
        string program = new[] { "bin/busybox", "usr/bin/busybox" }.Select(path => Path.Combine(extracted, path)).FirstOrDefault(File.Exists)
            ?? throw new ToolException($"package {Package} holds no busybox");
        File.Move(program, kept, overwrite: true);
        Directory.Delete(extracted, recursive: true);
        return kept;
    }

    /// <summary>Paths of all applets, such as bin/ls.</summary>
    public static string[] Applets(string program) =>
        Programs.RunChecked(program, ["--list-full"]).Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}

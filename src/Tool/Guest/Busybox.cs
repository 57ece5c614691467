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
        if (ToolCache.ReadKept(kept) is null)
        {
            AptSource apt = AptSource.Knowing(Package);
            using Progress progress = Progress.Start($"downloading {Package} {apt.Version(Package)}");
            ToolCache.Keep(kept, apt.FileOf(Package, "bin/busybox", "usr/bin/busybox"));
        }

        // It is also run here, to be asked for its applets.
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(kept, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return kept;
    }

    /// <summary>Paths of all applets, such as bin/ls.</summary>
    public static string[] Applets(string program) =>
        Programs.RunChecked(program, ["--list-full"]).Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}

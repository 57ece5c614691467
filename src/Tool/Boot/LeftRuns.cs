using Tierce.Tool.Host;

namespace Tierce.Tool.Boot;

/// <summary>
/// Clears folders of runs whose tool has ended without doing so: killed, or with the machine under it. A run holds a lock on a file in its
/// folder, which the system lets go of when the tool ends.
/// </summary>
internal static class LeftRuns
{
    /// <summary>Names inside a run's folder: the file that its tool has locked, and what is booted.</summary>
    public const string Alive = "alive", Boot = "boot";

    /// <summary>Name inside the folder of what is booted: the file that names the socket of the machine's control line.</summary>
    public const string Control = "control";

    /// <summary>How the name of a socket begins, of QEMU's stub for gdb or of a control line; the number of the tool's process ends it.</summary>
    public const string DebuggerSocketPrefix = "tierce-gdb-", ControlSocketPrefix = "tierce-control-";

    /// <summary>Runs that failed, or were cut short, whose logs stay: the latest.</summary>
    public const int KeptLogs = 20;

    /// <summary>A folder that names no owner is left alone for so long: a tool of before there was such a file may be running.</summary>
    private static readonly TimeSpan s_ageWithoutOwner = TimeSpan.FromDays(1);

    /// <summary>Clears them. The caller holds the lock "runs", so that no folder is between being made and being locked.</summary>
    public static void Clear()
    {
        List<DirectoryInfo> ended = [];
        foreach (DirectoryInfo run in new DirectoryInfo(ToolCache.Sub("runs")).EnumerateDirectories())
        {
            Try(() =>
            {
                if (HasEnded(run))
                {
                    ended.Add(run);
                }
            });
        }

        foreach (DirectoryInfo run in ended.OrderByDescending(run => run.Name, StringComparer.Ordinal).Skip(KeptLogs))
        {
            Try(() => run.Delete(recursive: true));
        }

        ClearSockets();
    }

    /// <summary>Folders of runs that go on, whose machine has a control line; the latest first.</summary>
    public static IReadOnlyList<DirectoryInfo> WithControl() =>
    [
        .. new DirectoryInfo(ToolCache.Sub("runs")).EnumerateDirectories()
            .Where(run => File.Exists(Path.Combine(run.FullName, Boot, Control)) && IsHeld(Path.Combine(run.FullName, Alive)))
            .OrderByDescending(run => run.Name, StringComparer.Ordinal),
    ];

    private static bool IsHeld(string alive)
    {
        if (!File.Exists(alive))
        {
            return false;
        }

        using FileStream? held = ToolCache.TryLock(alive);
        return held is null;
    }

    /// <summary>A run does not fail because what an older one left cannot be cleared: it may be another user's.</summary>
    private static void Try(Action clear)
    {
        try
        {
            clear();
        }
        catch (Exception e) when (Failures.Words(e) is not null)
        {
            // It stays.
        }
    }

    /// <summary>Whether the folder is not in use. The files booted in it are removed then.</summary>
    private static bool HasEnded(DirectoryInfo run)
    {
        string alive = Path.Combine(run.FullName, Alive);
        string boot = Path.Combine(run.FullName, Boot);
        if (File.Exists(alive))
        {
            using FileStream? held = ToolCache.TryLock(alive);
            if (held is null)
            {
                return false;
            }

            File.Delete(alive);
        }
        else if (Directory.Exists(boot) && DateTime.UtcNow - run.LastWriteTimeUtc < s_ageWithoutOwner)
        {
            return false;
        }

        if (Directory.Exists(boot))
        {
            Directory.Delete(boot, recursive: true);
        }

        return true;
    }

    /// <summary>A QEMU that is killed leaves its socket.</summary>
    private static void ClearSockets()
    {
        string[] prefixes = [DebuggerSocketPrefix, ControlSocketPrefix];
        foreach (string socket in prefixes.SelectMany(prefix => Directory.EnumerateFiles(Path.GetTempPath(), prefix + "*")))
        {
            if (!Directory.Exists($"/proc/{socket[(socket.LastIndexOf('-') + 1)..]}"))
            {
                Try(() => File.Delete(socket));
            }
        }
    }
}

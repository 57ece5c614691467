using Tierce.Tool.Host;

namespace Tierce.Tool.Boot;

/// <summary>Folder of one run: what is booted, and the logs.</summary>
internal sealed class RunFolder : IDisposable
{
    private readonly bool _keepAlways;

    /// <summary>Makes a folder for a run.</summary>
    /// <param name="kept">Where the user wants the logs, or null.</param>
    public RunFolder(string? kept)
    {
        _keepAlways = kept is not null;
        Path = kept is null ? ToolCache.Sub("runs", $"{DateTime.UtcNow:yyyyMMdd-HHmmss}-{Environment.ProcessId}") : System.IO.Path.GetFullPath(kept);
        Directory.CreateDirectory(Path);
        Boot = System.IO.Path.Combine(Path, "boot");
        Directory.CreateDirectory(Boot);
        System.IO.File.Delete(TierceLog);
        PointTo(TierceLog);
    }

    /// <summary>Tierce's log of the machine that was started last: a link to it, or a copy once its folder is gone.</summary>
    public static string LastLog => System.IO.Path.Combine(ToolCache.Sub(), "last.log");

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>What is booted; removed after the run.</summary>
    public string Boot { get; }

    /// <summary>Tierce's own log.</summary>
    public string TierceLog => File("tierce.log");

    /// <summary>The machine's memory, while it runs and if somebody looks into it.</summary>
    public string Memory => System.IO.Path.Combine(Boot, "memory");

    /// <summary>Whether the logs of this run are worth keeping.</summary>
    public bool Keep { get; set; }

    /// <summary>Keeps a text of the run.</summary>
    public void Save(string name, string text) => System.IO.File.WriteAllText(File(name), text, System.Text.Encoding.Latin1);

    /// <summary>Removes what was booted, and the logs unless they are to be kept.</summary>
    public void Dispose()
    {
        Directory.Delete(Boot, recursive: true);
        if (!Keep && !_keepAlways)
        {
            if (System.IO.File.Exists(TierceLog) && new FileInfo(LastLog).LinkTarget == TierceLog)
            {
                ToolCache.WriteWhole(LastLog, System.IO.File.ReadAllBytes(TierceLog));
            }

            Directory.Delete(Path, recursive: true);
        }
    }

    private static void PointTo(string log)
    {
        string link = $"{LastLog}.{Environment.ProcessId}";
        System.IO.File.Delete(link);
        System.IO.File.CreateSymbolicLink(link, log);
        System.IO.File.Move(link, LastLog, overwrite: true);
    }

    private string File(string name) => System.IO.Path.Combine(Path, name);
}

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
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>What is booted; removed after the run.</summary>
    public string Boot { get; }

    /// <summary>Tierce's own log.</summary>
    public string TierceLog => File("tierce.log");

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
            Directory.Delete(Path, recursive: true);
        }
    }

    private string File(string name) => System.IO.Path.Combine(Path, name);
}

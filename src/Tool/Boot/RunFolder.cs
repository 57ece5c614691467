using System.Globalization;
using Tierce.Tool.Host;

namespace Tierce.Tool.Boot;

/// <summary>Folder of one run: what is booted, and the logs.</summary>
internal sealed class RunFolder : IDisposable
{
    private static int s_count;

    private readonly bool _keepAlways;
    private readonly string _own;
    private readonly FileStream _alive;
    private readonly Lock _lock = new();
    private bool _gone;

    /// <summary>Makes a folder for a run.</summary>
    /// <param name="kept">Where the user wants the logs, or null.</param>
    public RunFolder(string? kept)
    {
        using (ToolCache.Lock("runs"))
        {
            LeftRuns.Clear();
            string name = string.Create(CultureInfo.InvariantCulture, $"{DateTime.UtcNow:yyyyMMdd-HHmmss}-{Environment.ProcessId}-{Interlocked.Increment(ref s_count)}");
            _own = ToolCache.Sub("runs", name);
            _alive = ToolCache.TryLock(System.IO.Path.Combine(_own, LeftRuns.Alive)) ?? throw new ToolException($"{_own} is another run's folder");
        }

        _keepAlways = kept is not null;
        Path = kept is null ? _own : System.IO.Path.GetFullPath(kept);
        Directory.CreateDirectory(Path);
        Boot = System.IO.Path.Combine(_own, LeftRuns.Boot);
        Directory.CreateDirectory(Boot);
        System.IO.File.Delete(TierceLog);
        PointTo(TierceLog);
        AppDomain.CurrentDomain.ProcessExit += OnExit;
    }

    /// <summary>Tierce's log of the machine that was started last: a link to it, or a copy once its folder is gone.</summary>
    public static string LastLog => System.IO.Path.Combine(ToolCache.Sub(), "last.log");

    /// <summary>The folder with the logs.</summary>
    public string Path { get; }

    /// <summary>Folder of what is booted; removed after the run.</summary>
    public string Boot { get; }

    /// <summary>Tierce's own log.</summary>
    public string TierceLog => File("tierce.log");

    /// <summary>The machine's memory, while it runs and if another program reads it.</summary>
    public string Memory => System.IO.Path.Combine(Boot, "memory");

    /// <summary>
    /// Path for the socket of the machine's control line, which other calls of the tool find by this folder. It is not in this folder: the
    /// path of a socket has at most 107 characters.
    /// </summary>
    public string MakeControlSocket()
    {
        string socket = System.IO.Path.Combine(
            System.IO.Path.GetTempPath(),
            string.Create(CultureInfo.InvariantCulture, $"{LeftRuns.ControlSocketPrefix}{Interlocked.Increment(ref s_count)}-{Environment.ProcessId}"));
        System.IO.File.Delete(socket);
        ToolCache.WriteWhole(System.IO.Path.Combine(Boot, LeftRuns.Control), System.Text.Encoding.UTF8.GetBytes(socket));
        return socket;
    }

    /// <summary>Whether the logs of this run are worth keeping.</summary>
    public bool Keep { get; set; }

    /// <summary>Keeps a text of the run.</summary>
    public void Save(string name, string text) => System.IO.File.WriteAllText(File(name), text, System.Text.Encoding.Latin1);

    /// <summary>Removes what was booted, and the logs unless they are to be kept.</summary>
    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnExit;
        lock (_lock)
        {
            if (!_gone)
            {
                _gone = true;
                Remove();
            }
        }
    }

    private static void PointTo(string log)
    {
        string link = string.Create(CultureInfo.InvariantCulture, $"{LastLog}.{Environment.ProcessId}-{Interlocked.Increment(ref s_count)}");
        System.IO.File.Delete(link);
        System.IO.File.CreateSymbolicLink(link, log);
        System.IO.File.Move(link, LastLog, overwrite: true);
    }

    private void Remove()
    {
        bool keepsOwn = Keep && !_keepAlways;
        if (!keepsOwn && !_keepAlways && System.IO.File.Exists(TierceLog) && new FileInfo(LastLog).LinkTarget == TierceLog)
        {
            ToolCache.WriteWhole(LastLog, System.IO.File.ReadAllBytes(TierceLog));
        }

        if (keepsOwn)
        {
            Directory.Delete(Boot, recursive: true);
            System.IO.File.Delete(System.IO.Path.Combine(_own, LeftRuns.Alive));
        }
        else
        {
            Directory.Delete(_own, recursive: true);
        }

        _alive.Dispose();
    }

    /// <summary>A signal ends the tool in the middle of a run.</summary>
    private void OnExit(object? sender, EventArgs e)
    {
        try
        {
            Dispose();
        }
        catch (Exception failure) when (Failures.Words(failure) is not null)
        {
            // The machine may write into the folder until it is stopped too. The next run clears what is left.
        }
    }

    private string File(string name) => System.IO.Path.Combine(Path, name);
}

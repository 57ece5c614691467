using System.Diagnostics;
using System.Globalization;
using Tierce.Tool.Host;

namespace Tierce.Tool.Detach;

/// <summary>
/// A run that outlives its terminal. The run itself is a second call of the tool, on a terminal of its own that dtach(1) holds; what the
/// user called attaches to it, and ends when the user detaches or the run is over. Each run has files in the cache: a socket, the process
/// that runs, the attached terminal, and at the end the exit status.
/// </summary>
internal sealed class DetachedRun
{
    /// <summary>Tells the inner call where its files are.</summary>
    private const string Variable = "TIERCE_DETACHED_RUN";

    private readonly string _path;

    private DetachedRun(string path) => _path = path;

    /// <summary>The run that this process is the inside of; null if it is none.</summary>
    public static DetachedRun? Inside { get; } = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } path ? new DetachedRun(path) : null;

    /// <summary>Whether this process may become the outside of a run: all its streams are the terminal.</summary>
    public static bool IsPossible => Inside is null && !Console.IsInputRedirected && !Console.IsOutputRedirected && !Console.IsErrorRedirected;

    /// <summary>Name by which the user attaches.</summary>
    public string Name => Path.GetFileName(_path);

    /// <summary>The run's description.</summary>
    public string About => File.Exists(Runner) ? File.ReadAllLines(Runner).ElementAtOrDefault(1) ?? string.Empty : string.Empty;

    private string Socket => _path + ".socket";

    private string Runner => _path + ".runner";

    private string Client => _path + ".client";

    private string Status => _path + ".status";

    /// <summary>Runs that go on, the latest first. Files that other runs have left are removed.</summary>
    public static IReadOnlyList<DetachedRun> All()
    {
        DetachedRun[] runs = [.. new DirectoryInfo(Folder()).EnumerateFiles("*.runner")
            .OrderByDescending(file => file.CreationTimeUtc).Select(file => new DetachedRun(Path.ChangeExtension(file.FullName, null)))];
        foreach (DetachedRun run in runs.Where(run => !run.Runs))
        {
            run.Remove();
        }

        return [.. runs.Where(run => run.Runs)];
    }

    /// <summary>Calls the tool again, with this process's own arguments, and attaches to it. Returns as <see cref="Attach"/>.</summary>
    public static int Start()
    {
        Requirements.Ensure("dtach");
        DetachedRun run = new(Path.Combine(Folder(), Environment.ProcessId.ToString(CultureInfo.InvariantCulture)));
        run.Remove();
        string[] tool = [Environment.ProcessPath!, .. Environment.GetCommandLineArgs()];
        return run.Attend(["-c", run.Socket, "-E", "-z", "-r", "winch", .. tool]);
    }

    /// <summary>Attaches this terminal: until the run ends, whose exit status is returned, or the user detaches.</summary>
    public int Attach()
    {
        Requirements.Ensure("dtach");
        return Attend(["-a", Socket, "-E", "-z", "-r", "winch"]);
    }

    /// <summary>For the inner call: it runs, with this description.</summary>
    public void Begin(string about) => File.WriteAllText(Runner, string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}\n{about}\n"));

    /// <summary>For the inner call: the status that the outer call returns.</summary>
    public void End(int status) => File.WriteAllText(Status, status.ToString(CultureInfo.InvariantCulture));

    /// <summary>For the inner call: detaches the attached terminal.</summary>
    public void Detach() => Programs.Run("sh", ["-c", $"kill -HUP {AttachedClient}"]);

    /// <summary>For the inner call: a number of the attached terminal, which differs each time.</summary>
    public string AttachedClient => File.Exists(Client) ? File.ReadAllText(Client).Trim() : string.Empty;

    private bool Runs
    {
        get
        {
            try
            {
                using Process process = Process.GetProcessById(int.Parse(File.ReadAllLines(Runner)[0], CultureInfo.InvariantCulture));
                return !process.HasExited && File.Exists(Socket);
            }
            catch (Exception e) when (e is ArgumentException or FormatException or OverflowException or IOException or IndexOutOfRangeException)
            {
                return false;
            }
        }
    }

    private static string Folder() => ToolCache.Sub("detached");

    private int Attend(string[] arguments)
    {
        // Written before it is attached: the run reads it when the terminal's size changes.
        ProcessStartInfo start = new("sh", ["-c", "echo $$ >\"$0\"; exec dtach \"$@\"", Client, .. arguments]);
        start.Environment[Variable] = _path;
        using Process client = Process.Start(start)!;
        client.WaitForExit();
        if (File.Exists(Status) && int.TryParse(File.ReadAllText(Status), CultureInfo.InvariantCulture, out int status))
        {
            Remove();
            return status;
        }

        if (!Runs)
        {
            Remove();
            throw new ToolException("the run ended without a status");
        }

        Progress.Note($"detached; './tierce attach {Name}' goes on");
        return ExitCodes.Success;
    }

    private void Remove()
    {
        foreach (string file in (ReadOnlySpan<string>)[Socket, Runner, Client, Status])
        {
            File.Delete(file);
        }
    }
}

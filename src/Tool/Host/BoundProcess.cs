using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace Tierce.Tool.Host;

/// <summary>
/// Starts programs that end when the tool does, be it by SIGKILL: the kernel then sends them one too (PR_SET_PDEATHSIG, by way of
/// setpriv(1), which becomes the program).
/// </summary>
internal static class BoundProcess
{
    /// <summary>The kernel sends nothing for a parent that ended before it was asked to: the shell, which is asked to already, looks whether it still is the parent.</summary>
    private const string Script = "[ \"$PPID\" = \"$0\" ] && exec \"$@\"";

    private static readonly BlockingCollection<Action> s_starts = [];

    // The signal comes when the thread ends that started the program, so that one is never to end.
    static BoundProcess() => new Thread(StartThem) { IsBackground = true, Name = "starter" }.Start();

    /// <summary>Starts a program by its full path, with all three streams redirected. Its process is the one returned.</summary>
    public static Process Start(string path, IEnumerable<string> arguments)
    {
        ProcessStartInfo start = new(
            Programs.Find("setpriv") ?? throw new ToolException(Requirements.MissingMessage("setpriv")),
            ["--pdeathsig", "KILL", "sh", "-c", Script, Environment.ProcessId.ToString(CultureInfo.InvariantCulture), path, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        TaskCompletionSource<Process> started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        s_starts.Add(() =>
        {
            try
            {
                started.SetResult(Process.Start(start)!);
            }
            catch (Exception e) when (e is System.ComponentModel.Win32Exception or IOException)
            {
                started.SetException(e);
            }
        });
        return started.Task.GetAwaiter().GetResult();
    }

    private static void StartThem()
    {
        foreach (Action start in s_starts.GetConsumingEnumerable())
        {
            start();
        }
    }
}

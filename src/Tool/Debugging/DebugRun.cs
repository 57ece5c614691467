using System.Diagnostics;
using Tierce.Tool.Boot;
using Tierce.Tool.Building;
using Tierce.Tool.Host;

namespace Tierce.Tool.Debugging;

/// <summary>Boots a machine that waits, and runs gdb on it in this terminal.</summary>
internal static class DebugRun
{
    private static readonly TimeSpan s_socketLimit = TimeSpan.FromSeconds(30);

    /// <summary>Runs to gdb's end; the machine ends with it. Returns gdb's status.</summary>
    /// <param name="tree">The source tree.</param>
    /// <param name="options">What to boot.</param>
    /// <param name="scripts">gdb scripts to run once it is attached.</param>
    /// <param name="batch">End with the last script.</param>
    public static int Execute(Repository tree, RunOptions options, IReadOnlyCollection<string> scripts, bool batch)
    {
        Requirements.Ensure([.. Requirements.ForBuild, .. Requirements.ForRun, "gdb"]);
        Builder.BuildImages(tree);
        using RunFolder folder = new(options.LogFolder);
        GuestBoot boot = GuestBoot.Prepare(tree, options, folder);

        // Not in the run's folder: the path of a socket has at most 107 characters.
        string socket = Path.Combine(Path.GetTempPath(), $"{LeftRuns.DebuggerSocketPrefix}{Environment.ProcessId}");
        string script = Path.Combine(folder.Boot, "gdb");
        File.WriteAllText(script, GdbScript.Make(GdbScript.Symbols(tree), socket));
        string console = Path.Combine(folder.Path, "console.log");
        using Machine machine = Machine.Start(boot.Machine with { DebuggerSocket = socket, WaitsForDebugger = true });
        using QuietSession session = new(machine, boot.Session, console);
        WaitFor(socket, machine);
        Progress.Note($"gdb has this terminal; the guest's console goes to {console}, Tierce's log to {folder.TierceLog}");
        int status = Gdb(["-q", "-nx", .. batch ? (string[])["-batch"] : [], "-x", script, .. scripts.SelectMany(file => (string[])["-x", file])]);
        session.ThrowIfFailed();
        return status;
    }

    private static void WaitFor(string socket, Machine machine)
    {
        for (Stopwatch clock = Stopwatch.StartNew(); !File.Exists(socket); Thread.Sleep(20))
        {
            if (machine.Ended || clock.Elapsed > s_socketLimit)
            {
                throw new ToolException($"QEMU does not wait for gdb: {(machine.Ended ? machine.Messages : "no socket")}");
            }
        }
    }

    private static int Gdb(IEnumerable<string> arguments)
    {
        // Ctrl-C is gdb's: it stops the machine, not this tool.
        Interrupts.Ignored = true;
        using Process gdb = Process.Start(new ProcessStartInfo(Programs.Find("gdb")!, arguments))!;
        gdb.WaitForExit();
        Interrupts.Ignored = false;
        return gdb.ExitCode;
    }
}

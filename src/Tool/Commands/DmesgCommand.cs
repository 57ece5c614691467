using System.CommandLine;
using Tierce.Tool.Boot;
using Tierce.Tool.Host;

namespace Tierce.Tool.Commands;

/// <summary><c>dmesg</c>: prints Tierce's own log.</summary>
internal static class DmesgCommand
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        Option<bool> follow = new("--follow", "-f") { Description = "Go on as the log grows, until Ctrl-C" };
        Command command = new("dmesg", "Print Tierce's own log: of the machine that was started last, while it runs or afterwards") { follow };
        command.SetAction(parsed =>
        {
            string path = RunFolder.LastLog;
            if (!File.Exists(path))
            {
                throw new ToolException("no machine has been started yet, or its log is gone");
            }

            using FileStream log = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            log.CopyTo(StandardStream.Output);
            while (parsed.GetValue(follow))
            {
                Thread.Sleep(s_pause);
                log.CopyTo(StandardStream.Output);
            }

            return ExitCodes.Success;
        });
        return command;
    }
}

using System.CommandLine;
using Tierce.Tool.Boot;
using Tierce.Tool.Debugging;
using Tierce.Tool.Host;

namespace Tierce.Tool.Commands;

/// <summary><c>debug</c>: boots a machine under gdb.</summary>
internal static class DebugCommand
{
    private const int Port = 1234;

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        GuestOptions options = new();
        Option<string[]> script = new("--gdb-script", "-x") { HelpName = "FILE", Description = "gdb commands to run once it is attached" };
        Option<bool> batch = new("--batch") { Description = "End when the scripts have" };
        Option<bool> wait = new("--wait") { Description = $"Start no gdb: wait for one on localhost:{Port}, with the guest's console in this terminal" };
        Command command = new("debug", "Boot a guest as 'run' does, stopped before the first instruction, with gdb attached and the symbols of all pieces loaded") { script, batch, wait };
        options.AddTo(command);
        command.SetAction(parsed =>
        {
            Repository tree = Repository.Find();
            RunOptions run = options.Read(parsed);
            if (run.Carrier != Carrier.Tierce)
            {
                throw new ToolException("debug knows the symbols of Tierce alone: --native and --xen are for 'run'");
            }

            if (!parsed.GetValue(wait))
            {
                return DebugRun.Execute(tree, run, parsed.GetValue(script) ?? [], parsed.GetValue(batch));
            }

            string file = Path.Combine(tree.Artifacts, "debug.gdb");
            Directory.CreateDirectory(tree.Artifacts);
            File.WriteAllText(file, GdbScript.Make(GdbScript.Symbols(tree), $"localhost:{Port}"));
            Progress.Note($"the machine waits; in another terminal: gdb -x {file}");
            return RunCommand.Execute(tree, run with { DebuggerPort = Port });
        });
        return command;
    }
}

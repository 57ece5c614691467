using System.CommandLine;
using Tierce.Tool.Boot;
using Tierce.Tool.Host;

namespace Tierce.Tool.Commands;

/// <summary><c>debug</c>: boots a machine that waits for a debugger.</summary>
internal static class DebugCommand
{
    private const int Port = 1234;

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        GuestOptions options = new();
        Command command = new("debug", "Boot a guest as 'run' does, but stopped before the first instruction: attach gdb with the line that is printed");
        options.AddTo(command);
        command.SetAction(parsed =>
        {
            Repository tree = Repository.Find();
            RunOptions run = options.Read(parsed) with { DebuggerPort = Port };
            Progress.Note("the machine waits for a debugger; in another terminal, from this folder:");
            Progress.Note($"  gdb -ex 'target remote localhost:{Port}' -ex 'break Tierce_Kernel_Tierce_Kernel_Panic__Begin' {Path.GetRelativePath(tree.Root, Path.Combine(tree.Images, "kernel.elf"))}");
            Progress.Note("  (add-symbol-file artifacts/images/monitor, or another image, to see into user programs; hbreak for early boot)");
            return RunCommand.Execute(tree, run);
        });
        return command;
    }
}

using System.CommandLine;
using Tierce.Tool.Detach;
using Tierce.Tool.Host;

namespace Tierce.Tool.Commands;

/// <summary><c>attach</c>: goes on with a run that was detached from its terminal.</summary>
internal static class AttachCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        Argument<string?> name = new("run") { HelpName = "RUN", Description = "Which, where there are several; without it, they are listed", Arity = ArgumentArity.ZeroOrOne };
        Command command = new("attach", "Go on with a run of several guests that Ctrl-] d has detached from its terminal") { name };
        command.SetAction(parsed => Execute(parsed.GetValue(name)));
        return command;
    }

    private static int Execute(string? name)
    {
        IReadOnlyList<DetachedRun> runs = DetachedRun.All();
        if (runs.Count == 0)
        {
            throw new ToolException("no run goes on");
        }

        DetachedRun? run = name is null && runs.Count == 1 ? runs[0] : runs.FirstOrDefault(run => run.Name == name);
        if (run is null)
        {
            string list = string.Join('\n', runs.Select(run => $"  {run.Name}  {run.About}"));
            throw new ToolException($"{(name is null ? "there are several runs; say which" : $"there is no run {name}")}:\n{list}");
        }

        return Console.IsInputRedirected ? throw new ToolException("attach needs a terminal") : run.Attach();
    }
}

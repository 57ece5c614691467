using System.CommandLine;
using System.Globalization;
using Tierce.Tool.Bench;
using Tierce.Tool.Building;
using Tierce.Tool.Host;

namespace Tierce.Tool.Commands;

/// <summary><c>bench calls</c>: instructions of kernel calls, and how long interrupts are off.</summary>
internal static class BenchCallsCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create(Option<int> handicap, Option<FileInfo> json)
    {
        Option<bool> brief = new("--calls-only") { Description = "Only what calls cost: no guest is booted" };
        Command command = new("calls", "Instructions of kernel calls, and the longest stretches with interrupts off") { brief, handicap, json };
        command.SetAction(parsed =>
        {
            Repository tree = Repository.Find();
            TierceSettings settings = new() { Handicap = TierceSettings.CheckHandicap(parsed.GetValue(handicap)) };
            string? figures = OutputFile.Check("--json", parsed.GetValue(json)?.FullName);
            Requirements.Ensure([.. Requirements.ForBuild, .. Requirements.ForRun]);
            Builder.BuildImages(tree);
            CallCost[] costs = Measure("measuring kernel calls", () => CallBench.Run(tree, settings));
            Console.WriteLine($"{"kernel call",-24} {"instructions",14} {"entries",8}");
            foreach (CallCost cost in costs)
            {
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{cost.Name,-24} {cost.Instructions,14:#,0} {cost.Entries,8:0.##}"));
            }

            (string Path, ulong Instructions)[] stretches = parsed.GetValue(brief) ? [] : Measure("measuring how long interrupts are off", () => InterruptsOff.Run(tree, "cloud", settings));
            if (stretches.Length > 0)
            {
                Console.WriteLine($"\n{"interrupts off at most",-36} {"instructions",14}");
                foreach ((string path, ulong instructions) in stretches)
                {
                    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{path,-36} {instructions,14:#,0}"));
                }
            }

            if (figures is not null)
            {
                File.WriteAllText(figures, BenchJson.List(
                [
                    .. costs.Select(cost => new BenchResult(cost.Name, BenchResult.Instructions, null, null, cost.Instructions)),
                    .. costs.Select(cost => new BenchResult($"{cost.Name}-entries", "for one operation", null, null, cost.Entries)),
                    .. stretches.Select(stretch => new BenchResult($"interrupts-off-{stretch.Path}", BenchResult.Instructions, null, null, stretch.Instructions)),
                ]));
            }

            return ExitCodes.Success;
        });
        return command;
    }

    private static T Measure<T>(string what, Func<T> measure)
    {
        using Progress progress = Progress.Start(what);
        return measure();
    }
}

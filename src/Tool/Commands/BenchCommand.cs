using System.CommandLine;
using Tierce.Tool.Bench;
using Tierce.Tool.Boot;
using Tierce.Tool.Building;
using Tierce.Tool.Host;

namespace Tierce.Tool.Commands;

/// <summary><c>bench</c>: the yardstick, on the machine itself, under Xen and under Tierce.</summary>
internal static class BenchCommand
{
    private const int MostRepeats = 100;

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        Option<string> guest = new("--guest") { HelpName = "cloud|generic|PATH", Description = "Kernel that all sides boot; Xen takes the generic one only", DefaultValueFactory = _ => "generic" };
        Option<string> way = EntryOption.Create();
        Option<string[]> only = new("--only") { HelpName = "ROW,...", Description = $"Only these rows of {string.Join(", ", BenchRow.All.Select(row => row.Name))}" };
        Option<string[]> sides = new("--sides") { HelpName = "SIDE,...", Description = "Only these sides of native, xen, tierce" };
        Option<bool> instructions = new("--icount") { Description = "Instructions only" };
        Option<bool> counts = new("--counts") { Description = "Also what Tierce's kernel did for one operation of each row: entries by kind, loads of CR3, hidden faults; one boot a row" };
        Option<int> handicap = new("--handicap") { HelpName = "N", Description = $"Makes each entry of Tierce's kernel N instructions longer, at most {TierceSettings.MostHandicap}" };
        Option<bool> wall = new("--wall") { Description = "Wall time only" };
        Option<int> repeat = new("--repeat") { HelpName = "N", Description = "Boots a side for wall time, in turns, of which the best counts", DefaultValueFactory = _ => 3 };
        Option<FileInfo> json = new("--json") { HelpName = "FILE", Description = "Write the figures there, as a list of {\"name\", \"unit\", \"native\", \"xen\", \"tierce\"}" };
        Option<FileInfo> chart = new("--chart") { HelpName = "FILE", Description = "Where the chart goes (SVG); by default artifacts/bench.svg, or bench-cache.svg" };
        Command command = new("bench", "Measure native, Xen and Tierce on the same QEMU: instructions, which repeat exactly, and wall time") { guest, way, only, sides, instructions, wall, repeat, counts, handicap, json, chart, InterruptsCommand.Create() };
        command.Add(BenchCallsCommand.Create(handicap, json));
        command.Add(BenchMemoryCommand.Create(guest, json));
        command.Add(BenchIoCommand.Create(guest, sides, instructions, wall, repeat, json));
        command.Add(BenchCacheCommand.Create(guest, way, json, chart));
        command.SetAction(parsed =>
        {
            Repository tree = Repository.Find();
            BenchRow[] rows = BenchRow.Choose(Split(parsed.GetValue(only)));
            TierceSettings settings = new() { Entry = EntryOption.Read(parsed, way), Handicap = TierceSettings.CheckHandicap(parsed.GetValue(handicap)) };
            int repeats = Repeats(parsed.GetValue(repeat));
            string? figures = OutputFile.Check("--json", parsed.GetValue(json)?.FullName);
            string picture = OutputFile.Check("--chart", parsed.GetValue(chart)?.FullName) ?? Path.Combine(tree.Artifacts, "bench.svg");
            Yardstick yardstick = new(tree, parsed.GetValue(guest)!, rows, Sides(Split(parsed.GetValue(sides))), settings);
            Requirements.Ensure([.. Requirements.ForBuild, .. Requirements.ForRun]);
            Builder.BuildImages(tree);
            BenchResult[] results =
            [
                .. parsed.GetValue(wall) ? [] : yardstick.CountInstructions(),
                .. parsed.GetValue(instructions) ? [] : yardstick.MeasureWallTime(repeats),
            ];
            (BenchCounts Entries, HypercallCounts Hypercalls)[] counted = parsed.GetValue(counts) ? yardstick.CountEntries() : [];
            Console.Write(BenchTable.Format(results));
            if (counted.Length > 0)
            {
                Console.Write(BenchCounts.Format(counted.Select(row => row.Entries)));
                Console.Write(HypercallCounts.Format(counted.Select(row => row.Hypercalls)));
                results = [.. results, .. counted.SelectMany(row => row.Entries.Results().Concat(row.Hypercalls.Results()))];
            }

            File.WriteAllText(picture, BenchChart.Draw(results));
            Progress.Note($"chart is in {picture}");
            if (figures is not null)
            {
                File.WriteAllText(figures, BenchJson.List(results));
            }

            return ExitCodes.Success;
        });
        return command;
    }

    /// <summary>Values of an option that may be repeated or hold several, with commas.</summary>
    public static string[] Split(string[]? values) =>
        [.. (values ?? []).SelectMany(value => value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];

    /// <summary>Checks the value of --repeat.</summary>
    public static int Repeats(int times) =>
        times is >= 1 and <= MostRepeats ? times : throw new ToolException($"--repeat {times}: from 1 to {MostRepeats}");

    /// <summary>The sides that --sides names; all of them if it names none.</summary>
    public static Carrier[] Sides(string[] names)
    {
        (string Name, Carrier Side)[] all = [("native", Carrier.Native), ("xen", Carrier.Xen), ("tierce", Carrier.Tierce)];
        return names.Except(all.Select(known => known.Name)).FirstOrDefault() is { } unknown
            ? throw new ToolException($"--sides {unknown}: sides are native, xen and tierce")
            : [.. all.Where(known => names.Length == 0 || names.Contains(known.Name)).Select(known => known.Side)];
    }
}

using System.CommandLine;
using System.Globalization;
using Tierce.Tool.Bench;
using Tierce.Tool.Bench.Interrupts;
using Tierce.Tool.Boot;
using Tierce.Tool.Building;
using Tierce.Tool.Host;

namespace Tierce.Tool.Commands;

/// <summary><c>bench interrupts</c>: the ways of an interrupt, counted from outside.</summary>
internal static class InterruptsCommand
{
    /// <summary>Interrupts recorded for a case; the middle one counts.</summary>
    private const int Samples = 3;

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        Option<string[]> only = new("--only") { HelpName = "CASE,...", Description = $"Only these cases of {string.Join(", ", InterruptCases.All.Select(known => known.Name))}" };
        Option<bool> profile = new("--profile") { Description = "Also where the instructions go, by function, up to the guest's handler" };
        Option<FileInfo> json = new("--json") { HelpName = "FILE", Description = "Write the rows there" };
        Command command = new("interrupts", "Measure how an interrupt travels: context switches and instructions, recorded from outside") { only, profile, json };
        command.SetAction(parsed =>
        {
            Repository tree = Repository.Find();
            string[] names = [.. (parsed.GetValue(only) ?? []).SelectMany(value => value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];
            InterruptCase[] cases = InterruptCases.Choose(names);
            string? figures = OutputFile.Check("--json", parsed.GetValue(json)?.FullName);
            Requirements.Ensure([.. Requirements.ForBuild, .. Requirements.ForRun]);
            Builder.BuildImages(tree);
            if (cases.Any(which => which.IsBuiltApart))
            {
                Builder.BuildCases(tree);
            }

            InterruptRow[] rows = [.. cases.Select(which => TryMeasure(tree, which, parsed.GetValue(profile), needed: names.Length > 0 || which.Kernel is not null)).OfType<InterruptRow>()];
            Console.Write(InterruptTable.Format(rows));
            if (figures is not null)
            {
                File.WriteAllText(figures, BenchJson.List(rows));
            }

            return ExitCodes.Success;
        });
        return command;
    }

    /// <summary>
    /// Measures a case. One for comparison that was not requested by name is left out if it is not available, with a line that says why.
    /// </summary>
    private static InterruptRow? TryMeasure(Repository tree, InterruptCase which, bool profile, bool needed)
    {
        try
        {
            return Measure(tree, which, profile);
        }
        catch (ToolException e) when (!needed)
        {
            Progress.Note($"{which.Name} is left out: {e.Message}");
            return null;
        }
    }

    private static InterruptRow Measure(Repository tree, InterruptCase which, bool profile)
    {
        using Progress progress = Progress.Start($"measuring {which.Name}");
        using RunFolder folder = new(null);
        using InterruptBench bench = InterruptBench.Start(tree, which, folder);
        InterruptTrace[] traces = [.. Enumerable.Range(0, Samples).Select(_ => bench.Next())];
        InterruptTrace middle = traces.OrderBy(trace => (trace.Guest ?? trace.TopHalf)!.Value.Instructions).ElementAt(Samples / 2);
        if (profile && bench.Kernel is { } kernel)
        {
            Print(tree, which, middle, kernel);
        }

        return InterruptRow.From(which, middle, bench.Kernel);
    }

    /// <summary>
    /// Where the instructions go: the way as a sequence, then by function before and after the driver's first instruction.
    /// </summary>
    private static void Print(Repository tree, InterruptCase which, InterruptTrace trace, ImageSymbols kernel)
    {
        ImageSymbols rom = ImageSymbols.Read(which.Image(tree, which.Rom));
        Console.WriteLine($"{which.Name}: {string.Join(", ", trace.Way().Select(piece => string.Create(CultureInfo.InvariantCulture, $"{piece.Place} {piece.Instructions}")))}");
        int top = trace.TopHalf?.Instructions ?? 0;
        int end = (trace.Guest ?? trace.Return)?.Instructions ?? top;
        foreach ((int from, int to) in ((int, int)[])[(0, top), (top, end)])
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{which.Name}, instructions {from} to {to}:"));
            foreach ((string where, int instructions) in trace.Profile(kernel, rom, from, to))
            {
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{instructions,8}  {where}"));
            }
        }
    }
}

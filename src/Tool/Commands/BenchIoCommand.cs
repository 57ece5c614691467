using System.CommandLine;
using Tierce.Tool.Bench;
using Tierce.Tool.Bench.Io;
using Tierce.Tool.Building;
using Tierce.Tool.Host;

namespace Tierce.Tool.Commands;

/// <summary><c>bench io</c>: disks, on the machine itself, under Xen and under Tierce.</summary>
internal static class BenchIoCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create(Option<string> guest, Option<string[]> sides, Option<bool> instructions, Option<bool> wall, Option<int> repeat, Option<FileInfo> json)
    {
        Option<string[]> only = new("--only") { HelpName = "ROW,...", Description = $"Only these rows of {string.Join(", ", IoRow.All.Select(row => row.Name))}" };
        Option<int> operations = new("--operations") { HelpName = "N", Description = "Requests of 4 KiB by which the two runs of a row differ; a row in MiB has a twentieth", DefaultValueFactory = _ => IoRow.UsualOperations };
        Command command = new("io", "Measure disks by fio: instructions, context switches and interrupts for one operation, and wall time") { only, operations, guest, sides, instructions, wall, repeat, json };
        command.SetAction(parsed =>
        {
            Repository tree = Repository.Find();
            IoRow[] rows = IoRow.Choose(BenchCommand.Split(parsed.GetValue(only)));
            int count = parsed.GetValue(operations);
            if (count is < IoRow.FewestOperations or > IoRow.MostOperations)
            {
                throw new ToolException($"--operations {count}: {IoRow.FewestOperations} to {IoRow.MostOperations}");
            }

            int repeats = BenchCommand.Repeats(parsed.GetValue(repeat));
            string? figures = OutputFile.Check("--json", parsed.GetValue(json)?.FullName);
            IoBench bench = new(tree, parsed.GetValue(guest)!, rows, BenchCommand.Sides(BenchCommand.Split(parsed.GetValue(sides))), count);
            Requirements.Ensure([.. Requirements.ForBuild, .. Requirements.ForRun]);
            Builder.BuildImages(tree);
            IoResult[] results =
            [
                .. parsed.GetValue(wall) ? [] : bench.CountInstructions(events: !parsed.GetValue(instructions)),
                .. parsed.GetValue(instructions) ? [] : bench.MeasureWallTime(repeats),
            ];
            Console.Write(IoTable.Format(results));
            if (figures is not null)
            {
                File.WriteAllText(figures, BenchJson.List(results));
            }

            return ExitCodes.Success;
        });
        return command;
    }
}

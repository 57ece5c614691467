using System.CommandLine;
using System.Globalization;
using Tierce.Tool.Bench;
using Tierce.Tool.Building;
using Tierce.Tool.Host;

namespace Tierce.Tool.Commands;

/// <summary><c>bench memory</c>: what Tierce itself takes for a guest of 512 MiB.</summary>
internal static class BenchMemoryCommand
{
    private const double MiB = 1 << 20;

    /// <summary>Makes the command.</summary>
    public static Command Create(Option<string> guest, Option<FileInfo> json)
    {
        Command command = new("memory", "Memory that Tierce itself takes for a guest of 512 MiB; status 1 if it is more than 3 percent and 1 MiB") { guest, json };
        command.SetAction(parsed =>
        {
            Repository tree = Repository.Find();
            string? figures = OutputFile.Check("--json", parsed.GetValue(json)?.FullName);
            Requirements.Ensure([.. Requirements.ForBuild, .. Requirements.ForRun]);
            Builder.BuildImages(tree);
            MemoryUse use = MemoryUse.Measure(tree, parsed.GetValue(guest)!);
            (string What, double Bytes)[] rows = [.. use.Parts, ("total", use.Total), ("limit", use.Limit)];
            foreach ((string what, double bytes) in rows)
            {
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what,-20} {bytes / MiB,10:0.00} MiB"));
            }

            if (figures is not null)
            {
                File.WriteAllText(figures, BenchJson.List(rows.Select(row => new BenchResult($"memory-{row.What}", "bytes", null, null, row.Bytes))));
            }

            return use.Total <= use.Limit ? ExitCodes.Success : ExitCodes.TestsFailed;
        });
        return command;
    }
}

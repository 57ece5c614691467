using System.CommandLine;
using Tierce.Tool.Bench;
using Tierce.Tool.Building;
using Tierce.Tool.Host;

namespace Tierce.Tool.Commands;

/// <summary><c>bench cache</c>: what rows cost against size and policy of the page-table cache.</summary>
internal static class BenchCacheCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create(Option<string> guest, Option<string> way, Option<FileInfo> json, Option<FileInfo> chart)
    {
        Option<string[]> only = new("--only") { HelpName = "ROW,...", Description = $"Only these rows; by default {string.Join(", ", CacheBench.Rows)}" };
        Option<string[]> sizes = new("--sizes") { HelpName = "N,...", Description = $"Address spaces that the cache keeps; by default {string.Join(", ", CacheBench.Sizes)}" };
        Command command = new("cache", "Instructions of rows against size, policy and fill-ahead of the page-table cache; one boot for each") { only, sizes, guest, way, json, chart };
        command.SetAction(parsed =>
        {
            Repository tree = Repository.Find();
            string[] names = BenchCommand.Split(parsed.GetValue(only));
            BenchRow[] rows = BenchRow.Choose(names.Length == 0 ? CacheBench.Rows : names);
            int[] wanted = CacheBench.ReadSizes(BenchCommand.Split(parsed.GetValue(sizes)));
            TierceSettings settings = new() { Entry = EntryOption.Read(parsed, way) };
            string? figures = OutputFile.Check("--json", parsed.GetValue(json)?.FullName);
            string picture = OutputFile.Check("--chart", parsed.GetValue(chart)?.FullName) ?? Path.Combine(tree.Artifacts, "bench-cache.svg");
            Requirements.Ensure([.. Requirements.ForBuild, .. Requirements.ForRun]);
            Builder.BuildImages(tree);
            CachePoint[] points = CacheBench.Measure(tree, parsed.GetValue(guest)!, rows, wanted, settings);
            Console.Write(CacheBench.Format(points));
            File.WriteAllText(picture, CacheChart.Draw(points));
            Progress.Note($"chart is in {picture}");
            if (figures is not null)
            {
                File.WriteAllText(figures, BenchJson.List(CacheBench.Results(points)));
            }

            return ExitCodes.Success;
        });
        return command;
    }
}

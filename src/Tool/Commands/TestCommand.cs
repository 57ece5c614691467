using System.CommandLine;
using System.Globalization;
using Tierce.Tool.Building;
using Tierce.Tool.Host;
using Tierce.Tool.Testing;

namespace Tierce.Tool.Commands;

/// <summary>
/// <c>test</c>: builds everything and runs every test project, the one that boots machines at the same time as the others.
/// </summary>
internal static class TestCommand
{
    /// <summary>Time that a soak may take, with the build.</summary>
    private static readonly TimeSpan s_soakLimit = TimeSpan.FromMinutes(80);

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        Option<string> only = new("--only") { HelpName = "PROJECT", Description = "Only the project tests/PROJECT" };
        Option<string> filter = new("--filter") { HelpName = "EXPRESSION", Description = "Only matching tests (dotnet test --filter)" };
        Option<bool> soak = new("--soak") { Description = "Run every stress in full, within 80 minutes, and write artifacts/soak/report.md" };
        Option<int?> seed = new("--seed") { HelpName = "N", Description = "With --soak: the seed that all stresses start from; without it one is chosen" };
        Option<bool> coverage = new("--coverage") { Description = "Count the lines that the hosted tests run, and write artifacts/tests/coverage.md" };
        Command command = new("test", "Build everything and run all tests, boots included; the last line is 'N passed, N failed'") { only, filter, soak, seed, coverage };
        command.SetAction(parsed =>
        {
            Repository tree = Repository.Find();
            string? project = parsed.GetValue(only);
            if (TestProject.Find(tree, project).Count == 0)
            {
                throw new ToolException($"--only {project}: there is no such project; there are {string.Join(", ", TestProject.Names(tree))}");
            }

            if (parsed.GetValue(soak) && parsed.GetValue(coverage))
            {
                throw new ToolException("--coverage is for a short run: a soak would not end in time");
            }

            return parsed.GetValue(soak) ? Soak(tree, project, parsed.GetValue(filter), parsed.GetValue(seed) ?? Random.Shared.Next(1, 1_000_000))
                : parsed.GetValue(seed) is null ? Conclude(RunAll(tree, project, parsed.GetValue(filter), null, parsed.GetValue(coverage)))
                : throw new ToolException("--seed is for --soak; TIERCE_SEED=N replays one stress");
        });
        return command;
    }

    private static int Soak(Repository tree, string? only, string? filter, int seed)
    {
        DateTime started = DateTime.UtcNow;
        string folder = SoakReport.Folder(tree);
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }

        // The test projects, and what they start, inherit these.
        Environment.SetEnvironmentVariable("TIERCE_SOAK", "1");
        Environment.SetEnvironmentVariable("TIERCE_SOAK_SEED", seed.ToString(CultureInfo.InvariantCulture));
        Environment.SetEnvironmentVariable("TIERCE_SOAK_REPORT", SoakReport.Records(tree));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"seed {seed}"));
        IReadOnlyList<ProjectResult> results = RunAll(tree, only, filter, started + s_soakLimit, coverage: false);
        new SoakReport(
            SoakReport.ReadCommit(tree),
            seed,
            started,
            (DateTime.UtcNow - started).TotalMinutes,
            HasPassed(results),
            SoakReport.ReadVersions(),
            SoakReport.ReadStresses(SoakReport.Records(tree)),
            results).Write(folder);
        Console.WriteLine($"report: {Path.Combine(folder, "report.md")}");
        return Conclude(results);
    }

    private static List<ProjectResult> RunAll(Repository tree, string? only, string? filter, DateTime? deadline, bool coverage)
    {
        List<ProjectResult> results = [];
        try
        {
            IReadOnlyList<string> projects = TestProject.Find(tree, only);
            Requirements.Ensure([.. Requirements.ForBuild, .. Requirements.ForRun, .. Requirements.ForTest, .. projects.Any(TestProject.Boots) ? Requirements.ForBootTest : []]);
            // Memory of .NET programs that the tests start is writable and executable at once: each function that is compiled at run time
            // would cost several changes of its mapping. They run no code but that of the tree and of its tools.
            Environment.SetEnvironmentVariable("DOTNET_EnableWriteXorExecute", "0");
            using BuildServers servers = new(tree);
            Builder.BuildAll(tree);

            results.AddRange(RunSideBySide(tree, projects, filter, deadline, coverage));
            if (coverage)
            {
                Console.Write(Coverage.Conclude(tree));
            }
        }
        catch (ToolException e)
        {
            // What could not even start counts as a failure, and the last line keeps its form.
            Console.Error.WriteLine($"tierce: {e.Message}");
            results.Add(ProjectResult.NotRun("start", 0, e.Message));
        }

        return results;
    }

    /// <summary>
    /// Runs the project that boots machines at the same time as all others, which run one after the other. Boots take longest, and wait
    /// often: what boots no machine fills the gaps.
    /// </summary>
    private static IEnumerable<ProjectResult> RunSideBySide(Repository tree, IReadOnlyList<string> projects, string? filter, DateTime? deadline, bool coverage)
    {
        using var progress = Progress.Start($"testing {string.Join(", ", projects.Select(Path.GetFileNameWithoutExtension))}");
        IGrouping<bool, string>[] sides = [.. projects.GroupBy(TestProject.Boots)];
        var results = new ProjectResult[sides.Length][];
        Parallel.For(0, sides.Length, side => results[side] = [.. sides[side].Select(project => RunOne(tree, project, filter, deadline, coverage))]);
        return results.SelectMany(side => side);
    }

    private static ProjectResult RunOne(Repository tree, string project, string? filter, DateTime? deadline, bool coverage)
    {
        TimeSpan? left = deadline - DateTime.UtcNow;
        return left <= TimeSpan.Zero
            ? ProjectResult.NotRun(Path.GetFileNameWithoutExtension(project), 0, "no time was left for it")
            : TestProject.Run(tree, project, filter, left, coverage);
    }

    private static bool HasPassed(IReadOnlyList<ProjectResult> results) => results.Sum(result => result.Failed) == 0 && results.Sum(result => result.Passed) > 0;

    private static int Conclude(IReadOnlyList<ProjectResult> results)
    {
        Console.Write(TestTimes.Describe(results));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{results.Sum(result => result.Passed)} passed, {results.Sum(result => result.Failed)} failed"));
        return HasPassed(results) ? ExitCodes.Success : ExitCodes.TestsFailed;
    }
}

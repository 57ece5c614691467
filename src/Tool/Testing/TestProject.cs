using System.Diagnostics;
using System.Globalization;
using System.Xml.Linq;
using Tierce.Tool.Host;

namespace Tierce.Tool.Testing;

/// <summary>What a test project's run left.</summary>
/// <param name="Project">Its name.</param>
/// <param name="Passed">Tests that passed.</param>
/// <param name="Failed">Tests that did not.</param>
/// <param name="Seconds">Wall time.</param>
/// <param name="Failures">Name and message of each that failed.</param>
/// <param name="Classes">Seconds that the tests of each class took, by the class's name.</param>
internal sealed record ProjectResult(
    string Project,
    int Passed,
    int Failed,
    double Seconds,
    IReadOnlyList<string> Failures,
    IReadOnlyDictionary<string, double> Classes)
{
    /// <summary>The result of a project of which no test ran.</summary>
    public static ProjectResult NotRun(string project, double seconds, string reason) => new(project, 0, 1, seconds, [reason], new Dictionary<string, double>());
}

/// <summary>One project below tests/.</summary>
internal static class TestProject
{
    private const string BootProject = "Boot";

    /// <summary>All test projects, or the one of that name.</summary>
    public static IReadOnlyList<string> Find(Repository tree, string? only) => [.. Directory.GetDirectories(Path.Combine(tree.Root, "tests"))
        .SelectMany(folder => Directory.GetFiles(folder, "*.csproj"))
        .Where(path => IsTestProject(path) && (only is null || Name(path) == only))
        .OrderBy(Boots)
        .ThenBy(path => path, StringComparer.Ordinal)];

    /// <summary>Whether it is the project whose tests boot machines.</summary>
    public static bool Boots(string project) => Name(project) == BootProject;

    /// <summary>Names of all test projects.</summary>
    public static IEnumerable<string> Names(Repository tree) => Find(tree, null).Select(Name);

    /// <summary>Runs one, and tells the outcome on standard output.</summary>
    /// <param name="tree">The tree.</param>
    /// <param name="project">The project's file.</param>
    /// <param name="filter">Which of its tests; null for all.</param>
    /// <param name="limit">For how long at most.</param>
    /// <param name="coverage">Whether to count the lines that it runs; where it boots machines there is nothing to count.</param>
    public static ProjectResult Run(Repository tree, string project, string? filter, TimeSpan? limit, bool coverage)
    {
        string name = Name(project);
        bool counts = coverage && !Boots(project);
        string results = counts ? Coverage.Folder(tree, name) : Path.Combine(tree.Artifacts, "tests");
        if (counts && Directory.Exists(results))
        {
            Directory.Delete(results, recursive: true);
        }

        string report = Path.Combine(results, $"{name}.trx");
        Directory.CreateDirectory(results);
        File.Delete(report);
        Stopwatch clock = Stopwatch.StartNew();
        string[] selection = filter is null ? [] : ["--filter", filter];
        ProgramResult program = Programs.Run(
            "dotnet",
            ["test", project, "-c", "Release", "--no-build", "--nologo", "--logger", $"trx;LogFileName={name}.trx", "--results-directory", results, .. selection, .. counts ? Coverage.Arguments(tree) : []],
            folder: tree.Root,
            limit: limit);
        ProjectResult result = File.Exists(report)
            ? Read(name, XDocument.Load(report), program.Status, clock.Elapsed.TotalSeconds)
            : ProjectResult.NotRun(name, clock.Elapsed.TotalSeconds, $"{name}: no report; dotnet test ended with status {program.Status}\n{program.Text}{program.Error}");

        // One write: another project may end at the same moment.
        Console.Write(string.Concat(result.Failures.Select(failure => $"FAILED {failure}\n").Prepend($"{name}: {result.Passed} passed, {result.Failed} failed\n")));
        return result;
    }

    private static ProjectResult Read(string name, XDocument document, int status, double seconds)
    {
        XNamespace space = document.Root!.Name.Namespace;
        XElement counters = document.Descendants(space + "Counters").First();
        int Count(string counter) => int.Parse(counters.Attribute(counter)!.Value, CultureInfo.InvariantCulture);
        int good = Count("passed");
        int bad = Count("failed") + Count("error") + Count("timeout") + Count("aborted");
        if (bad == 0 && status != 0 && good > 0)
        {
            bad = 1;
        }

        string[] failures = [.. document.Descendants(space + "UnitTestResult")
            .Where(test => test.Attribute("outcome")?.Value == "Failed")
            .Select(test => $"{test.Attribute("testName")?.Value}\n{test.Descendants(space + "ErrorInfo").FirstOrDefault()?.Value}")];
        return new ProjectResult(name, good, bad, seconds, failures, SecondsByClass(document, space));
    }

    private static Dictionary<string, double> SecondsByClass(XDocument document, XNamespace space)
    {
        var classes = document.Descendants(space + "UnitTest").ToDictionary(
            test => test.Attribute("id")!.Value,
            test => test.Element(space + "TestMethod")!.Attribute("className")!.Value.Split('.')[^1]);
        return document.Descendants(space + "UnitTestResult")
            .GroupBy(test => classes[test.Attribute("testId")!.Value], test => test.Attribute("duration")?.Value)
            .ToDictionary(group => group.Key, group => group.Sum(Seconds));
    }

    private static double Seconds(string? duration) =>
        TimeSpan.TryParse(duration, CultureInfo.InvariantCulture, out TimeSpan time) ? time.TotalSeconds : 0;

    private static string Name(string project) => Path.GetFileName(Path.GetDirectoryName(project))!;

    /// <summary>Every project right below tests/ but the programs that boot tests run inside a guest.</summary>
    private static bool IsTestProject(string path) => !File.ReadAllText(path).Contains("FreestandingKind", StringComparison.Ordinal);
}

using System.CommandLine;
using System.Globalization;
using System.Xml.Linq;
using Tierce.Tool.Building;
using Tierce.Tool.Host;

namespace Tierce.Tool.Commands;

/// <summary><c>test</c>: builds everything and runs every test project, those that boot machines last.</summary>
internal static class TestCommand
{
    /// <summary>The project whose tests boot machines.</summary>
    private const string BootProject = "Boot";

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        Option<string> only = new("--only") { HelpName = "PROJECT", Description = "Only the project tests/PROJECT" };
        Option<string> filter = new("--filter") { HelpName = "EXPRESSION", Description = "Only matching tests (dotnet test --filter)" };
        Command command = new("test", "Build everything and run all tests, boots included; the last line is 'N passed, N failed'") { only, filter };
        command.SetAction(parsed => Execute(Repository.Find(), parsed.GetValue(only), parsed.GetValue(filter)));
        return command;
    }

    private static int Execute(Repository tree, string? only, string? filter)
    {
        Requirements.Ensure([.. Requirements.ForBuild, .. Requirements.ForRun]);
        int passed = 0;
        int failed = 0;
        try
        {
            Builder.BuildAll(tree);
            string[] projects = [.. Directory.GetDirectories(Path.Combine(tree.Root, "tests"))
                .SelectMany(folder => Directory.GetFiles(folder, "*.csproj"))
                .Where(path => IsTestProject(path) && (only is null || Path.GetFileName(Path.GetDirectoryName(path)) == only))
                .OrderBy(path => Path.GetFileName(Path.GetDirectoryName(path)) == BootProject)
                .ThenBy(path => path, StringComparer.Ordinal)];
            foreach (string project in projects)
            {
                (int good, int bad) = Run(tree, project, filter);
                passed += good;
                failed += bad;
            }
        }
        catch (ToolException e)
        {
            // What could not even start counts as a failure, and the last line keeps its form.
            Console.Error.WriteLine($"tierce: {e.Message}");
            failed++;
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{passed} passed, {failed} failed"));
        return failed == 0 && passed > 0 ? ExitCodes.Success : ExitCodes.TestsFailed;
    }

    /// <summary>Every project right below tests/ but the programs that boot tests run inside a guest.</summary>
    private static bool IsTestProject(string path) => !File.ReadAllText(path).Contains("FreestandingKind", StringComparison.Ordinal);

    private static (int Passed, int Failed) Run(Repository tree, string project, string? filter)
    {
        string name = Path.GetFileName(Path.GetDirectoryName(project))!;
        string results = Path.Combine(tree.Artifacts, "tests");
        string report = Path.Combine(results, $"{name}.trx");
        Directory.CreateDirectory(results);
        File.Delete(report);
        ProgramResult result;
        using (Progress.Start($"testing {name}"))
        {
            string[] selection = filter is null ? [] : ["--filter", filter];
            result = Programs.Run("dotnet", ["test", project, "-c", "Release", "--no-build", "--nologo", "--logger", $"trx;LogFileName={name}.trx", "--results-directory", results, .. selection], folder: tree.Root);
        }

        if (!File.Exists(report))
        {
            Console.WriteLine($"{name}: no report; dotnet test ended with status {result.Status}");
            Console.WriteLine(result.Text + result.Error);
            return (0, 1);
        }

        XDocument document = XDocument.Load(report);
        XNamespace space = document.Root!.Name.Namespace;
        XElement counters = document.Descendants(space + "Counters").First();
        int Count(string counter) => int.Parse(counters.Attribute(counter)!.Value, CultureInfo.InvariantCulture);
        int good = Count("passed");
        int bad = Count("failed") + Count("error") + Count("timeout") + Count("aborted");
        if (bad == 0 && result.Status != 0 && good > 0)
        {
            bad = 1;
        }

        Console.WriteLine($"{name}: {good} passed, {bad} failed");
        foreach (XElement test in document.Descendants(space + "UnitTestResult").Where(test => test.Attribute("outcome")?.Value == "Failed"))
        {
            Console.WriteLine($"FAILED {test.Attribute("testName")?.Value}");
            Console.WriteLine(test.Descendants(space + "ErrorInfo").FirstOrDefault()?.Value);
        }

        return (good, bad);
    }
}

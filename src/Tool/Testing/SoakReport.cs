using System.Globalization;
using System.Text;
using System.Text.Json;
using Tierce.Tool.Boot;
using Tierce.Tool.Guest;
using Tierce.Tool.Host;

namespace Tierce.Tool.Testing;

/// <summary>What one stress did, as it wrote it down itself (tests/Soak.cs).</summary>
/// <param name="Name">Its name.</param>
/// <param name="Count">How much it did.</param>
/// <param name="Unit">Of what.</param>
/// <param name="Seed">Its first seed.</param>
/// <param name="Seconds">Wall time.</param>
internal sealed record StressRecord(string Name, long Count, string Unit, int Seed, double Seconds);

/// <summary>Report of a soak: artifacts/soak/report.md, and the same as report.json.</summary>
/// <param name="Commit">Commit of the tree, and whether it was changed.</param>
/// <param name="Seed">Seed that all stresses start from.</param>
/// <param name="Started">When it began.</param>
/// <param name="Minutes">Wall time.</param>
/// <param name="Passed">Whether everything passed, within the limit.</param>
/// <param name="Versions">What it ran with.</param>
/// <param name="Stresses">What the stresses did.</param>
/// <param name="Projects">Outcome of each test project.</param>
internal sealed record SoakReport(
    string Commit,
    int Seed,
    DateTime Started,
    double Minutes,
    bool Passed,
    IReadOnlyDictionary<string, string> Versions,
    IReadOnlyList<StressRecord> Stresses,
    IReadOnlyList<ProjectResult> Projects)
{
    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <summary>Folder of the report.</summary>
    public static string Folder(Repository tree) => Path.Combine(tree.Artifacts, "soak");

    /// <summary>Folder to which stresses write what they did.</summary>
    public static string Records(Repository tree) => Path.Combine(Folder(tree), "stresses");

    /// <summary>Reads what the stresses have written down.</summary>
    public static IReadOnlyList<StressRecord> ReadStresses(string folder) => !Directory.Exists(folder) ? [] : [.. Directory.GetFiles(folder, "*.json")
        .Order(StringComparer.Ordinal)
        .Select(path => JsonSerializer.Deserialize<StressRecord>(File.ReadAllBytes(path), s_json)!)];

    /// <summary>The tree's commit, and whether it was changed since.</summary>
    public static string ReadCommit(Repository tree)
    {
        ProgramResult head = Programs.Run("git", ["rev-parse", "HEAD"], folder: tree.Root);
        ProgramResult changes = Programs.Run("git", ["status", "--porcelain"], folder: tree.Root);
        return head.Status != 0 ? "unknown" : head.Text.Trim() + (changes.Output.Length > 0 ? ", with changes" : string.Empty);
    }

    /// <summary>Versions of what a soak runs with.</summary>
    public static IReadOnlyDictionary<string, string> ReadVersions() => new Dictionary<string, string>
    {
        ["SDK"] = Programs.Run("dotnet", ["--version"]).Text.Trim(),
        ["QEMU"] = Programs.Run("qemu-system-x86_64", ["--version"]).Text.Split('\n')[0],
        ["guest kernel cloud"] = KernelSource.Resolve("cloud").Name,
        ["guest kernel generic"] = KernelSource.Resolve("generic").Name,
        ["Xen"] = XenBoot.Version(),
        ["processors"] = Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>Writes both files.</summary>
    public void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllBytes(Path.Combine(folder, "report.json"), JsonSerializer.SerializeToUtf8Bytes(this, s_json));
        File.WriteAllText(Path.Combine(folder, "report.md"), Text());
    }

    private string Text()
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"# Soak: {(Passed ? "passed" : "failed")}\n\n| | |\n|---|---|\n| commit | {Commit} |\n| seed | {Seed} |\n");
        text.Append(CultureInfo.InvariantCulture, $"| began | {Started:yyyy-MM-dd HH:mm} UTC |\n| took | {Minutes:0.0} minutes |\n");
        foreach ((string what, string version) in Versions)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {what} | {version} |\n");
        }

        text.Append("\n| stress | did | first seed | seconds |\n|---|---|---|---|\n");
        foreach (StressRecord stress in Stresses)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {stress.Name} | {stress.Count:N0} {stress.Unit} | {stress.Seed} | {stress.Seconds:0} |\n");
        }

        text.Append("\n| project | passed | failed | seconds |\n|---|---|---|---|\n");
        foreach (ProjectResult project in Projects)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {project.Project} | {project.Passed} | {project.Failed} | {project.Seconds:0} |\n");
        }

        foreach (string failure in Projects.SelectMany(project => project.Failures))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n```\n{failure.TrimEnd()}\n```\n");
        }

        return text.ToString();
    }
}

using System.Diagnostics;
using Tierce.Tool.Host;

namespace Tierce.Tool.Building;

/// <summary>Calls MSBuild, and only when a source has changed since the last time.</summary>
internal static class Builder
{
    private static readonly string[] s_common = ["build", "Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props", ".editorconfig", "global.json"];

    /// <summary>Builds the images that boot: kernel, ROM, root, monitor, drivers and the guest's agent.</summary>
    public static void BuildImages(Repository tree) => Build(tree, "images", Path.Combine(tree.Root, "build", "Images.proj"), ["src", "apps"], "building Tierce");

    /// <summary>Builds the kernel, the monitor, the ROM and the guest of the cases that are built for comparison alone.</summary>
    public static void BuildCases(Repository tree) => Build(tree, "cases", Path.Combine(tree.Root, "tests", "Cases", "Cases.proj"), ["src", "tests/Cases"], "building the cases for comparison");

    /// <summary>Builds every project, the tests too.</summary>
    public static void BuildAll(Repository tree)
    {
        Build(tree, "all", tree.Solution, ["src", "tests", "apps", "Tierce.slnx"], "building everything");

        // The images are among everything.
        File.WriteAllText(StampFile(tree, "images"), SourceStamp.Of(tree.Root, [.. s_common, "src", "apps"]));
        File.WriteAllText(StampFile(tree, "cases"), SourceStamp.Of(tree.Root, [.. s_common, "src", "tests/Cases"]));
    }

    private static string StampFile(Repository tree, string name) => Path.Combine(tree.Artifacts, $"{name}.stamp");

    private static void Build(Repository tree, string name, string project, string[] sources, string what)
    {
        // Tests run what was built for them, whatever has happened to a source since.
        if (Environment.GetEnvironmentVariable("TIERCE_NO_BUILD") == "1")
        {
            return;
        }

        using FileStream held = ToolCache.Lock("build-" + Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(tree.Root)))[..16]);
        string stampFile = StampFile(tree, name);
        string stamp = SourceStamp.Of(tree.Root, [.. s_common, .. sources]);
        if (File.Exists(stampFile) && File.ReadAllText(stampFile) == stamp && Directory.Exists(tree.Images))
        {
            return;
        }

        Requirements.Ensure(Requirements.ForBuild);
        // A build that is cut short leaves some of it new.
        File.Delete(stampFile);
        Stopwatch clock = Stopwatch.StartNew();
        using (Progress.Start(what))
        {
            ProgramResult result = Programs.Run("dotnet", ["build", project, "-c", "Release", "-nologo", "-v", "quiet", "-consoleLoggerParameters:NoSummary", "-nodeReuse:false"], folder: tree.Root);
            if (result.Status != 0)
            {
                throw new ToolException($"building {Path.GetFileName(project)} failed:\n{result.Text}{result.Error}".TrimEnd());
            }
        }

        Directory.CreateDirectory(tree.Artifacts);
        File.WriteAllText(stampFile, stamp);
        Progress.Note($"{what}: done in {clock.Elapsed.TotalSeconds:0} s");
    }
}

using System.Collections.Concurrent;

namespace Tierce.Boot.Tests;

/// <summary>
/// Builds Tierce's kernel, or another program of a machine, with a defence taken out, from a changed copy of its sources: so the shipped
/// sources hold no switch that weakens them. A change that no longer fits the sources fails the test.
/// </summary>
internal static class SabotagedKernel
{
    private const string Kernel = "Kernel";

    private static readonly ConcurrentDictionary<string, Lazy<string>> s_built = new();

    /// <summary>One build at a time: another would find the server busy, and be a process of its own.</summary>
    private static readonly Lock s_building = new();

    /// <summary>Builds the changed kernel, unless another test has built the same; returns the folder with its image.</summary>
    /// <param name="name">Names the folder in artifacts/sabotage.</param>
    /// <param name="changes">Files below src/Kernel, a text that each holds exactly once, and what replaces it.</param>
    public static string Build(string name, params (string File, string Old, string New)[] changes) => Build(name, Kernel, [], changes);

    /// <summary>The same for a program.</summary>
    /// <param name="name">Names the folder in artifacts/sabotage.</param>
    /// <param name="project">Its folder below src.</param>
    /// <param name="changes">As for the kernel, in files of that folder.</param>
    public static string BuildProgram(string name, string project, params (string File, string Old, string New)[] changes) => Build(name, project, [], changes);

    /// <summary>The same with invariants that stop the kernel where one does not hold (src/Kernel/Invariant.cs).</summary>
    public static string BuildChecked(string name, params (string File, string Old, string New)[] changes) => Build(name, Kernel, ["-p:Checked=true"], changes);

    private static string Build(string name, string source, string[] arguments, (string File, string Old, string New)[] changes) => s_built.GetOrAdd(
        string.Join('\n', [source, .. arguments, .. changes.Select(change => change.ToString())]),
        _ => new Lazy<string>(() => BuildChanged(name, source, arguments, changes))).Value;

    private static string BuildChanged(string name, string source, string[] arguments, (string File, string Old, string New)[] changes)
    {
        string folder = Path.Combine(Launcher.Root, "artifacts", "sabotage", name);
        string project = Path.Combine(folder, "src", source);
        string projectName = Path.GetFileName(source);
        if (Directory.Exists(project))
        {
            Directory.Delete(project, recursive: true);
        }

        Copy(Path.Combine(Launcher.Root, "src", source), project);
        foreach ((string file, string old, string @new) in changes)
        {
            string path = Path.Combine(project, file);
            File.WriteAllText(path, Sources.ReplaceOnce($"src/{source}/{file}", File.ReadAllText(path), old, @new));
        }

        string projectFile = Path.Combine(project, projectName + ".csproj");
        string parents = string.Concat(source.Split('/').Select(_ => "../"));
        File.WriteAllText(projectFile, File.ReadAllText(projectFile).Replace($"\"{parents}", $"\"{Launcher.Root}/src/", StringComparison.Ordinal));
        // The packages are those that the shipped kernel was restored with: finding them again would take longer than compiling.
        File.WriteAllText(Path.Combine(folder, "Directory.Build.props"), $"""
            <Project>
              <PropertyGroup>
                <MSBuildProjectExtensionsPath>{Launcher.Root}/artifacts/obj/{projectName}/</MSBuildProjectExtensionsPath>
              </PropertyGroup>
              <Import Project="{Launcher.Root}/Directory.Build.props" />
              <PropertyGroup>
                <ArtifactsPath>{folder}/artifacts</ArtifactsPath>
                <ImagesPath>{folder}/images/</ImagesPath>
                <LayerName>{projectName}</LayerName>
                <RunAnalyzers>false</RunAnalyzers>
                <TreatWarningsAsErrors>false</TreatWarningsAsErrors>
                <EnableSourceControlManagerQueries>false</EnableSourceControlManagerQueries>
              </PropertyGroup>
            </Project>
            """);

        // What the kernel refers to is built, and one project needs one node.
        string[] kernelAlone = ["--no-restore", "-p:BuildProjectReferences=false", "-maxcpucount:1"];
        lock (s_building)
        {
            string[] build = ["build", projectFile, "-c", "Release", "-nologo", "-v", "quiet", .. kernelAlone, .. arguments];
            Outcome outcome = Launcher.Call(folder, [], environment => BuildServer.Use(environment, "sabotaged"), "dotnet", build);
            if (BuildServer.IsLost(outcome.Status, outcome.Text))
            {
                outcome = Launcher.Call(folder, [], BuildServer.Avoid, "dotnet", build);
            }

            outcome.Expect(0);
        }

        return Path.Combine(folder, "images");
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.GetFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }

        foreach (string folder in Directory.GetDirectories(from))
        {
            Copy(folder, Path.Combine(to, Path.GetFileName(folder)));
        }
    }
}

using System.Diagnostics;
using System.Reflection;
using System.Text;

namespace Tierce.Build.Tests;

/// <summary>A freestanding project in a temporary folder, built with the repository's own build files.</summary>
internal sealed class PlantedProject : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tierce-build-").FullName;

    public PlantedProject(string kind, string extraItems = "")
    {
        // What a project of the repository gets from the folders above it.
        Write("Directory.Build.props", $"""
            <Project>
              <Import Project="{Root}Directory.Build.props" />
              <PropertyGroup>
                <ArtifactsPath>{_folder}/artifacts</ArtifactsPath>
                <ImagesPath>{_folder}/images/</ImagesPath>
                <LayerName>Kernel</LayerName>
              </PropertyGroup>
            </Project>
            """);
        Write("Directory.Build.targets", $"<Project><Import Project=\"{Root}Directory.Build.targets\" /></Project>");
        Write("Directory.Packages.props", $"<Project><Import Project=\"{Root}Directory.Packages.props\" /></Project>");
        File.Copy(Path.Combine(Root, ".editorconfig"), Path.Combine(_folder, ".editorconfig"));
        // Among the sources, where the rules of .editorconfig for freestanding code hold.
        Directory.CreateDirectory(Path.Combine(_folder, "src"));
        Write("src/Planted.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <FreestandingKind>{kind}</FreestandingKind>
                <LinkerScript>{Root}build/user.ld</LinkerScript>
              </PropertyGroup>
              <Import Project="{Root}build/Freestanding.props" />
              <ItemGroup>
                {(kind == "user" ? $"<ProjectReference Include=\"{Root}src/Abi/Abi.csproj\" />" : string.Empty)}
                {extraItems}
              </ItemGroup>
            </Project>
            """);
        Write("src/Program.cs", $$"""
            using System.Runtime;

            namespace Planted;

            internal static unsafe class Program
            {
                [RuntimeExport("{{(kind == "user" ? "tierce_main" : "_start")}}")]
                private static void Start() => Work.Run();

                [RuntimeExport("tierce_fail")]
                private static void Fail(int reason)
                {
                    while (reason != 0)
                    {
                    }
                }
            }
            """);
        Source("Work.cs", Work("return;"));
    }

    /// <summary>The repository's folder, ending in a slash.</summary>
    public static string Root { get; } = typeof(PlantedProject).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "RepositoryRoot").Value!;

    /// <summary>Where the build writes down the image's size.</summary>
    public string SizeFile => Path.Combine(_folder, "images", "planted.size");

    /// <summary>Where a restore writes down the packages that it took.</summary>
    public string LockFile => Path.Combine(_folder, "src", "packages.lock.json");

    /// <summary>A class whose method holds the statement on line 10.</summary>
    public static string Work(string statement, string members = "") => $$"""
        using System.Runtime.CompilerServices;

        namespace Planted;

        internal static unsafe class Work
        {
            [MethodImpl(MethodImplOptions.NoInlining)]
            public static void Run()
            {
                {{statement}}
            }
            {{members}}
        }
        """;

    /// <summary>Adds or replaces a source file.</summary>
    public void Source(string file, string text) => Write("src/" + file, text);

    /// <summary>Runs <c>dotnet build</c>; the exit code and all that it printed.</summary>
    /// <remarks>What the project refers to is built, and one project needs one node.</remarks>
    public (int Status, string Output) Build(params string[] arguments) =>
        DotNet(_folder, ["build", "src/Planted.csproj", "-c", "Release", "-p:BuildProjectReferences=false", "-maxcpucount:1", .. arguments]);

    /// <summary>Fetches the packages anew, as on a machine that has not built the project; the exit code and all that was printed.</summary>
    public (int Status, string Output) Restore() => DotNet(_folder, ["restore", "src/Planted.csproj", "--force"]);

    /// <summary>Checks how the sources are laid out, by the rules of .editorconfig.</summary>
    public (int Status, string Output) CheckFormat() => CheckFormat(_folder);

    /// <summary>The same of another folder.</summary>
    public static (int Status, string Output) CheckFormat(string folder) =>
        DotNet(folder, ["format", "whitespace", ".", "--folder", "--verify-no-changes", "--exclude", "artifacts/"]);

    /// <summary>Runs <c>dotnet</c> in a folder; the exit code and all that it printed.</summary>
    public static (int Status, string Output) DotNet(string folder, string[] arguments)
    {
        (int status, string output) = DotNet(folder, arguments, environment => BuildServer.Use(environment, "planted"));
        return arguments[0] is "build" or "restore" && BuildServer.IsLost(status, output) ? DotNet(folder, arguments, BuildServer.Avoid) : (status, output);
    }

    private static (int Status, string Output) DotNet(string folder, string[] arguments, Action<IDictionary<string, string?>> environment)
    {
        var start = new ProcessStartInfo("dotnet", arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        environment(start.Environment);
        using Process process = Process.Start(start)!;
        var output = new StringBuilder();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        output.Append(process.StandardOutput.ReadToEnd());
        output.Append(errors.Result);
        process.WaitForExit();
        return (process.ExitCode, output.ToString());
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private void Write(string file, string text) => File.WriteAllText(Path.Combine(_folder, file), text + "\n");
}

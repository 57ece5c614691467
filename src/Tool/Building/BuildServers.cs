using System.Globalization;
using Tierce.Tool.Host;

namespace Tierce.Tool.Building;

/// <summary>
/// Shares one C# compiler among all builds of the tool and of the programs that it starts, until disposed, and one MSBuild among the builds
/// that each kind of test makes. Processes of their own would compile their own code just in time again for each build. No other build uses
/// these, so ending them disturbs none. After the tool has been killed, they end themselves when they have been idle for a quarter of an hour.
/// </summary>
internal sealed class BuildServers : IDisposable
{
    /// <summary>Names the servers to tests (tests/BuildServer.cs).</summary>
    private const string Variable = "TIERCE_BUILD_SERVER";

    /// <summary>Part of the handshake by which MSBuild knows a server.</summary>
    private const string Handshake = "MSBUILDNODEHANDSHAKESALT";

    /// <summary>Tests that build: those of tests/Build, and those that boot. Each have one, since a server makes one build at a time.</summary>
    private static readonly string[] s_builders = ["planted", "sabotaged"];

    private readonly Repository _tree;
    private readonly string _name = string.Create(CultureInfo.InvariantCulture, $"tierce-{Environment.ProcessId}");

    /// <summary>Has builds share a compiler; the first of them starts it.</summary>
    public BuildServers(Repository tree)
    {
        _tree = tree;

        // MSBuild takes its properties from the environment, which programs inherit.
        Environment.SetEnvironmentVariable("UseSharedCompilation", "true");
        Environment.SetEnvironmentVariable("SharedCompilationId", _name);
        Environment.SetEnvironmentVariable(Variable, _name);
    }

    /// <summary>Ends compiler and servers. That one was never started is no failure.</summary>
    public void Dispose()
    {
        Environment.SetEnvironmentVariable("UseSharedCompilation", null);
        Environment.SetEnvironmentVariable("SharedCompilationId", null);
        Environment.SetEnvironmentVariable(Variable, null);
        EndCompiler();
        foreach (string builder in s_builders)
        {
            Environment.SetEnvironmentVariable(Handshake, $"{_name}-{builder}");
            Programs.Run("dotnet", ["build-server", "shutdown", "--msbuild"], folder: _tree.Root);
        }

        Environment.SetEnvironmentVariable(Handshake, null);
    }

    private void EndCompiler()
    {
        string version = Programs.Run("dotnet", ["--version"], folder: _tree.Root).Text.Trim();
        string? line = Programs.Run("dotnet", ["--list-sdks"], folder: _tree.Root).Text.Split('\n').FirstOrDefault(line => line.StartsWith($"{version} [", StringComparison.Ordinal));
        if (line is not null)
        {
            string sdk = Path.Combine(line[(version.Length + 2)..].TrimEnd(']'), version);
            Programs.Run("dotnet", [Path.Combine(sdk, "Roslyn", "bincore", "VBCSCompiler.dll"), "-shutdown", $"-pipename:{_name}"]);
        }
    }
}

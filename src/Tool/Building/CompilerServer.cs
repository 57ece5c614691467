using System.Globalization;
using Tierce.Tool.Host;

namespace Tierce.Tool.Building;

/// <summary>
/// Shares one C# compiler among all builds of the tool and of the programs that it starts, until disposed. A compiler process of its own for
/// each project would compile its own code and its analyzers just in time again for each. No other build uses this compiler, so ending it
/// disturbs none. After the tool has been killed, the compiler ends itself when it has been idle for ten minutes.
/// </summary>
internal sealed class CompilerServer : IDisposable
{
    private readonly Repository _tree;
    private readonly string _name = string.Create(CultureInfo.InvariantCulture, $"tierce-{Environment.ProcessId}");

    /// <summary>Has builds share a compiler; the first of them starts it.</summary>
    public CompilerServer(Repository tree)
    {
        _tree = tree;

        // MSBuild takes its properties from the environment, which programs inherit.
        Environment.SetEnvironmentVariable("UseSharedCompilation", "true");
        Environment.SetEnvironmentVariable("SharedCompilationId", _name);
    }

    /// <summary>Ends the compiler. That it was never started is no failure.</summary>
    public void Dispose()
    {
        Environment.SetEnvironmentVariable("UseSharedCompilation", null);
        Environment.SetEnvironmentVariable("SharedCompilationId", null);
        string version = Programs.Run("dotnet", ["--version"], folder: _tree.Root).Text.Trim();
        string? line = Programs.Run("dotnet", ["--list-sdks"], folder: _tree.Root).Text.Split('\n').FirstOrDefault(line => line.StartsWith($"{version} [", StringComparison.Ordinal));
        if (line is not null)
        {
            string sdk = Path.Combine(line[(version.Length + 2)..].TrimEnd(']'), version);
            Programs.Run("dotnet", [Path.Combine(sdk, "Roslyn", "bincore", "VBCSCompiler.dll"), "-shutdown", $"-pipename:{_name}"]);
        }
    }
}

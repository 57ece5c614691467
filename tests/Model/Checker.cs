using System.Diagnostics;
using System.Reflection;

namespace Tierce.Model.Tests;

/// <summary>Runs spin over a model: makes its checker, compiles it, lets it look at every state.</summary>
internal static class Checker
{
    /// <summary>Top folder of the repository.</summary>
    public static string Root { get; } = typeof(Checker).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "RepositoryRoot").Value!;

    /// <summary>What the checker says of a model.</summary>
    /// <param name="model">File in this folder.</param>
    /// <param name="macro">A macro to define; null for none.</param>
    public static string Run(string model, string? macro = null)
    {
        string folder = Path.Combine(Root, "artifacts", "model", macro ?? "whole");
        Directory.CreateDirectory(folder);
        string[] define = macro is null ? [] : [$"-D{macro}"];
        Call(folder, "spin", [.. define, "-a", Path.Combine(Root, "tests", "Model", model)]);

        // No search with fewer interleavings: this model has none to spare. A model that fails ends soon, and takes longer to compile well than to run.
        Call(folder, "gcc", macro is null ? "-O2" : "-O0", "-w", "-DSAFETY", "-DNOREDUCE", "-o", "pan", "pan.c");

        // The deepest path has a few hundred steps; one deeper than this would be reported, and fail.
        return Call(folder, Path.Combine(folder, "pan"), "-m100000");
    }

    private static string Call(string folder, string program, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program}: {output}{error.Result}");
        return output;
    }
}

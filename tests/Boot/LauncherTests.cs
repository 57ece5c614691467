namespace Tierce.Boot.Tests;

/// <summary>The script that builds the tool before it calls it.</summary>
public sealed class LauncherTests
{
    /// <summary>A build leaves a compiler running, which would keep the next build waiting for as long as it holds the lock.</summary>
    [Fact]
    public void BuildOfTheToolDoesNotInheritTheLock()
    {
        string folder = Directory.CreateTempSubdirectory("tierce-launcher-").FullName;
        string launcher = Path.Combine(folder, "tierce");
        string seen = Path.Combine(folder, "seen");
        string programs = Directory.CreateDirectory(Path.Combine(folder, "programs")).FullName;
        File.Copy(Path.Combine(Launcher.Root, "tierce"), launcher);
        string dotnet = Path.Combine(programs, "dotnet");
        File.Copy(launcher, dotnet); // With its right to be executed.
        File.WriteAllText(dotnet, $"#!/bin/sh\n[ \"$1\" != build ] || ls -l /proc/self/fd >{seen}\n");
        Launcher.Call(
            folder,
            [],
            environment =>
            {
                environment["PATH"] = $"{programs}:{environment["PATH"]}";
                environment["TIERCE_NO_BUILD"] = null;
            },
            launcher).Expect(0);
        Assert.True(File.Exists(Path.Combine(folder, "artifacts", "tool.lock")));
        Assert.Contains(seen, File.ReadAllText(seen), StringComparison.Ordinal);
        Assert.DoesNotContain("tool.lock", File.ReadAllText(seen), StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }
}

using System.Diagnostics;
using Tierce.Tool.Boot;

namespace Tierce.HostTool.Tests;

/// <summary>However the tool ends, its machine ends with it, and what a run left is cleared.</summary>
public sealed class EndingTests
{
    private static string Runs(ToolCall tool) => Path.Combine(tool.Cache, "runs");

    [Fact]
    public void KilledToolLeavesNoMachineAndTheNextRunClears()
    {
        using ToolCall tool = new();
        (Process process, int machine) = tool.StartMachine();
        using (process)
        {
            process.Kill();
            process.WaitForExit();
        }

        Assert.True(ToolCall.IsGone(machine), "the machine runs on");
        string left = Assert.Single(Directory.GetDirectories(Runs(tool)));
        Assert.True(File.Exists(Path.Combine(left, "boot", "bundle")));
        (int status, _, string error) = tool.Run(["run", "--guest", "small", "--cmdline", "a\nb"]);
        Assert.True(status == 125, error);
        Assert.Equal([left], Directory.GetDirectories(Runs(tool)));
        Assert.False(Directory.Exists(Path.Combine(left, "boot")), "what was booted is still there");
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("HUP")]
    [InlineData("INT")]
    [InlineData("QUIT")]
    public void SignalLeavesNoMachineAndNoFiles(string signal)
    {
        using ToolCall tool = new();
        (Process process, int machine) = tool.StartMachine();
        using (process)
        {
            using Process kill = Process.Start("sh", ["-c", $"kill -{signal} {process.Id}"]);
            process.WaitForExit();
            Assert.Equal(130, process.ExitCode);
            Assert.DoesNotContain("without a status", process.StandardError.ReadToEnd(), StringComparison.Ordinal);
        }

        Assert.True(ToolCall.IsGone(machine), "the machine runs on");
        Assert.Empty(Directory.GetDirectories(Runs(tool)));
    }

    /// <summary>The sabotaged twin: a program that is started without the tool's bond outlives it.</summary>
    [Fact]
    public void WithoutSetprivsBondTheMachineRunsOn()
    {
        using ToolCall tool = new();
        tool.Script("setpriv", "shift 2; exec \"$@\"");
        (Process process, int machine) = tool.StartMachine();
        using (process)
        {
            process.Kill();
            process.WaitForExit();
        }

        Assert.True(ToolCall.Runs(machine));
        using Process other = Process.GetProcessById(machine);
        other.Kill();
    }

    [Fact]
    public void RunThatGoesOnIsLeftAlone()
    {
        using ToolCall tool = new();
        (Process process, int machine) = tool.StartMachine();
        using (process)
        {
            tool.Run(["run", "--guest", "small", "--cmdline", "a\nb"]);
            string run = Assert.Single(Directory.GetDirectories(Runs(tool)));
            Assert.True(File.Exists(Path.Combine(run, "boot", "bundle")));
            Assert.True(ToolCall.Runs(machine));
            process.Kill();
            process.WaitForExit();
        }
    }

    [Fact]
    public void OnlyTheLatestLogsStay()
    {
        using ToolCall tool = new();
        for (int i = 0; i < LeftRuns.KeptLogs + 5; i++)
        {
            string run = Path.Combine(Runs(tool), $"2026010{i / 10}-00000{i % 10}-1");
            Directory.CreateDirectory(run);
            File.WriteAllText(Path.Combine(run, "tierce.log"), "log");
        }

        tool.Run(["run", "--guest", "small", "--cmdline", "a\nb"]);
        string[] left = [.. Directory.GetDirectories(Runs(tool)).Select(run => Path.GetFileName(run)!).Order(StringComparer.Ordinal)];
        Assert.Equal(LeftRuns.KeptLogs, left.Length);
        Assert.Equal("20260100-000005-1", left[0]);
    }
}

using System.Diagnostics;

namespace Tierce.HostTool.Tests;

/// <summary>The tool notices that its output cannot be written.</summary>
public sealed class OutputTests
{
    [Fact]
    public void FullDiskIsAnErrorWithItsName()
    {
        (int status, string error) = Call("--help >/dev/full");
        Assert.Equal(125, status);
        Assert.Contains("standard output: No space left on device", error, StringComparison.Ordinal);
    }

    [Fact]
    public void ReaderThatLeavesEndsTheToolQuietly()
    {
        (int status, string error) = Call("--help | true; exit ${PIPESTATUS[0]}");

        // The reader may leave after the last byte.
        Assert.True(status is 0 or 141, $"{status}");
        Assert.Empty(error);
    }

    [Fact]
    public void StandardOutputThatIsClosedIsAnError()
    {
        (int status, string error) = Call("--help >&-");
        Assert.Equal(125, status);
        Assert.Contains("standard output", error, StringComparison.Ordinal);
    }

    /// <summary>What the tool says of itself is lost with a full standard error; the status stays what it was.</summary>
    [Fact]
    public void DiagnosisThatCannotBeWrittenChangesNoStatus()
    {
        (int status, string _) = Call("run --no-such-option 2>/dev/full");
        Assert.Equal(125, status);
    }

    private static (int Status, string Error) Call(string line)
    {
        string tool = typeof(Tierce.Tool.ExitCodes).Assembly.Location;
        using Process process = Process.Start(new ProcessStartInfo("bash", ["-c", $"dotnet '{tool}' {line}"])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        })!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, error);
    }
}

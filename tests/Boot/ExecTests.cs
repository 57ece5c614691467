using System.Diagnostics;
using System.Security.Cryptography;

namespace Tierce.Boot.Tests;

/// <summary><c>--exec</c> gives the command's output, byte for byte and alone, and its status.</summary>
public sealed class ExecTests
{
    [Fact]
    public void StatusAndOutputsAreTheCommands()
    {
        Outcome outcome = Launcher.Execute("exec-status", "echo out; echo err >&2; exit 5").Expect(5).ExpectCleanLog();
        Assert.Equal("out\n", outcome.Text);
        Assert.Contains("err\n", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void OutputIsByteExact()
    {
        Outcome outcome = Launcher.Execute("exec-bytes", @"printf 'a\r\n\001\033[0m\000\377z'; kill -9 $$").Expect(137);
        Assert.Equal("a\r\n\u0001\e[0m\0"u8.ToArray().Concat(new byte[] { 0xff, (byte)'z' }), outcome.Output);
    }

    [Fact]
    public void InputAndOutputOfAnyLengthPass()
    {
        Stopwatch clock = Stopwatch.StartNew();
        byte[] data = RandomNumberGenerator.GetBytes(Soak.Amount(200_000, 8_000_000));
        Outcome outcome = Launcher.Run("exec-pipe", data, "--timeout", "1800", "--exec", "cat").Expect(0).ExpectCleanLog();
        Assert.Equal(Convert.ToHexString(SHA256.HashData(data)), Convert.ToHexString(SHA256.HashData(outcome.Output)));
        Soak.Record("streams", data.Length, "bytes each way", 1, clock);
    }

    /// <summary>Other writers to the console cut the frames; what came before, and the input, is not disturbed either.</summary>
    [Fact]
    public void LinesOfTheKernelDoNotDamageTheStreams()
    {
        const string Command = "dmesg -n 8; (i=0; while [ $i -lt 300 ]; do echo \"line $i\" >/dev/kmsg; i=$((i+1)); done) & cat; wait; dmesg -n 1";
        byte[] data = RandomNumberGenerator.GetBytes(60_000);
        Outcome outcome = Launcher.Run("exec-kernel-lines", data, "--exec", Command).Expect(0);
        Assert.Equal(Convert.ToHexString(SHA256.HashData(data)), Convert.ToHexString(SHA256.HashData(outcome.Output)));
        string console = File.ReadAllText(Path.Combine(outcome.Logs, "console.log"));
        Assert.Contains("line 299", console, StringComparison.Ordinal);
    }

    [Fact]
    public void OutputThatCannotBeWrittenIsAnError()
    {
        Outcome outcome = Shell("exec-full", "./tierce run --timeout 180 --exec 'echo x' >/dev/full").Expect(125);
        Assert.Contains("standard output: No space left on device", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void ReaderThatLeavesEndsTheRun()
    {
        Outcome outcome = Shell("exec-head", "./tierce run --timeout 180 --exec yes | head -1; exit ${PIPESTATUS[0]}").Expect(141);
        Assert.Equal("y\n", outcome.Text);
    }

    private static Outcome Shell(string name, string line) =>
        Launcher.Call(Path.Combine(Launcher.Root, "artifacts", "logs", name), null, null, "bash", "-c", line);

    [Fact]
    public void ScriptOnStandardInputGivesItsStatus() => Launcher.Run("script", "exit 7\n"u8.ToArray()).Expect(7).ExpectCleanLog();

    [Fact]
    public void TimeLimitIsStatus124()
    {
        Outcome outcome = Launcher.Execute("time-limit", "echo started; sleep 600", "--timeout", "15").Expect(124);
        Assert.Contains("time limit", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void CommandsFindTheirSignalsAsUsual()
    {
        Outcome outcome = Launcher.Execute("signals", "yes | head -1; grep SigIgn /proc/self/status").Expect(0);
        Assert.Equal("y\nSigIgn:\t0000000000000000\n", outcome.Text);
        Assert.DoesNotContain("Broken pipe", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void CommandLineAndMemoryReachTheGuest()
    {
        Outcome outcome = Launcher.Execute("options", "cat /proc/cmdline; grep MemTotal /proc/meminfo", "--cmdline", "tierce.word=42", "--memory", "300M").Expect(0);
        Assert.Contains("tierce.word=42", outcome.Text, StringComparison.Ordinal);
        int total = int.Parse(outcome.Text.Split("MemTotal:")[1].Trim().Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(total, 200_000, 300 * 1024);
    }
}

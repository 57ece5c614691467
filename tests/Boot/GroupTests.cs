using System.Globalization;
using System.Text.RegularExpressions;

namespace Tierce.Boot.Tests;

/// <summary>Several guests in one machine: each has the machine to itself as far as it can tell, and ends alone.</summary>
public sealed partial class GroupTests
{
    private const string Ticks = "i=0; while [ $i -lt 15 ]; do echo tick $i; i=$((i+1)); sleep 1; done";

    /// <summary>One panics, one loops with events masked, one has lost its monitor: the fourth does not notice.</summary>
    [Fact]
    public void EndsOfGuestsLeaveTheOthersWorking()
    {
        // Linux waits for ever after this panic, its events masked. The console driver's image is no monitor: it faults as one.
        Outcome outcome = Run("group-ends", [], $"""
            guests:
              - {"{name: panics, memory: 192M, exec: 'echo up; echo c >/proc/sysrq-trigger; sleep 100'}"}
              - {"{name: loops, memory: 192M, watchdog: 6, cmdline: panic=600, exec: 'echo up; echo c >/proc/sysrq-trigger; sleep 100'}"}
              - {"{name: orphan, memory: 192M, exec: 'echo never', manifest: [monitor=console]}"}
              - name: works
                memory: 192M
                exec: "{Ticks}"
            """).Expect(125);
        Assert.Contains("guest panics ended: crash", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("guest loops ended: watchdog", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("guest orphan ended: monitor died", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("works: tick 14\n", outcome.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("orphan:", outcome.Text, StringComparison.Ordinal);
        Assert.True(
            TierceLog(outcome).IndexOf("guest loops ended", StringComparison.Ordinal) < TierceLog(outcome).IndexOf("guest works ended: poweroff", StringComparison.Ordinal),
            "the working guest was to outlive the hung one");
    }

    /// <summary>A guest lives again after each crash, in the same memory; one without a policy does not.</summary>
    [Fact]
    public void RestartFollowsThePolicy()
    {
        Outcome outcome = Run("group-restart", ["--on", "works"], $"""
            guests:
              - {"{name: phoenix, memory: 192M, restart: on-crash, exec: 'echo up; echo c >/proc/sysrq-trigger; sleep 100'}"}
              - {"{name: mortal, memory: 192M, exec: 'echo up; echo c >/proc/sysrq-trigger; sleep 100'}"}
              - {"{name: sleeper, memory: 192M, restart: on-crash, exec: 'poweroff -f'}"}
              - name: works
                memory: 192M
                exec: "{Ticks}"
            """).Expect(0);
        Assert.Contains("works: tick 14\n", outcome.Text, StringComparison.Ordinal);
        string log = TierceLog(outcome);
        Assert.Contains("guest phoenix ended: crash (restart)", log, StringComparison.Ordinal);
        Assert.Contains("guest phoenix is started again", log, StringComparison.Ordinal);
        Assert.Contains("guest mortal ended: crash\n", log, StringComparison.Ordinal);
        Assert.Contains("guest sleeper ended: poweroff\n", log, StringComparison.Ordinal);

        // The end of a life is in the log a little after what it wrote.
        int lives = Regex.Count(log, "guest phoenix ended: crash");
        Assert.InRange(Regex.Count(outcome.Text, "phoenix: up\n"), Math.Max(2, lives), lives + 1);
        Assert.Single(Regex.Matches(outcome.Text, "mortal: up\n"));
    }

    [Fact]
    public void CommandGoesToTheNamedGuestWithItsInput()
    {
        Outcome outcome = Launcher.Run("group-on", "bytes\n"u8.ToArray(), "--guests", "2", "--memory", "192M", "--on", "guest2", "--exec", "cat; cat /sys/hypervisor/type; exit 3").Expect(3);
        Assert.Equal("bytes\nxen\n", outcome.Text);
        Assert.Contains("no such guest", Launcher.Run("group-nobody", [], "--guests", "2", "--on", "guest3").Expect(125).Error, StringComparison.Ordinal);
    }

    /// <summary>Two busy guests count in the same two seconds of a machine that counts instructions; each gets its half.</summary>
    [Fact]
    public void TimeIsSharedFairly()
    {
        // Both clocks come from the machine's, whose start --icount fixes at the first second of 2026.
        string loop = CountingLoop.Command(3, 2);
        Outcome outcome = Launcher.Run("group-fair", [], "--icount", "--guests", "2", "--memory", "192M", "--timeout", "240", "--exec", loop).Expect(0);
        double[] counts = [.. Counts().Matches(outcome.Text).Select(match => double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))];
        Assert.Equal(2, counts.Length);
        Assert.InRange(counts[0] / (counts[0] + counts[1]), 0.475, 0.525);
    }

    /// <summary>At a terminal the key switches, and each guest keeps its own shell; detached, they go on, and another terminal finds them so.</summary>
    [Fact]
    public void KeysSwitchBetweenShells()
    {
        string logs = Path.Combine(Launcher.Root, "artifacts", "logs", "group-keys");
        Directory.CreateDirectory(logs);
        string transcript = Path.Combine(logs, "transcript");
        File.Delete(transcript);
        // Each step waits for what the one before shows.
        const string Keys = Typist.Functions + "(seen \"$0\" 'tierce:/#' 1; printf 'word=first\\r'; seen \"$0\" 'tierce:/#' 2; printf '\\0352'; seen \"$0\" 'tierce:/#' 3; "
            + "printf 'word=second\\r'; seen \"$0\" 'tierce:/#' 4; printf 'echo here is $word\\r'; seen \"$0\" 'here is second' 1; "
            + "printf '\\035n'; sleep 1; printf 'echo here is $word\\r'; seen \"$0\" 'here is first' 1; printf '\\035d'; sleep 5)";
        Outcome outcome = Launcher.Call(
            logs,
            [],
            null,
            "bash",
            "-c",
            $"{Keys} | script -qefc './tierce run --guests 2 --memory 192M --timeout 400 --logs {logs}' \"$0\"",
            transcript).Expect(0);
        string run = Regex.Match(outcome.Text, @"detached; '\./tierce attach (\d+)' goes on").Groups[1].Value;
        File.Delete(transcript);
        const string More = Typist.Functions + "(seen \"$0\" 'here is first' 1; printf 'echo still $word\\r'; seen \"$0\" 'still first' 1; printf '\\035q'; sleep 5)";
        Outcome attached = Launcher.Call(logs, [], null, "bash", "-c", $"{More} | script -qefc './tierce attach {run}' \"$0\"", transcript).Expect(130);
        Assert.Contains("still first", attached.Text, StringComparison.Ordinal);
        Assert.Contains("no run", Launcher.Call(logs, [], null, Path.Combine(Launcher.Root, "tierce"), "attach", run).Expect(125).Error, StringComparison.Ordinal);
        int second = outcome.Text.IndexOf("here is second", StringComparison.Ordinal);
        int first = outcome.Text.IndexOf("here is first", StringComparison.Ordinal);
        Assert.True(second >= 0 && first > second, outcome.Text);
    }

    [Fact]
    public void MistakesInTheFileAreNamed()
    {
        Assert.Contains("colour", Run("group-bad", [], "guests:\n  - name: g\n    colour: red\n").Expect(125).Error, StringComparison.Ordinal);
        Assert.Contains("sometimes", Run("group-bad", [], "guests:\n  - name: g\n    restart: sometimes\n").Expect(125).Error, StringComparison.Ordinal);
        Assert.Contains("same name", Run("group-bad", [], "guests:\n  - name: g\n  - name: g\n").Expect(125).Error, StringComparison.Ordinal);
    }

    private static Outcome Run(string name, string[] arguments, string guests)
    {
        string file = Path.Combine(Launcher.Root, "artifacts", "logs", name + ".yaml");
        File.WriteAllText(file, guests);
        return Launcher.Run(name, [], ["--guests-file", file, .. arguments]);
    }

    private static string TierceLog(Outcome outcome) => File.ReadAllText(Path.Combine(outcome.Logs, "tierce.log"));

    [GeneratedRegex(@"count (\d+)")]
    private static partial Regex Counts();
}

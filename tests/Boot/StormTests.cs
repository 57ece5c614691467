using System.Globalization;
using System.Text.RegularExpressions;

namespace Tierce.Boot.Tests;

/// <summary>
/// A driver that never quiets its device, the second serial port, which then interrupts without end: its budget bounds what it takes from
/// a guest. One that crashes is told, started again, and in the end left dead with its line masked, while the guest works.
/// </summary>
public sealed partial class StormTests
{
    private static readonly int s_seconds = Soak.Amount(brief: 2, full: 10);

    [Fact]
    public void StormLeavesAGuestItsShare()
    {
        double undisturbed = Count("storm-none", storm: [], []);
        Assert.True(undisturbed > 0);
        Assert.InRange(Count("storm", ["args=quiet=0"], []) / undisturbed, 0.8, 0.95);
    }

    /// <summary>Without budgets the storm takes all: no result in time counts as none.</summary>
    [Fact]
    public void SabotagedBudgetsLeaveItNothing()
    {
        string images = SabotagedKernel.Build("storm-budget", ("Scheduling/Budget.cs", "            Scheduler.SetPriority(cpu, thread, 0);\n", string.Empty));
        Assert.Equal(0, Count("storm-sabotaged", ["args=quiet=0"], ["--images", images, "--timeout", "40"]));
    }

    [Fact]
    public void DriverThatCrashesIsStartedAgainWhileTheGuestWorks()
    {
        Outcome outcome = Storm("storm-crash", ["args=quiet=0 most=200", "restart=on-crash"], "--exec", "sleep 2; echo works").Expect(0);
        Assert.Equal("works\n", outcome.Text);
        string log = File.ReadAllText(Path.Combine(outcome.Logs, "tierce.log"));
        Assert.Equal(5, Regex.Count(log, "domain storm died"));
        Assert.Equal(4, Regex.Count(log, "driver storm is started again"));
        Assert.Equal(5, Regex.Count(log, "storm: taking one more interrupt failed"));
    }

    /// <summary>Loop iterations of a guest in some seconds of the machine's time, which starts at a fixed one; 0 if it gives no answer.</summary>
    private static double Count(string name, string[] storm, string[] arguments)
    {
        string loop = string.Create(CultureInfo.InvariantCulture, $"start=1767225608; [ $EPOCHSECONDS -lt $start ] || exit 9; while [ $EPOCHSECONDS -lt $start ]; do :; done; n=0; while [ $EPOCHSECONDS -lt $((start + {s_seconds})) ]; do n=$((n+1)); done; echo count $n");
        Outcome outcome = Storm(name, storm, ["--icount", "--exec", loop, .. arguments]);
        Match count = Counted().Match(outcome.Text);
        return count.Success ? double.Parse(count.Groups[1].Value, CultureInfo.InvariantCulture) : 0;
    }

    private static Outcome Storm(string name, string[] storm, params string[] arguments)
    {
        string logs = Path.Combine(Launcher.Root, "artifacts", "logs", name);
        string[] driver = storm.Length == 0 ? [] : ["[driver storm]", "image=rawdriver", "irq=3", "ports=0x2f8-0x2ff", .. storm];
        string[] limit = arguments.Contains("--timeout") ? [] : ["--timeout", "240"];
        string[] all = ["run", "--logs", logs, "--memory", "192M", .. limit, .. driver.SelectMany(line => new[] { "--manifest-line", line }), .. arguments];
        return Launcher.Call(logs, [], environment => environment["TIERCE_QEMU_ARGS"] = "-serial null", Path.Combine(Launcher.Root, "tierce"), all);
    }

    [GeneratedRegex(@"count (\d+)")]
    private static partial Regex Counted();
}

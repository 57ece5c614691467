using System.Globalization;
using System.Text.RegularExpressions;

namespace Tierce.Boot.Tests;

/// <summary>
/// Drivers in an interrupt storm: one that never quiets its device, the second serial port, which then interrupts without end; and one
/// whose device interrupts as often as QEMU's do, the interval timer at its least count. Their budgets bound what they take from a guest.
/// One that crashes is reported, started again, and in the end left dead with its line masked, while the guest works.
/// </summary>
public sealed partial class StormTests
{
    /// <summary>Seconds of the machine's time in which a guest's loop is counted on a kernel made to fail.</summary>
    private const int SabotagedSeconds = 1;

    /// <summary>The same on the kernel as it is.</summary>
    private static readonly int s_seconds = Soak.Amount(brief: 1, full: 10);

    /// <summary>Part of its iterations that a guest keeps at least.</summary>
    private const double Share = 0.8;

    private static readonly string[] s_neverQuiet = ["[driver storm]", "image=rawdriver", "irq=3", "ports=0x2f8-0x2ff", "args=quiet=0 after=2"];

    /// <summary>As <see cref="s_neverQuiet"/>; both begin when the guest has booted. Rate generator with a count of 2, the least: 596,591 interrupts a second.</summary>
    private static readonly string[] s_fastest = ["[driver storm]", "image=rawdriver", "irq=2", "ports=0x40-0x43", "args=count=2 after=2"];

    /// <summary>Iterations a second without a storm.</summary>
    private static readonly Lazy<double> s_undisturbed = new(() => Rate("storm-none", [], s_seconds));

    [Fact]
    public void DriverThatNeverQuietsItsDeviceLeavesAGuestItsShare() => Assert.InRange(Kept("storm", s_neverQuiet, s_seconds), Share, 0.9);

    [Fact]
    public void DeviceAtTheHighestRateLeavesAGuestItsShare() => Assert.InRange(Kept("storm-fast", s_fastest, s_seconds), Share, 0.9);

    /// <summary>Without budgets a storm takes what it wants: the guest gives no answer in several times the time that it needs.</summary>
    [Fact]
    public void SabotagedBudgetsLeaveItLess()
    {
        string images = SabotagedKernel.Build("storm-budget", ("Scheduling/Budget.cs", "            Scheduler.SetPriority(cpu, thread, 0);\n", string.Empty));
        Assert.Equal(0, Kept("storm-sabotaged", s_neverQuiet, SabotagedSeconds, "--images", images, "--timeout", "30"));
        Assert.Contains("storm: serves", File.ReadAllText(Path.Combine(Launcher.Root, "artifacts", "logs", "storm-sabotaged", "tierce.log")), StringComparison.Ordinal);
    }

    /// <summary>Interrupts that are short and many cost most on the ways to the driver and back, which its budget must pay.</summary>
    [Fact]
    public void WaysThatAreNotChargedLeaveItLess()
    {
        string images = SabotagedKernel.Build("storm-ways", ("Scheduling/Budget.cs", "=> thread->BudgetUsed += 2 * (Machine.ReadTsc() - thread->SliceStart);", "{ }"));
        Assert.InRange(Kept("storm-ways", s_fastest, SabotagedSeconds, "--images", images), 0.5, Share);
    }

    [Fact]
    public void DriverThatCrashesIsStartedAgainWhileTheGuestWorks()
    {
        Outcome outcome = Storm("storm-crash", [.. s_neverQuiet[..^1], "args=quiet=0 most=200", "restart=on-crash"], "--exec", "sleep 2; echo works").Expect(0);
        Assert.Equal("works\n", outcome.Text);
        string log = File.ReadAllText(Path.Combine(outcome.Logs, "tierce.log"));
        Assert.Equal(5, Regex.Count(log, "domain storm died"));
        Assert.Equal(4, Regex.Count(log, "driver storm is started again"));
        Assert.Equal(5, Regex.Count(log, "storm: taking one more interrupt failed"));
    }

    /// <summary>The part of its iterations that a guest still makes.</summary>
    private static double Kept(string name, string[] driver, int seconds, params string[] arguments)
    {
        Assert.True(s_undisturbed.Value > 0);
        return Rate(name, driver, seconds, arguments) / s_undisturbed.Value;
    }

    /// <summary>Iterations of a guest's loop in a second of the machine's time, from when storms have begun; 0 if it gives no answer.</summary>
    private static double Rate(string name, string[] driver, int seconds, params string[] arguments)
    {
        string loop = string.Create(CultureInfo.InvariantCulture, $"start=1767225603; [ $EPOCHSECONDS -lt $start ] || exit 9; while [ $EPOCHSECONDS -lt $start ]; do :; done; n=0; while [ $EPOCHSECONDS -lt $((start + {seconds})) ]; do n=$((n+1)); done; echo count $n");
        Outcome outcome = Storm(name, driver, ["--icount", "--exec", loop, .. arguments]);
        Match count = Counted().Match(outcome.Text);
        return count.Success ? double.Parse(count.Groups[1].Value, CultureInfo.InvariantCulture) / seconds : 0;
    }

    private static Outcome Storm(string name, string[] driver, params string[] arguments)
    {
        string logs = Path.Combine(Launcher.Root, "artifacts", "logs", name);
        string[] limit = arguments.Contains("--timeout") ? [] : ["--timeout", "270"];
        string[] all = ["run", "--logs", logs, "--memory", "192M", .. limit, .. driver.SelectMany(line => new[] { "--manifest-line", line }), .. arguments];
        return Launcher.Call(logs, [], environment => environment["TIERCE_QEMU_ARGS"] = "-serial null", Path.Combine(Launcher.Root, "tierce"), all);
    }

    [GeneratedRegex(@"count (\d+)")]
    private static partial Regex Counted();
}

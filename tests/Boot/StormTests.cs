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

    private static readonly string[] s_neverQuiet = ["[driver storm]", "image=rawdriver", "irq=3", "ports=0x2f8-0x2ff", "args=quiet=0 after=1"];

    /// <summary>As <see cref="s_neverQuiet"/>; both begin when the guest has booted. Rate generator with a count of 2, the least: 596,591 interrupts a second.</summary>
    private static readonly string[] s_fastest = ["[driver storm]", "image=rawdriver", "irq=2", "ports=0x40-0x43", "args=count=2 after=1"];

    /// <summary>Processor time after which a guest that is in a storm without budgets has had several times what it needs.</summary>
    private static readonly TimeSpan s_starved = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(270);

    /// <summary>The device that storms: nothing is connected to it.</summary>
    private const string SecondPort = "-serial null";

    /// <summary>Iterations a second without a storm.</summary>
    private static readonly Lazy<double> s_undisturbed = new(() => Rate("storm-none", [], s_seconds));

    [Fact]
    public void DriverThatNeverQuietsItsDeviceLeavesAGuestItsShare() => Assert.InRange(Kept("storm", s_neverQuiet, s_seconds), Share, 0.9);

    [Fact]
    public void DeviceAtTheHighestRateLeavesAGuestItsShare() => Assert.InRange(Kept("storm-fast", s_fastest, s_seconds), Share, 0.9);

    /// <summary>Without budgets a storm takes what it wants: the guest gives no answer in several times the time that it needs from then on.</summary>
    [Fact]
    public void SabotagedBudgetsLeaveItLess()
    {
        string images = SabotagedKernel.Build("storm-budget", ("Scheduling/Budget.cs", "            Scheduler.SetPriority(cpu, thread, 0);\n", string.Empty));
        string logs = Directory.CreateDirectory(Path.Combine(Launcher.Root, "artifacts", "logs", "storm-sabotaged")).FullName;
        string log = Path.Combine(logs, "tierce.log");
        File.Delete(log);
        TimeSpan? begun = null;
        Outcome outcome = Launcher.StopWhen("storm-sabotaged", SecondPort, IsStarved, s_limit, Arguments(s_neverQuiet, "--icount", "--exec", Loop(SabotagedSeconds), "--images", images));
        Assert.True(begun.HasValue, outcome.Error);
        Assert.DoesNotMatch(Counted(), outcome.Text);
        Assert.NotEqual(0, outcome.Status);

        bool IsStarved()
        {
            if (begun is null && Launcher.ReadShared(log).Contains("storm: serves", StringComparison.Ordinal))
            {
                begun = MachineTime.Of(logs);
            }

            return begun is { } then && MachineTime.Of(logs) - then > s_starved;
        }
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
        Outcome outcome = Storm(name, driver, ["--icount", "--exec", Loop(seconds), .. arguments]);
        Match count = Counted().Match(outcome.Text);
        return count.Success ? double.Parse(count.Groups[1].Value, CultureInfo.InvariantCulture) / seconds : 0;
    }

    /// <summary>The guest's command. It boots in the first second and a half.</summary>
    private static string Loop(int seconds) => CountingLoop.Command(2, seconds);

    private static Outcome Storm(string name, string[] driver, params string[] arguments)
    {
        string logs = Path.Combine(Launcher.Root, "artifacts", "logs", name);
        return Launcher.Call(
            logs, [], environment => environment["TIERCE_QEMU_ARGS"] = SecondPort, Path.Combine(Launcher.Root, "tierce"), ["run", "--logs", logs, .. Arguments(driver, arguments)]);
    }

    private static string[] Arguments(string[] driver, params string[] arguments) =>
        ["--memory", "192M", "--timeout", s_limit.TotalSeconds.ToString(CultureInfo.InvariantCulture), .. driver.SelectMany(line => new[] { "--manifest-line", line }), .. arguments];

    [GeneratedRegex(@"count (\d+)")]
    private static partial Regex Counted();
}

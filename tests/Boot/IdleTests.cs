using System.Globalization;
using Tierce.Tool.Boot;

namespace Tierce.Boot.Tests;

/// <summary>
/// An idle guest costs nothing: nothing forces a tick on it, and the processor halts. Time is counted in instructions here and passes over
/// a halt at once, so that five minutes of sleep end in seconds, or never if anything spins.
/// </summary>
public sealed class IdleTests
{
    private const int Sleep = 300;

    /// <summary>Interrupts a second that Linux's own housekeeping may take; its tick is at 250.</summary>
    private const int MostInterrupts = 30;
    private const int Tick = 250;

    /// <summary>Processor time of a machine that spins.</summary>
    private static readonly TimeSpan s_most = TimeSpan.FromSeconds(15);

    [Fact]
    public void IdleGuestTakesNoTickAndTheProcessorHalts()
    {
        long awake = Interrupts(Slept("idle-none", 0, 180).Expect(0));
        long asleep = Interrupts(Slept("idle", Sleep, 180).Expect(0));
        Assert.InRange(asleep - awake, 1, Sleep * MostInterrupts);
    }

    /// <summary>A guest that wants its tick gets it, and the count shows it.</summary>
    [Fact]
    public void TickOfAGuestThatWantsItIsSeen()
    {
        const int Short = 20;
        Assert.InRange(Interrupts(Slept("idle-tick", Short, 180, "--cmdline", "nohz=off").Expect(0)), Short * Tick, long.MaxValue);
    }

    /// <summary>A guest that spins while it is idle does not come to the end of its sleep in several times what a boot and an idle sleep take.</summary>
    [Fact]
    public void SpinningIsSeen()
    {
        string logs = Path.Combine(Launcher.Root, "artifacts", "logs", "idle-spin");
        Outcome outcome = Launcher.StopWhen(
            "idle-spin", () => MachineTime.Of(logs) > s_most, TimeSpan.FromMinutes(3), "--icount", "--cmdline", "idle=poll", "--exec", $"echo asleep; sleep {Sleep}");
        Assert.Equal("asleep\n", outcome.Text);
        Assert.NotEqual(0, outcome.Status);
    }

    private static Outcome Slept(string name, int seconds, int limit, params string[] options) => Launcher.Execute(
        name, $"sleep {seconds}", ["--icount", "--timeout", limit.ToString(CultureInfo.InvariantCulture), .. options]);

    private static long Interrupts(Outcome outcome) => (long)TierceLog.Read(Path.Combine(outcome.Logs, "tierce.log")).Counters["interrupts"];
}

using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Tierce.Boot.Tests;

/// <summary>
/// A guest kernel that attacks in every way (tests/Hostile) dies, each time with its reason, and nothing else dies: Linux and a raw
/// application in the same machine continue to run, as their own work shows. Sabotaged twins show that a hole would be seen.
/// </summary>
public sealed partial class HostileTests
{
    /// <summary>Lives after those until each attack has come first in one.</summary>
    private const int Attacks = 6;

    /// <summary>Lives that end in a way that the test knows, one each, and what must be told of it.</summary>
    private static readonly (string Name, string Reason)[] s_endings =
    [
        ("jump-to-non-canonical", "exception without a handler detail=0x(d|e) "),
        ("jump-to-unmapped", "exception without a handler detail=0xe "),
        ("jump-to-kernel", "exception without a handler detail=0xe "),
        ("stack-in-kernel", "its stack cannot take a frame "),
        ("stack-non-canonical", "its stack cannot take a frame "),
        ("trap-stack-in-kernel", "its stack cannot take a frame "),
        ("user-without-root", "unusable page-table root "),
        ("empty-root", "its stack cannot take a frame "),
        ("foreign-root", "unusable page-table root detail=0xfffffffffffffff5 "),
        ("unknown-crash", "unknown reason "),
        ("unknown-shutdown", "ended: crash"),
        ("rom-data", "ended: (crash|fault|watchdog)"),
        ("vcpu-page", "ended: (crash|fault|watchdog)"),
    ];

    private static string Guest => Path.Combine(Launcher.Root, "artifacts", "images", "hostile-guest");

    [Fact]
    public void HostileGuestsHarmThemselvesAlone()
    {
        Stopwatch clock = Stopwatch.StartNew();
        int seed = Soak.Seeds(1).First();
        int lives = s_endings.Length + Soak.Amount(brief: 6, full: 200);
        int calls = Soak.Amount(brief: 6000, full: 8000);
        int least = Soak.Amount(brief: 10_000, full: 1_000_000);
        int seconds = Soak.Amount(brief: 240, full: 2000);
        Outcome outcome = Run("hostile", $"seed={seed} lives={lives} calls={calls} least={least} stay=1", "always", seconds, Bystanders.Describe(Soak.Amount(brief: 8000, full: 300_000))).Expect(0);
        string log = Log(outcome);
        string replay = string.Create(CultureInfo.InvariantCulture, $"TIERCE_SEED={seed}; logs in {outcome.Logs}");
        Assert.False(log.Contains("BREACH", StringComparison.Ordinal) || log.Contains("panic", StringComparison.OrdinalIgnoreCase), replay);
        Assert.True(Right().Match(outcome.Text) is { Success: true } right && int.Parse(right.Groups[1].Value, CultureInfo.InvariantCulture) > 0, outcome.Text);
        Assert.Contains("application LatencyRecorder ended: 0", log, StringComparison.Ordinal);
        Assert.True(log.IndexOf("all lives are over", StringComparison.Ordinal) < log.IndexOf("guest works ended: poweroff", StringComparison.Ordinal), replay);
        foreach ((string name, string reason) in s_endings)
        {
            Match end = Regex.Match(log, $@"hostile: ends by {name}\n(?:(?!hostile: life).*\n)*?.*guest hostile (?:stopped: )?(?:{reason})");
            Assert.True(end.Success, $"{name}: not '{reason}'; {replay}");
        }

        Match over = Over().Match(log);
        Assert.True(over.Success, $"its lives are not over; {replay}");
        int deaths = Regex.Count(log, @"guest hostile ended: [a-z ]+ \(restart\)");
        Assert.True(deaths >= lives, $"{deaths} deaths in {lives} lives; {replay}");
        long hypercalls = long.Parse(over.Groups[1].Value, CultureInfo.InvariantCulture);
        Assert.True(hypercalls >= least, $"only {hypercalls} hypercalls; {replay}");
        long kernelCalls = long.Parse(over.Groups[2].Value, CultureInfo.InvariantCulture);
        Assert.True(kernelCalls >= Soak.Amount(brief: 500, full: 50_000), $"only {kernelCalls} kernel calls; {replay}");
        Soak.Record("hostile-guest", hypercalls, $"hypercalls with garbage, {kernelCalls} kernel calls, {over.Groups[3]} other attempts, {deaths} deaths", seed, clock);
    }

    /// <summary>A kernel that maps frames after the guest's own: an attack through page tables must say so.</summary>
    [Fact]
    public void SabotagedOwnershipIsFoundByTheHostileGuest() => ExpectBreach(
        "hostile-ownership",
        "foreign frame",
        ("Translation/Cache/CacheFill.cs", "ulong limit = cache.Guest.Frames << 12;", "ulong limit = (cache.Guest.Frames + 0x10000) << 12;"));

    /// <summary>A kernel that loads the code selector that a guest wrote: an attack through the vCPU page must bring it down.</summary>
    [Fact]
    public void SabotagedSelectorsAreFoundByTheHostileGuest() => ExpectBreach(
        "hostile-selectors",
        "panic",
        ("UserState/ResumeState.cs", "        frame->Cs = Thread.UserCode;\n        frame->Ss = Thread.UserData;\n", "        frame->Ss = Thread.UserData;\n"));

    /// <summary>A guest that signals to its monitor what root and the console's driver would still has its console.</summary>
    [Fact]
    public void GuestsThatSpeakForOthersAreNotHeard() => Assert.EndsWith("still heard\n", Speak("hostile-speaks"), StringComparison.Ordinal);

    /// <summary>A kernel that passes on whatever bits a guest signals: its monitor takes the driver for dead.</summary>
    [Fact]
    public void SabotagedSignalsAreHeard() => Assert.DoesNotContain(
        "still heard",
        Speak("hostile-signals", "--images", SabotagedKernel.Build("hostile-signals", ("RomCalls/VmCalls.cs", "frame->Rdi & vcpu->GuestBits", "frame->Rdi"))),
        StringComparison.Ordinal);

    /// <summary>What such a guest has written to its console.</summary>
    private static string Speak(string name, params string[] arguments)
    {
        Outcome outcome = Launcher.Run(name, [], ["--guest", Guest, "--memory", "64M", "--cmdline", "speaks=1", .. arguments]);
        Assert.Contains("guest guest ended: poweroff", Log(outcome), StringComparison.Ordinal);
        return File.ReadAllText(Path.Combine(outcome.Logs, "console.log")).Replace("\r", string.Empty, StringComparison.Ordinal);
    }

    private static void ExpectBreach(string name, string sign, (string File, string Old, string New) change)
    {
        string images = SabotagedKernel.Build(name, change);
        Outcome outcome = Run(name, $"seed=1 lives={s_endings.Length + Attacks} calls=2000", "on-crash", 120, string.Empty, "--images", images);
        Assert.Contains(sign, Log(outcome), StringComparison.OrdinalIgnoreCase);
    }

    private static Outcome Run(string name, string words, string restart, int seconds, string others, params string[] arguments)
    {
        string file = Path.Combine(Launcher.Root, "artifacts", "logs", name + ".yaml");
        File.WriteAllText(file, string.Create(CultureInfo.InvariantCulture, $"""
            guests:
              - name: hostile
                kernel: {Guest}
                memory: 64M
                restart: {restart}
                watchdog: 10
                cmdline: {words}
                manifest: [short-lives=0]
            {others}
            """));
        string logs = Path.Combine(Launcher.Root, "artifacts", "logs", name);
        Directory.CreateDirectory(logs);
        File.Delete(Path.Combine(logs, "tierce.log"));
        bool Ended() => Regex.IsMatch(Launcher.ReadShared(Path.Combine(logs, "tierce.log")), "guest hostile ended: [a-z ]*\r?\n|all lives are over|panic", RegexOptions.IgnoreCase);
        string on = others.Length > 0 ? Bystanders.Guest : "hostile";
        return Launcher.RunUntil(name, Ended, TimeSpan.FromSeconds(seconds), ["--guests-file", file, "--on", on, "--timeout", seconds.ToString(CultureInfo.InvariantCulture), .. arguments]);
    }

    private static string Log(Outcome outcome) => Launcher.ReadShared(Path.Combine(outcome.Logs, "tierce.log")).Replace("\r", string.Empty, StringComparison.Ordinal);

    [GeneratedRegex(@"right (\d+) times")]
    private static partial Regex Right();

    [GeneratedRegex(@"hostile: all lives are over: (\d+) hypercalls, (\d+) kernel calls, (\d+) other attempts")]
    private static partial Regex Over();
}

using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Tierce.Tool.Bench.Interrupts;
using Tierce.Tool.Boot;
using Tierce.Tool.Host;

namespace Tierce.Boot.Tests;

/// <summary>
/// The ways of an interrupt, those too that the shipped kernel does not have (tests/Cases): each takes the context switches that it takes on paper,
/// and delivers exactly once whatever an interrupt meets.
/// </summary>
public sealed partial class CasesTests
{
    /// <summary>Interrupts of a sweep: 2500 steps of a chain of five, and 4000 around mask and unmask.</summary>
    private const long Swept = (2500 * 5) + 4000;

    /// <summary>Instructions after ENABLE up to RET (tests/Cases/Rom/vmint.S): one interrupt at least comes before each of them.</summary>
    private const long Places = 22;

    /// <summary>Total, switches before the driver, and before the guest's handler: docs/guide/interrupts.md.</summary>
    private static readonly Dictionary<string, (int Total, int? ToDriver, int ToGuest)> s_onPaper = new(StringComparer.Ordinal)
    {
        ["IA"] = (2, null, 1),
        ["IB"] = (4, null, 2),
        ["IIA"] = (1, null, 1),
        ["IIB"] = (2, null, 2),
        ["IIIA"] = (5, null, 2),
        ["IIIB"] = (3, null, 2),
        ["IIIC-native"] = (4, 1, 3),
        ["bound-native"] = (3, 1, 2),
    };

    /// <summary>The kernel's count is compared with calls of the function that switches, which are counted from outside.</summary>
    [Fact]
    public void SwitchesAreThoseOnPaper()
    {
        string logs = Path.Combine(Launcher.Root, "artifacts", "logs", "cases");
        Directory.CreateDirectory(logs);
        string json = Path.Combine(logs, "cases.json");
        Launcher.Call(logs, [], null, Path.Combine(Launcher.Root, "tierce"), "bench", "interrupts", "--only", string.Join(',', s_onPaper.Keys), "--json", json).Expect(0);
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(json));
        Assert.Equal(s_onPaper.Count, document.RootElement.GetArrayLength());
        foreach (JsonElement row in document.RootElement.EnumerateArray())
        {
            (int total, int? toDriver, int toGuest) = s_onPaper[row.GetProperty("case").GetString()!];
            Assert.Equal(total, row.GetProperty("total").GetInt32());
            Assert.Equal(total, row.GetProperty("switches_seen").GetInt32());
            Assert.Equal(toGuest, row.GetProperty("latency_guest").GetInt32());
            JsonElement topHalf = row.GetProperty("latency_top_half");
            Assert.Equal(toDriver, topHalf.ValueKind == JsonValueKind.Null ? null : topHalf.GetInt32());
            Assert.InRange(row.GetProperty("instructions_to_guest").GetInt32(), 100, 10_000);
        }
    }

    [Theory]
    [InlineData("IA")]
    [InlineData("IB")]
    [InlineData("IIA")]
    [InlineData("IIB")]
    [InlineData("IIIA")]
    [InlineData("IIIB")]
    public void EveryInterruptIsDeliveredOnce(string name)
    {
        Sweep sweep = Run(name);
        Assert.Equal((Swept, Swept, 0, 0, 0), (sweep.Raised, sweep.Delivered, sweep.Lost, sweep.Doubled, sweep.Changed));

        // The sweep has met what it is for: interrupts while events were masked, and none that piled up frames.
        Assert.InRange(sweep.Waited, 1, Swept);
        Assert.Equal(0, sweep.Pile);
        if (name.StartsWith("II", StringComparison.Ordinal) && !name.StartsWith("III", StringComparison.Ordinal))
        {
            Assert.InRange(sweep.InRegion, Places, Swept);
            Assert.InRange(sweep.Places, Places, Places + 1);
        }
    }

    /// <summary>Without its two precautions, the way back by ENABLE and RET piles up frames, and loses interrupts.</summary>
    [Theory]
    [InlineData("IIA")]
    [InlineData("IIB")]
    public void PrecautionsBetweenEnableAndRetAreNeeded(string name)
    {
        Assert.InRange(Run(name + " no-region").Pile, 288, 1 << 14);
        Assert.InRange(Run(name + " no-check").Lost, 1, Swept);
    }

    private static Sweep Run(string words)
    {
        string log = Log("sweep-" + words.Replace(' ', '-'), folder => CaseMachine.Prepare(new Repository(Launcher.Root), folder, words));
        Assert.True(Figures().Match(log) is { Success: true }, log);
        long[] figures = [.. Figures().Match(log).Groups.Values.Skip(1).Select(group => long.Parse(group.Value, CultureInfo.InvariantCulture))];
        return new Sweep(figures[0], figures[1], figures[2], figures[3], figures[4], figures[5], figures[6], figures[7], figures[8]);
    }

    /// <summary>Runs a machine to its end, and returns what it has told.</summary>
    internal static string Log(string name, Func<RunFolder, MachineSettings> prepare)
    {
        string logs = Path.Combine(Launcher.Root, "artifacts", "logs", name);
        using RunFolder folder = new(logs);
        using (Machine machine = Machine.Start(prepare(folder)))
        {
            Assert.True(machine.Wait(TimeSpan.FromMinutes(3)), $"{name} does not end; log in {logs}");
        }

        string log = File.ReadAllText(folder.TierceLog).Replace("\r", string.Empty, StringComparison.Ordinal);
        Assert.Contains("ended: poweroff", log, StringComparison.Ordinal);
        return log;
    }

    [GeneratedRegex(@"swept raised=(\d+) delivered=(\d+) lost=(\d+) doubled=(\d+) changed=(\d+)\n.* saw waited=(\d+) in-region=(\d+) places=(\d+) pile=(\d+)")]
    private static partial Regex Figures();

    /// <summary>What a sweep's guest and monitor tell.</summary>
    private sealed record Sweep(long Raised, long Delivered, long Lost, long Doubled, long Changed, long Waited, long InRegion, long Places, long Pile);
}

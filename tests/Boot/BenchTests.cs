using System.Diagnostics;
using System.Text.Json;
using Tierce.Soaking;

namespace Tierce.Boot.Tests;

/// <summary>The yardstick measures, and says what it measured in the form that programs read.</summary>
public sealed class BenchTests
{
    /// <summary>Cheaper than any system call, dearer than any that still is one: what is outside was not measured but made up.</summary>
    private const double Least = 100;
    private const double Most = 5000;

    /// <summary>Instructions of an IPC call and its reply at most, both ways together.</summary>
    private const double MostForIpc = 500;

    /// <summary>What a null system call costs on the kernel as it is: two tests look at it, and one boot measures it.</summary>
    private static readonly Lazy<(Outcome Outcome, JsonDocument Figures, string Chart)> s_nullSystemCall = new(() =>
    {
        string chart = Path.Combine(Launcher.Root, "artifacts", "logs", "bench.svg");
        (Outcome outcome, JsonDocument figures) = Measure("bench", "--icount", "--counts", "--only", "null-syscall", "--sides", "tierce", "--chart", chart);
        return (outcome, figures, File.ReadAllText(chart));
    });

    [Fact]
    public void NullSystemCallIsMeasuredAndItsEntriesAreCounted()
    {
        (Outcome outcome, JsonDocument document, string chart) = s_nullSystemCall.Value;
        Assert.Contains("null-syscall", outcome.Text, StringComparison.Ordinal);
        JsonElement row = Row(document, "null-syscall");
        Assert.InRange(row.GetProperty("tierce").GetDouble(), Least, Most);
        Assert.Equal(JsonValueKind.Null, row.GetProperty("native").ValueKind);
        Assert.Equal(JsonValueKind.Null, row.GetProperty("xen").ValueKind);
        Assert.Equal("instructions", row.GetProperty("unit").GetString());

        // In and out again are two at the least; a hidden fault each time would be a cache that forgets.
        Assert.InRange(Row(document, "null-syscall-entries").GetProperty("tierce").GetDouble(), 2, 3.1);
        Assert.InRange(Row(document, "null-syscall-hidden").GetProperty("tierce").GetDouble(), -0.1, 0.1);
        Assert.StartsWith("<svg", chart, StringComparison.Ordinal);
    }

    /// <summary>Each figure rises by the handicap times the entries that the kernel counted for it: none is made up.</summary>
    [Fact]
    public void HandicapMovesEachFigureByItsEntries()
    {
        const int Handicap = 100;
        using JsonDocument plain = Bench("bench-calls", "calls");
        using JsonDocument handicapped = Bench("bench-calls-slow", "calls", "--calls-only", "--handicap", $"{Handicap}");
        foreach ((string name, double entries) in (ReadOnlySpan<(string, double)>)[("null", 1), ("ipc", 2), ("notification", 2), ("delegate", 1), ("map", 1)])
        {
            double counted = Figure(plain, $"{name}-entries");
            Assert.Equal(entries, counted, 0.05);
            Assert.InRange(Figure(plain, name), 20, 5000);
            Assert.Equal(Figure(plain, name) + (Handicap * counted), Figure(handicapped, name), 0.5);
        }

        // A call to a server that waits, and its reply, take the short way.
        Assert.InRange(Figure(plain, "ipc"), 100, MostForIpc);
        Assert.InRange(Figure(plain, "interrupts-off-exception-14"), 100, 1e6);
        JsonDocument guest = s_nullSystemCall.Value.Figures;
        using JsonDocument slow = Bench("bench-null-slow", "--icount", "--sides", "tierce", "--only", "null-syscall", "--handicap", $"{Handicap}");
        double rise = Figure(slow, "null-syscall") - Figure(guest, "null-syscall");
        Assert.Equal(Handicap * Figure(guest, "null-syscall-entries"), rise, Handicap * 0.1);
    }

    [Fact]
    public void TierceTakesAtMostThreePercentOfAGuestAndOneMiB()
    {
        using JsonDocument memory = Bench("bench-memory", "memory", "--guest", "cloud");
        Assert.InRange(Figure(memory, "memory-total"), 4 << 20, (512 * 0.03 * (1 << 20)) + (1 << 20));
        Assert.InRange(Figure(memory, "memory-monitor"), 256 * 4096, 4 << 20);
        Assert.InRange(Figure(memory, "memory-page-tables"), 1 << 20, 16 << 20);
    }

    /// <summary>Sixteen processes do not fit a cache of one address space: each switch then finds nothing.</summary>
    [Fact]
    public void SmallCachesCostMore()
    {
        Stopwatch clock = Stopwatch.StartNew();
        string[] less = Soak.IsFull ? [] : ["--only", "context-switch-16", "--sizes", "1,64"];
        using JsonDocument points = Bench("bench-cache", ["cache", .. less, "--chart", Path.Combine(Launcher.Root, "artifacts", "logs", "bench-cache.svg")]);
        foreach (string way in (ReadOnlySpan<string>)["fifo", "lru", "fifo-no-fill"])
        {
            double small = Figure(points, $"context-switch-16-cache-1-{way}");
            double large = Figure(points, $"context-switch-16-cache-64-{way}");
            Assert.True(small > 1.2 * large, $"{way}: {small} with one address space, {large} with 64");
        }

        Soak.Record("bench-cache", points.RootElement.GetArrayLength(), "figures", 1, clock);
    }

    [Fact]
    public void UnknownRowIsNamed()
    {
        string logs = Path.Combine(Launcher.Root, "artifacts", "logs", "bench-unknown");
        Outcome outcome = Launcher.Call(logs, [], null, Path.Combine(Launcher.Root, "tierce"), "bench", "--only", "coffee").Expect(125);
        Assert.Contains("--only coffee", outcome.Error, StringComparison.Ordinal);
    }

    private static JsonDocument Bench(string name, params string[] arguments) => Measure(name, arguments).Figures;

    private static (Outcome Outcome, JsonDocument Figures) Measure(string name, params string[] arguments)
    {
        string logs = Path.Combine(Launcher.Root, "artifacts", "logs", name);
        Directory.CreateDirectory(logs);
        string json = Path.Combine(logs, "bench.json");
        Outcome outcome = Launcher.Call(logs, [], null, Path.Combine(Launcher.Root, "tierce"), ["bench", .. arguments, "--json", json]).Expect(0);
        return (outcome, JsonDocument.Parse(File.ReadAllText(json)));
    }

    private static double Figure(JsonDocument document, string name) => Row(document, name).GetProperty("tierce").GetDouble();

    private static JsonElement Row(JsonDocument document, string name) =>
        document.RootElement.EnumerateArray().Single(row => row.GetProperty("name").GetString() == name);
}

using System.Diagnostics;
using System.Text.Json;
using Tierce.Soaking;

namespace Tierce.Boot.Tests;

/// <summary>The benchmark of disks measures, and writes its figures as JSON.</summary>
public sealed class IoBenchTests
{
    /// <summary>Fewer instructions than any request takes, and more.</summary>
    private const double Least = 5000, Most = 200_000;

    [Fact]
    public void OneRowIsMeasuredOnTwoSides()
    {
        using JsonDocument figures = Measure("bench-io", "--icount", "--only", "read-4k-qd1", "--operations", "320");
        JsonElement row = Row(figures, "read-4k-qd1");
        Assert.Equal("instructions per request", row.GetProperty("unit").GetString());
        Assert.Equal(JsonValueKind.Null, row.GetProperty("xen").ValueKind);
        double native = row.GetProperty("native").GetDouble();
        Assert.InRange(native, Least, Most);
        Assert.InRange(row.GetProperty("tierce").GetDouble(), 0.9 * native, 3 * native);
        Assert.Equal(JsonValueKind.Null, row.GetProperty("switches").ValueKind);
    }

    /// <summary>Measures every row with all its figures. The bounds are far above the figures of today, so one that is passed shows a mistake.</summary>
    [SoakFact]
    public void EveryRowIsMeasured()
    {
        Stopwatch clock = Stopwatch.StartNew();
        using JsonDocument figures = Measure("bench-io-all");
        foreach (string name in (ReadOnlySpan<string>)["read-4k-qd1", "read-4k-qd32", "write-4k-qd1", "write-4k-sync", "read-seq", "write-seq"])
        {
            JsonElement row = Row(figures, name);
            double native = row.GetProperty("native").GetDouble();
            Assert.InRange(native, Least, 10 * Most);
            Assert.InRange(row.GetProperty("tierce").GetDouble(), 0.9 * native, 6 * native);
            Assert.InRange(row.GetProperty("switches").GetDouble(), 0.5, 100);
            Assert.InRange(row.GetProperty("interrupts").GetDouble(), 0.1, 40);
            Assert.True(Row(figures, $"{name}-wall").GetProperty("native").GetDouble() > 0);
        }

        Soak.Record("bench-io", figures.RootElement.GetArrayLength(), "figures", 1, clock);
    }

    [Fact]
    public void UnknownRowIsNamed()
    {
        string logs = Path.Combine(Launcher.Root, "artifacts", "logs", "bench-io-unknown");
        Outcome outcome = Launcher.Call(logs, [], null, Path.Combine(Launcher.Root, "tierce"), "bench", "io", "--only", "coffee").Expect(125);
        Assert.Contains("--only coffee", outcome.Error, StringComparison.Ordinal);
    }

    private static JsonDocument Measure(string name, params string[] arguments)
    {
        string logs = Path.Combine(Launcher.Root, "artifacts", "logs", name);
        Directory.CreateDirectory(logs);
        string json = Path.Combine(logs, "bench.json");
        Launcher.Call(logs, [], null, Path.Combine(Launcher.Root, "tierce"), ["bench", "io", "--guest", "cloud", "--sides", "native,tierce", .. arguments, "--json", json]).Expect(0);
        return JsonDocument.Parse(File.ReadAllText(json));
    }

    private static JsonElement Row(JsonDocument document, string name) =>
        document.RootElement.EnumerateArray().Single(row => row.GetProperty("name").GetString() == name);
}

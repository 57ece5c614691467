using System.Xml.Linq;
using Tierce.Tool;
using Tierce.Tool.Bench;
using Tierce.Tool.Boot;

namespace Tierce.HostTool.Tests;

/// <summary>Figures are read from what a guest says, and shown as they are.</summary>
public sealed class BenchTests
{
    private const string Guest = "junk\r\nbench: boot 5000000 2500 1000\r\nbench: fork 100 20000 30000 10000\r\nbench: end 25001000 12500\r\n";

    [Fact]
    public void GuestsLinesAreRead()
    {
        BenchBoot boot = BenchBoot.Parse(Guest, new TierceLog(string.Empty))!;
        Assert.Equal([200.0, 300.0, 100.0], boot.Rounds["fork"]);
        Assert.Equal(100, boot.Times["fork"]);
        Assert.Equal(5000000u, boot.InitClock);
        Assert.Equal(2500u, boot.KernelClock);
        Assert.Equal(2000.0, boot.TicksPerMicrosecond);
    }

    [Fact]
    public void GuestThatStoppedHalfwayGivesNothing() =>
        Assert.Null(BenchBoot.Parse(Guest.Replace("bench: end", "Kernel panic", StringComparison.Ordinal), new TierceLog(string.Empty)));

    [Fact]
    public void RowThatFailedIsNoFigure() =>
        Assert.Throws<ToolException>(() => BenchBoot.Parse("bench: exec 50 0 0 0\nbench: end\n", new TierceLog(string.Empty)));

    [Fact]
    public void TableShowsRatiosToNativeAndGaps()
    {
        string table = BenchTable.Format([new BenchResult("fork", BenchResult.Instructions, 1000, null, 1500)]);
        Assert.Matches(@"(?m)^fork +1,000 +- +1,500 +- +1\.50$", table);
    }

    [Fact]
    public void ChartIsWellFormed()
    {
        XDocument chart = XDocument.Parse(BenchChart.Draw(
        [
            new BenchResult("fork", BenchResult.Instructions, 1000, 4000, 1500),
            new BenchResult("fork-wall", BenchResult.HostTicks, 1000, 7000, 2500),
            new BenchResult("pipe", BenchResult.Instructions, null, null, 2),
        ]));
        Assert.Contains("4.00", chart.ToString(), StringComparison.Ordinal);
        Assert.Contains("7.00", chart.ToString(), StringComparison.Ordinal);
        Assert.Equal(2, chart.Descendants().Count(element => element.Name.LocalName == "g"));
        Assert.Contains("fork", chart.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("pipe", chart.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void CountsAreForOneOperation()
    {
        TierceLog without = new("tierce: counters system-calls=10 vm-call-4=1\n");
        TierceLog with = new("tierce: counters system-calls=410 fast-returns=400 hypercalls=400 vm-call-4=1 exception-14=100 hidden-faults=100\n");
        BenchCounts counts = new("row", without.Counters, with.Counters, 400);
        Assert.Equal(3.25, counts.Entries, 6);
        Assert.Equal(0.25, counts.Results().Single(result => result.Name == "row-hidden").Tierce!.Value, 6);
        Assert.Equal(0, counts.Results().Single(result => result.Name == "row-fault").Tierce!.Value, 6);
    }

    [Fact]
    public void CallsAreReadFromTheApplicationsLines()
    {
        TierceLog log = new("tierce: guest a\nCallBench: row ipc 64 128 6400 6464 12800\nCallBench: row null 64 64 640 640 640\nother: row x 1 1 1 1 1\n");
        Assert.Equal([new CallCost("ipc", 101, 2), new CallCost("null", 10, 1)], CallBench.Parse(log));
    }

    [Fact]
    public void MemoryIsReadFromTheLog()
    {
        const string Text = "tierce: program console memory pages=100\ntierce: guest g memory pages ram=131072 above-ram=512 page-tables=2000 monitor=300 console=2\ntierce: guest g memory p2m-pages=257\n";
        MemoryUse use = MemoryUse.Read(new TierceLog(Text));
        Assert.Equal((512 + 2000 + 300 + 2 + 257 + 100) * 4096, use.Total);
        Assert.Equal((512 * 0.03 * (1 << 20)) + (1 << 20), use.Limit, 1);
        Assert.Throws<ToolException>(() => MemoryUse.Read(new TierceLog("tierce: program console memory pages=100\n")));
    }

    [Theory]
    [InlineData("vm-call-4", "vm-call-LoadRoot")]
    [InlineData("domain-call-13", "domain-call-MemoryMap")]
    [InlineData("exception-14", "exception-14")]
    public void PathsAreNamed(string path, string name) => Assert.Equal(name, InterruptsOff.Name(path));

    [Fact]
    public void HandicapHasItsLimits()
    {
        Assert.Equal("handicap=7 time-entries", new TierceSettings { Handicap = 7, TimesEntries = true }.KernelWords);
        Assert.Throws<ToolException>(() => TierceSettings.CheckHandicap(1001));
        Assert.Throws<ToolException>(() => TierceSettings.CheckHandicap(-1));
    }

    [Fact]
    public void CachePointsBecomeTablesChartsAndResults()
    {
        CachePoint[] points = [.. CacheWay.All.SelectMany((way, i) => (CachePoint[])[new("fork", 1, way, 3000 + i), new("fork", 64, way, 1000 + i)])];
        string[] lines = CacheBench.Format(points).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["fork", "fifo", "lru", "fifo-no-fill"], lines[0].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(["64", "1,000", "1,001", "1,002"], lines[2].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal("fork-cache-1-fifo", CacheBench.Results(points).First().Name);
        XDocument chart = XDocument.Parse(CacheChart.Draw(points));
        Assert.Equal(CacheWay.All.Length, chart.Descendants().Count(element => element.Name.LocalName == "polyline"));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("65")]
    [InlineData("-1")]
    [InlineData("many")]
    public void SizesOutOfRangeAreRefused(string size) => Assert.Throws<ToolException>(() => CacheBench.ReadSizes(["8", size]));

    [Fact]
    public void SizesAreSorted() => Assert.Equal([1, 8], CacheBench.ReadSizes(["8", "1", "8"]));

    [Fact]
    public void UnknownRowIsRefused() => Assert.Throws<ToolException>(() => BenchRow.Choose(["fork", "coffee"]));

    [Fact]
    public void RowsKeepTheirOrder() => Assert.Equal(["fork", "boot"], BenchRow.Choose(["boot", "fork"]).Select(row => row.Name));
}

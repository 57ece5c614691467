using Tierce.Tool;
using Tierce.Tool.Bench.Io;

namespace Tierce.HostTool.Tests;

/// <summary>The benchmark of disks reads what a guest says and knows what a row may cost.</summary>
public sealed class IoBenchTests
{
    private const string Guest = "junk\r\nbench: boot 5 2 1\r\nbench: /tierce/io/setup 1 700\r\nbench: /tierce/io/read-seq-25 1 900\r\nbench: end 25 12\r\n";

    [Fact]
    public void GuestsLinesAreRead() => Assert.Equal([700.0, 900.0], IoBoot.Parse(Guest)!);

    [Fact]
    public void GuestThatStoppedOrFailedGivesNothing()
    {
        Assert.Null(IoBoot.Parse(Guest.Replace("bench: end", "Kernel panic", StringComparison.Ordinal)));
        Assert.Null(IoBoot.Parse(Guest.Replace("900", "0", StringComparison.Ordinal)));
    }

    [Fact]
    public void SequentialRowsMayCostOneCopyMore()
    {
        Assert.Equal((1.35 * 1000), IoTable.Limit(Result("write-4k-sync")));
        Assert.Equal((1.15 * 1000) + 140_000, IoTable.Limit(Result("read-seq"))!.Value, 1e-6);
        Assert.Null(IoTable.Limit(Result("read-seq-wall")));
        Assert.Matches(@"(?m)^read-4k-qd32 +1,000 +- +1,500 +- +1\.50 +1,200 +2\.50 +0\.50$", IoTable.Format([Result("read-4k-qd32")]));
    }

    /// <summary>The longer run of each row differs from the shorter by what the user chose, and stays on the disk.</summary>
    [Fact]
    public void RunsDifferByTheOperations()
    {
        foreach (IoRow row in IoRow.Choose([]))
        {
            (int fewer, int more) = row.Counts(IoRow.MostOperations);
            Assert.InRange(fewer, 1, more - 1);
            Assert.True(row.Unit != "MiB" || more <= IoRow.DiskMiB);
        }

        Assert.Equal((40, 360), IoRow.Choose(["read-4k-qd1"])[0].Counts(320));
        Assert.Throws<ToolException>(() => IoRow.Choose(["coffee"]));
    }

    private static IoResult Result(string name) => new(name, "instructions", 1000, null, 1500, 2.5, 0.5);
}

using System.Globalization;

namespace Tierce.Boot.Tests;

/// <summary>Two guests on one disk: each has its part and its share, and a limit holds.</summary>
public sealed class DiskShareTests
{
    private const int SectorSize = 512, First = 4096, Second = 12288, Sectors = 8192;

    /// <summary>Each guest fills its part with its own word, to the last sector. Sectors of neither part keep their bytes.</summary>
    [Fact]
    public void EachWritesItsPart()
    {
        using DiskImage disk = new(12, 12 << 20);
        byte[] expected = disk.Read();
        string Fill(char letter) => $"tr '\\0' {letter} </dev/zero | dd of=/dev/xvda bs=4096 count={Sectors / 8} iflag=fullblock oflag=direct 2>/dev/null && cat /sys/block/xvda/size && "
            + $"! tr '\\0' {letter} </dev/zero | dd of=/dev/xvda bs=4096 seek={Sectors / 8} count=1 oflag=direct 2>/dev/null";
        Outcome outcome = Run("disk-parts", Describe("a", disk, First, Fill('a')) + Describe("b", disk, Second, Fill('b')));
        Assert.Equal($"a: {Sectors}\nb: {Sectors}\n", Sorted(outcome));
        expected.AsSpan(First * SectorSize, Sectors * SectorSize).Fill((byte)'a');
        expected.AsSpan(Second * SectorSize, Sectors * SectorSize).Fill((byte)'b');
        Assert.True(expected.AsSpan().SequenceEqual(disk.Read()), "a guest wrote something else, or elsewhere");
    }

    /// <summary>
    /// One guest may have 100 operations a second, by its own clock. It never gets more, and it gets them all in some of its windows. In the
    /// others the host may have kept the machine from running for longer than a client can save up.
    /// </summary>
    [Fact]
    public void ALimitHoldsAndIsReached()
    {
        using DiskImage disk = new(12);
        const int Readers = 4, Reads = 50, Windows = 6;
        string timed = $$"""
            reads() { for r in {{string.Join(' ', Enumerable.Range(0, Readers))}}; do dd if=/dev/xvda of=/dev/null bs=4096 count={{Reads}} iflag=direct 2>/dev/null & done; wait; }
            dd if=/dev/xvda of=/dev/null bs=4096 count=50 iflag=direct 2>/dev/null
            for w in {{string.Join(' ', Enumerable.Range(0, Windows))}}; do read start rest </proc/uptime; reads; read end rest </proc/uptime; echo $start $end; done
            """;
        Outcome outcome = Run("disk-limit", Describe("a", disk, First, timed, "operations: 100") + Describe("b", disk, Second, "cat /dev/xvda >/dev/null"));
        decimal[] seconds = [.. outcome.Text.Trim().Split('\n').Select(line => Seconds(line[3..]))];
        Assert.Equal(Windows, seconds.Length);
        Assert.InRange(Windows * Readers * Reads / seconds.Sum(), 0, 102);
        Assert.Contains(seconds, second => Readers * Reads / second >= 98);
    }

    private static decimal Seconds(string startAndEnd)
    {
        string[] times = startAndEnd.Split(' ');
        return decimal.Parse(times[1], CultureInfo.InvariantCulture) - decimal.Parse(times[0], CultureInfo.InvariantCulture);
    }

    /// <summary>Both read without pause, and tell at each second of their clock how much they have read. Seconds that both tell are compared.</summary>
    [Fact]
    public void BothGetTheSame()
    {
        using DiskImage disk = new(12);
        const string Reads = """
            while :; do dd if=/dev/xvda of=/dev/null bs=65536 iflag=direct 2>/dev/null; done &
            end=$(($(date +%s) + 14)); last=0
            while now=$(date +%s); [ $now -lt $end ]; do
                [ $now = $last ] || { set -- $(cat /sys/block/xvda/stat); echo $now $3; last=$now; }
                usleep 20000
            done
            kill $!
            """;
        Outcome outcome = Run("disk-fair", Describe("a", disk, First, Reads) + Describe("b", disk, Second, Reads));
        Dictionary<long, long>[] read = [.. "ab".Select(guest => outcome.Text.Split('\n')
            .Where(line => line.StartsWith($"{guest}: ", StringComparison.Ordinal))
            .Select(line => line[3..].Split(' '))
            .ToDictionary(words => long.Parse(words[0], CultureInfo.InvariantCulture), words => long.Parse(words[1], CultureInfo.InvariantCulture)))];
        long[] common = [.. read[0].Keys.Intersect(read[1].Keys).Order()];
        Assert.InRange(common.Length, 6, 14);
        double[] sectors = [.. read.Select(guest => (double)(guest[common[^1]] - guest[common[0]]))];
        Assert.InRange(sectors[0] / sectors[1], 0.9, 1.1);
    }

    private static string Describe(string name, DiskImage disk, int first, string command, string more = "") => string.Create(CultureInfo.InvariantCulture, $$"""
          - name: {{name}}
            memory: 128M
            exec: |
              {{command.ReplaceLineEndings("\n      ")}}
            disks:
              - {file: {{disk.Path}}, first: {{first}}, sectors: {{Sectors}}{{(more.Length == 0 ? "" : ", " + more)}}}

        """);

    private static Outcome Run(string name, string guests)
    {
        string file = Path.Combine(Launcher.Root, "artifacts", "logs", name + ".yaml");
        File.WriteAllText(file, "guests:\n" + guests);
        return Launcher.Run(name, [], "--guests-file", file).Expect(0);
    }

    private static string Sorted(Outcome outcome) => string.Join('\n', outcome.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)) + "\n";
}

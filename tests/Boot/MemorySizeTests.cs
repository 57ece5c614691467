using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Tierce.Boot.Tests;

/// <summary>Guests of any size, and as many of them as memory holds.</summary>
public sealed partial class MemorySizeTests
{
    /// <summary>A guest larger than what QEMU's machine has below the devices' addresses finds a range above them, and has all of its memory.</summary>
    [Fact]
    public void GuestOfFourGigabytesHasItsMemory() => BootsWith("memory-4g", "4G");

    /// <summary>A machine that is too small is refused in one line whose numbers contradict each other.</summary>
    [Fact]
    public void MachineThatIsTooSmallIsRefusedInNumbers()
    {
        string log = Refused("memory-short", "4G", "-m 3G");
        Match pages = Pages().Match(log);
        Assert.True(pages.Success, log);
        Assert.Equal(Number(pages, 1), Number(pages, 2) + Number(pages, 3) + Number(pages, 4) + Number(pages, 5));
        Assert.True(Number(pages, 1) + Number(pages, 7) > Number(pages, 6), pages.Value);
        log = Refused("memory-split", "3G", "-m 4G -machine max-ram-below-4g=2G");
        Match range = Range().Match(log);
        Assert.True(range.Success, log);
        Assert.Equal(Number(range, 3), Number(range, 1) + Number(range, 2));
        Assert.True(Number(range, 4) < Number(range, 3) && Number(range, 4) > 1024, range.Value);
    }

    /// <summary>
    /// Root's tables, its notifications of ends, the driver's clients and the console's tags have no room for a fixed number. The small guests
    /// share the processor evenly with Linux and need much less of it than its boot does.
    /// </summary>
    [Fact]
    public void SeventyGuestsRunAtOnce()
    {
        const int Small = 69;
        string file = Path.Combine(Launcher.Root, "artifacts", "logs", "memory-seventy.yaml");
        File.WriteAllText(file, "guests:\n" + string.Concat(Enumerable.Range(1, Small).Select(number => $"  - {{name: s{number}, kernel: small, memory: 64M}}\n"))
            + "  - {name: linux, memory: 192M, exec: 'cat; sleep 3'}\n");
        Outcome outcome = Launcher.Run("memory-seventy", "through the seventieth console\n"u8.ToArray(), "--guests-file", file).Expect(0);
        Assert.Equal("through the seventieth console\n", outcome.Text);
        string log = File.ReadAllText(Path.Combine(outcome.Logs, "tierce.log"));
        for (int number = 1; number <= Small; number++)
        {
            Assert.Contains($"guest s{number} ended: poweroff\n", log, StringComparison.Ordinal);
            string console = File.ReadAllText(Path.Combine(outcome.Logs, $"s{number}-console.log"));
            Assert.Single(Regex.Matches(console, "small: done"));
            Assert.StartsWith("small: ", console, StringComparison.Ordinal);
        }
    }

    /// <summary>Soak: sizes around QEMU's hole and far beyond it, the smallest with little more, and two large ones at once.</summary>
    [Fact]
    public void EverySizeBoots()
    {
        if (!Soak.IsFull)
        {
            return;
        }

        int boots = 0;
        Stopwatch clock = Stopwatch.StartNew();
        string[] sizes = [.. Around(), "8G", "16G", "20G"];
        foreach (string size in sizes)
        {
            BootsWith($"memory-{size}", size);
            boots++;
        }

        Outcome two = Launcher.Run("memory-two", [], "--guests", "2", "--memory", "4G", "--exec", "grep MemTotal /proc/meminfo").Expect(0);
        Assert.All(Total().Matches(two.Text), match => Assert.InRange(Number(match, 1) >> 10, 3800, 4096));
        Assert.Equal(2, Total().Count(two.Text));
        Soak.Record("memory-sizes", boots + 2, "guests", 0, clock);

        static IEnumerable<string> Around()
        {
            int smallest = Smallest();
            yield return $"{smallest}M";
            yield return $"{smallest + 64}M";
            for (int size = 3584; size <= 4608; size += 128)
            {
                yield return $"{size + 102}M";
                yield return $"{size}M";
            }
        }
    }

    /// <summary>Soak: as many Linux guests as a host of moderate size holds.</summary>
    [Fact]
    public void SixtyFourLinuxGuestsRunAtOnce()
    {
        if (!Soak.IsFull)
        {
            return;
        }

        Stopwatch clock = Stopwatch.StartNew();
        Outcome outcome = Launcher.Run("memory-64-guests", [], "--timeout", "1800", "--guests", "64", "--memory", "192M", "--exec", "cat /sys/hypervisor/type").Expect(0);
        string[] lines = outcome.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(Enumerable.Range(1, 64).Select(number => $"guest{number}: xen").Order(StringComparer.Ordinal), lines.Order(StringComparer.Ordinal));
        Soak.Record("many-guests", 64, "guests", 0, clock);
    }

    /// <summary>The size that the tool names when it refuses one that is too small.</summary>
    private static int Smallest() =>
        (int)Number(Least().Match(Launcher.Execute("memory-least", "true", "--memory", "32M").Expect(125).Error), 1);

    private static void BootsWith(string name, string size)
    {
        Outcome outcome = Launcher.Execute(name, "grep MemTotal /proc/meminfo; uname -r", "--memory", size).Expect(0).ExpectCleanLog();
        int mebibytes = Tool.Guest.GuestMemory.Parse(size);
        long total = Number(Total().Match(outcome.Text), 1) >> 10;

        // The kernel's image and its first tables, one part in 60 for the pages' records and one in 200 for page tables and translations.
        Assert.InRange(total, mebibytes - (mebibytes / 40) - 96, mebibytes);
    }

    private static string Refused(string name, string size, string qemu)
    {
        string logs = Path.Combine(Launcher.Root, "artifacts", "logs", name);
        Launcher.Call(
            logs,
            [],
            environment => environment["TIERCE_QEMU_ARGS"] = qemu,
            Path.Combine(Launcher.Root, "tierce"),
            "run",
            "--logs",
            logs,
            "--memory",
            size,
            "--exec",
            "true").Expect(125);
        return File.ReadAllText(Path.Combine(logs, "tierce.log"));
    }

    private static long Number(Match match, int group) => long.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"MemTotal: +(\d+) kB")]
    private static partial Regex Total();

    [GeneratedRegex(@"need at least (\d+) MiB")]
    private static partial Regex Least();

    [GeneratedRegex(@"too little memory: wants (\d+) MiB \(RAM (\d+), above it (\d+), page tables (\d+), monitor (\d+)\); free (\d+) MiB, of which (\d+) are kept for others\n")]
    private static partial Regex Pages();

    [GeneratedRegex(@"too little memory: RAM (\d+) MiB and (\d+) above it need one aligned range of (\d+) MiB; free ranges: (\d+)")]
    private static partial Regex Range();
}

using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Tierce.Boot.Tests;

/// <summary>Guest user's memory is what its programs made it, whatever they do with it: what the page-table cache is for.</summary>
public sealed partial class MemoryStressTests
{
    private const int BriefSeconds = 10, FullSeconds = 600, CaughtWithin = 20;

    /// <summary>The kernel's lines on each fault that a program is to have would drive all others out of its log.</summary>
    private const string QuietFaults = "echo 0 >/proc/sys/debug/exception-trace";

    private static string Program => Path.Combine(Launcher.Root, "artifacts", "images", "memory-stress");

    [Fact]
    public void MappedProtectedForkedAndReturnedMemoryHoldsWhatItMust()
    {
        // Two at once, so that address spaces are switched all the time.
        int seconds = Soak.Amount(BriefSeconds, FullSeconds);
        int seed = Soak.Seeds(1).Single();
        Stopwatch clock = Stopwatch.StartNew();
        Outcome outcome = Launcher.Execute(
            "memory-stress",
            $"{QuietFaults}; /tierce/memory-stress {seed} {seconds} & /tierce/memory-stress {seed + 1000} {seconds} && wait $!",
            "--file",
            Program,
            "--timeout",
            $"{(3 * seconds) + 200}").Expect(0).ExpectCleanLog();
        long[] steps = [.. Steps().Matches(outcome.Text).Select(match => long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))];
        Assert.Equal(2, steps.Length);
        Assert.All(steps, count => Assert.InRange(count, 10, long.MaxValue));
        Soak.Record("memory-stress", steps.Sum(), "steps", seed, clock);
    }

    /// <summary>A cache that keeps what a guest's table no longer says is caught.</summary>
    [Fact]
    public void SabotagedCacheIsCaught()
    {
        string images = SabotagedKernel.Build(
            "stale",
            ("Translation/Cache/CacheLeaves.cs", "        SetLeaf(ref cache, record, place, leaf);\n", "        if (leaf != 0 || record->Role == TableRole.Kernel)\n        {\n            SetLeaf(ref cache, record, place, leaf);\n        }\n"));
        Outcome outcome = Launcher.Execute("sabotage-stale", $"/tierce/memory-stress 1 {CaughtWithin}", "--file", Program, "--images", images);
        Assert.NotEqual(0, outcome.Status);
        Assert.StartsWith("step ", outcome.Text, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"^steps (\d+)$", RegexOptions.Multiline)]
    private static partial Regex Steps();
}

using System.Globalization;
using System.Text.RegularExpressions;

namespace Tierce.Boot.Tests;

/// <summary>
/// Guests that lie in their page tables (tests/Hostile/Lies), each with a lie of its own, at once and together with Linux and a raw
/// application: nothing answers that is not their own, each dies of its lie with the reason told, and the two work on. For each there is a
/// kernel without the check that the lie would get past, which must be noticed.
/// </summary>
public sealed partial class LieTests(LieTests.Boot boot) : IClassFixture<LieTests.Boot>
{
    private const string BadStack = "its stack cannot take a frame";

    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);

    private static readonly string[] s_lies = ["foreign-frames", "table-cycles", "hole-tables", "changed-tables"];

    private static string Guest => Path.Combine(Launcher.Root, "artifacts", "images", "hostile-guest");

    [Fact]
    public void FramesBeyondItsMemoryAnswerToNobody() => Check("foreign-frames", attempts: 1000);

    [Fact]
    public void TablesThatHoldThemselvesShowItsOwnMemoryAlone() => Check("table-cycles", attempts: 500);

    [Fact]
    public void TablesInTheHoleReachNothing() => Check("hole-tables", attempts: 500);

    [Fact]
    public void TablesChangedUnderTheCacheAreReadAgain() => Check("changed-tables", attempts: 150);

    [Fact]
    public void LinuxAndARawApplicationWorkOn()
    {
        boot.Outcome.Expect(0);
        Assert.Matches("right [1-9][0-9]* times", boot.Outcome.Text);
        Assert.Contains("application LatencyRecorder ended: 0", boot.Log, StringComparison.Ordinal);
        int linux = boot.Log.IndexOf("guest works ended: poweroff", StringComparison.Ordinal);
        Assert.All(s_lies, lie => Assert.InRange(boot.Log.IndexOf($"guest {lie} ended", StringComparison.Ordinal), 0, linux));
    }

    [Theory]
    [InlineData("foreign-frames", "Translation/Cache/CacheFill.cs", "ulong limit = cache.Guest.Frames << 12;", "ulong limit = (cache.Guest.Frames + 0x10000) << 12;")]
    [InlineData("foreign-frames", "Arch/X64/walk.inc", "jae \\otherwise\n    addq CPU", "addq CPU")]
    [InlineData("table-cycles", "Translation/Cache/TablePool.cs", "records[table].Level != level", "(records[table].Level != level && level != 1)")]
    [InlineData("hole-tables", "Translation/Cache/CacheFill.cs", "address >= HoleLayout.Start && address < HoleLayout.End", "address == HoleLayout.Start && error == 0")]
    [InlineData("changed-tables", "Translation/Cache/CacheLeaves.cs", "(guest & PageEntry.AddressMask) < cache.Guest.Frames << 12;", "(guest & PageEntry.AddressMask) < cache.Guest.Frames << 32;")]
    public void SabotagedChecksAreNoticed(string lie, string file, string old, string @new)
    {
        string name = $"lie-{lie}-{Path.GetFileNameWithoutExtension(file)}";
        string images = SabotagedKernel.Build(name, (file, old, @new));
        string log = Path.Combine(Directory.CreateDirectory(Path.Combine(Launcher.Root, "artifacts", "logs", name)).FullName, "tierce.log");
        File.Delete(log);
        Outcome outcome = Launcher.StopWhen(
            name, () => Noticed().IsMatch(Launcher.ReadShared(log)), s_limit, [.. Describe(name, Liar(lie), lie), "--images", images]);
        Assert.Matches(Noticed(), Log(outcome));
    }

    [GeneratedRegex("BREACH|panic", RegexOptions.IgnoreCase)]
    private static partial Regex Noticed();

    private void Check(string lie, int attempts)
    {
        Assert.DoesNotMatch("(?i)panic", boot.Log);
        Assert.DoesNotContain($"BREACH by {lie}", boot.Log, StringComparison.Ordinal);
        Match told = Regex.Match(boot.Log, $@"lie {lie}: attempts (\d+), answers (\d+)");
        Assert.True(told.Success, $"not told to its end; logs in {boot.Outcome.Logs}");
        Assert.InRange(int.Parse(told.Groups[1].Value, CultureInfo.InvariantCulture), attempts, int.MaxValue);

        // Some answer, or the attempts would show nothing.
        Assert.InRange(int.Parse(told.Groups[2].Value, CultureInfo.InvariantCulture), 5, int.MaxValue);
        Assert.Contains($"guest {lie} stopped: {BadStack}", boot.Log, StringComparison.Ordinal);
        Assert.Contains($"guest {lie} ended: fault\n", boot.Log, StringComparison.Ordinal);
    }

    private static string Liar(string lie) => string.Create(CultureInfo.InvariantCulture, $"""
          - name: {lie}
            kernel: {Guest}
            memory: 64M
            watchdog: 60
            cmdline: lie={Array.IndexOf(s_lies, lie)}

        """);

    private static string[] Describe(string name, string guests, string on)
    {
        string file = Path.Combine(Launcher.Root, "artifacts", "logs", name + ".yaml");
        File.WriteAllText(file, "guests:\n" + guests);
        return ["--guests-file", file, "--on", on, "--timeout", s_limit.TotalSeconds.ToString(CultureInfo.InvariantCulture)];
    }

    private static string Log(Outcome outcome) => File.ReadAllText(Path.Combine(outcome.Logs, "tierce.log")).Replace("\r", string.Empty, StringComparison.Ordinal);

    /// <summary>The one boot that the lies share.</summary>
    public sealed class Boot
    {
        /// <summary>Boots it. Linux sums a file again and again until all liars have ended.</summary>
        public Boot()
        {
            const string Name = "lies";
            string log = Path.Combine(Directory.CreateDirectory(Path.Combine(Launcher.Root, "artifacts", "logs", Name)).FullName, "tierce.log");
            File.Delete(log);
            string[] description = Describe(Name, string.Concat(s_lies.Select(Liar)) + Bystanders.Describe(samples: 4000), Bystanders.Guest);
            Outcome = Launcher.RunUntil(Name, () => s_lies.All(lie => Ended(log, lie)), s_limit, description);
            Log = LieTests.Log(Outcome);
        }

        internal Outcome Outcome { get; }

        internal string Log { get; }

        private static bool Ended(string log, string lie) => Regex.IsMatch(Launcher.ReadShared(log), $"guest {lie} ended|panic", RegexOptions.IgnoreCase);
    }
}

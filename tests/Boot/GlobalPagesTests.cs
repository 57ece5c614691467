using Tierce.Tool.Boot;

namespace Tierce.Boot.Tests;

/// <summary>
/// A guest whose shared half is global. The emulator forgets global translations at every load of CR3, so that nothing is gained and a flush
/// that is missing is not seen here: the hosted simulation is for that.
/// </summary>
public sealed class GlobalPagesTests
{
    private const int Seconds = 5;

    [Fact]
    public void AGuestRunsWithThemWhereTheyAreAskedFor()
    {
        Outcome outcome = Launcher.Execute(
            "global-pages",
            $"/tierce/memory-stress 1 {Seconds} & /tierce/memory-stress 1001 {Seconds} && wait $!",
            "--file",
            Path.Combine(Launcher.Root, "artifacts", "images", "memory-stress"),
            "--kernel-cmdline",
            "globals=on").Expect(0).ExpectCleanLog();
        string path = Path.Combine(outcome.Logs, "tierce.log");
        Assert.Contains("tierce: guests' user pages are global, as asked\n", File.ReadAllText(path), StringComparison.Ordinal);

        // Every load of roots by the guest, and every flush, empties the whole TLB.
        IReadOnlyDictionary<string, ulong> counters = TierceLog.Read(path).Counters;
        Assert.InRange(counters["global-flushes"], counters["flushes"] + counters["vm-call-4"], ulong.MaxValue);
    }
}

namespace Tierce.Boot.Tests;

/// <summary>The disk image on a machine that is not QEMU: see <see cref="Bochs"/>.</summary>
public sealed class BochsTests
{
    private const int BriefSeconds = 2, FullSeconds = 60, Seed = 1;
    private const string NotSubject = "ryzen", SubjectToMeltdown = "corei7_haswell_4770";
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(Soak.Amount(6, 30));

    /// <summary>Processors; a soak tries both.</summary>
    public static TheoryData<string> Models => Soak.IsFull ? [NotSubject, SubjectToMeltdown] : [NotSubject];

    /// <summary>Linux boots, and memory that programs map, protect, fork and give back holds what it must.</summary>
    [Theory]
    [MemberData(nameof(Models))]
    public void LinuxBootsAndItsMemoryHolds(string model)
    {
        string text = Run($"bochs-{model}", model);
        Assert.Contains(
            model == NotSubject ? "tierce: guests' user pages are global: the TLB keeps them over a load of CR3" : "tierce: user roots hold the entry page alone",
            text,
            StringComparison.Ordinal);
        Assert.Matches(@"(?m)^steps \d\d+\r\ntierce: exit status 7\r$", text);
        Assert.Contains("tierce: guest guest ended: poweroff", text, StringComparison.Ordinal);
        Assert.DoesNotContain("self-detected stall", text, StringComparison.Ordinal);
    }

    private static string Run(string name, string model)
    {
        Bochs.Ensure();
        string logs = Path.Combine(Launcher.Root, "artifacts", "logs", name);
        Directory.CreateDirectory(logs);
        string image = Path.Combine(logs, "tierce.iso");
        string command = $"echo 0 >/proc/sys/debug/exception-trace; /tierce/memory-stress {Seed} {Soak.Amount(BriefSeconds, FullSeconds)} && exit 7";
        Launcher.Call(
            logs,
            [],
            null,
            Path.Combine(Launcher.Root, "tierce"),
            [
                "image", "-o", image, "--memory", "128M", "--cmdline", "cryptomgr.notests",
                "--file", Path.Combine(Launcher.Root, "artifacts", "images", "memory-stress"), "--exec", command,
            ]).Expect(0);
        return Bochs.Boot(logs, image, model, "guest ended: ", Limit);
    }
}

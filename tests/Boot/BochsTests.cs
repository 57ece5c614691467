namespace Tierce.Boot.Tests;

/// <summary>The disk image on a machine that is not QEMU: see <see cref="Bochs"/>.</summary>
public sealed class BochsTests
{
    private const int BriefSeconds = 2, FullSeconds = 60, Seed = 1;
    private const string NotSubject = "ryzen", SubjectToMeltdown = "corei7_haswell_4770";
    private static readonly (string File, string Old, string New) s_sabotage = (
        "Arch/X64/RootRegister.cs",
        "        if (GlobalPages.Kept)\n        {\n            Forget(cpu);\n            return;\n        }\n",
        string.Empty);

    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(Soak.Amount(6, 30));

    /// <summary>Processors, and whether a flush forgets what is global; a soak tries all.</summary>
    public static TheoryData<string, bool> Machines
    {
        get
        {
            TheoryData<string, bool> machines = new() { { NotSubject, true } };
            if (Soak.IsFull)
            {
                machines.Add(SubjectToMeltdown, true);
                machines.Add(NotSubject, false);
            }

            return machines;
        }
    }

    /// <summary>
    /// Linux boots, and memory that programs map, protect, fork and give back holds what it must. The sabotaged twin: a kernel whose
    /// flushes leave what is global.
    /// </summary>
    [Theory]
    [MemberData(nameof(Machines))]
    public void LinuxBootsAndItsMemoryHolds(string model, bool flushes)
    {
        string text = flushes ? Run($"bochs-{model}", model) : Run($"bochs-{model}-stale", model, "--images", SabotagedKernel.Build("stale-globals", s_sabotage));
        Assert.Contains(
            model == NotSubject ? "tierce: guests' user pages are global: the TLB keeps them over a load of CR3" : "tierce: user roots hold the entry page alone",
            text,
            StringComparison.Ordinal);
        if (!flushes)
        {
            Assert.Contains("Run /tierce/init as init process", text, StringComparison.Ordinal);
            Assert.DoesNotMatch(@"(?m)^steps", text);
            return;
        }

        Assert.Matches(@"(?m)^steps \d\d+\r\ntierce: exit status 7\r$", text);
        Assert.Contains("tierce: guest guest ended: poweroff", text, StringComparison.Ordinal);
        Assert.DoesNotContain("self-detected stall", text, StringComparison.Ordinal);
    }

    private static string Run(string name, string model, params string[] images)
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
                .. images, "--file", Path.Combine(Launcher.Root, "artifacts", "images", "memory-stress"), "--exec", command,
            ]).Expect(0);
        return Bochs.Boot(logs, image, model, "guest ended: ", s_limit);
    }
}

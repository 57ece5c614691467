using System.Globalization;

namespace Tierce.Boot.Tests;

/// <summary>A kernel that looks at its invariants while it runs: what the hosted tests see of them, under a real guest.</summary>
public sealed class CheckedKernelTests
{
    private static string Program => Path.Combine(Launcher.Root, "artifacts", "images", "memory-stress");

    /// <summary>Two programs that map, protect, fork and give back memory, and a driver that passes on what they write.</summary>
    [SoakFact]
    public void InvariantsHoldUnderStress()
    {
        const int Seconds = 120;
        int seed = Soak.Seeds(1).Single();
        string images = SabotagedKernel.BuildChecked("checked");
        Launcher.Execute(
            "checked",
            string.Create(CultureInfo.InvariantCulture, $"/tierce/memory-stress {seed} {Seconds} & /tierce/memory-stress {seed + 1000} {Seconds} && wait $!"),
            "--file",
            Program,
            "--images",
            images,
            "--timeout",
            "600").Expect(0);
    }

    /// <summary>A capability that is unlinked from its neighbours alone leaves its parent with a child that is not its own.</summary>
    [SoakFact]
    public void ABrokenInvariantStopsACheckedKernel()
    {
        string images = SabotagedKernel.BuildChecked(
            "checked-broken", ("Objects/Derivation.cs", "            cap->Parent->FirstChild = cap->Next;\n", "            cap->Parent = null;\n"));
        Outcome outcome = Launcher.Execute("checked-broken", "true", "--images", images, "--timeout", "120");
        Assert.NotEqual(0, outcome.Status);
        Assert.Contains("kernel panic: failed check (see FailReason) detail 0x000000000000000a", File.ReadAllText(Path.Combine(outcome.Logs, "tierce.log")), StringComparison.Ordinal);
    }
}

using System.Diagnostics;

namespace Tierce.Boot.Tests;

/// <summary>
/// Runs each stressor of <c>stress-ng --verify</c> for two seconds, in a guest and on the machine itself. The stressors that end otherwise in a
/// guest are those that <c>docs/reference/linux-tests.md</c> lists, with reasons.
/// </summary>
public sealed class StressNgTests
{
    /// <summary>Seconds of the guest's clock that a stressor may take, and, where the sides differ, on a second try.</summary>
    private const int Limit = 60, SecondLimit = 180;

    /// <summary>This stressor calls a million functions. Afterwards stores are slow in QEMU, on either side, so it runs last.</summary>
    private const string SlowsQemu = "far-branch";

    /// <summary>Names of stressors, with blanks between them, that are to run alone.</summary>
    private const string OnlyVariable = "TIERCE_STRESSORS";

    /// <summary>
    /// Both sides run at once, one for each processor of a small host. Where they differ, both try again, with more time. A difference counts
    /// if it comes twice.
    /// </summary>
    [SoakFact]
    public void NothingDiffersButWhatThePageLists()
    {
        Stopwatch clock = Stopwatch.StartNew();
        string[] all = StressNg.Stressors();
        string[] leftOut = LinuxTestsPage.Entries(LinuxTestsPage.StressorsLeftOut);
        Assert.Subset(all.ToHashSet(), leftOut.ToHashSet());
        string[] stressors = [.. all.Except(leftOut).Where(Wanted).OrderBy(stressor => stressor == SlowsQemu)];
        (StressOutcomes native, StressOutcomes guest) = OnBothSides("stress", stressors, Limit);
        string[] differing = [.. stressors.Where(stressor => native[stressor] != guest[stressor])];
        (StressOutcomes nativeAgain, StressOutcomes guestAgain) = OnBothSides("stress-again", differing, SecondLimit);
        Assert.Equal(
            LinuxTestsPage.Entries(LinuxTestsPage.StressorsDiffer).Where(entry => Wanted(entry.Split(' ')[0])),
            LinuxTestsPage.Sorted(differing.Where(stressor => nativeAgain[stressor] != guestAgain[stressor])
                .Select(stressor => $"{stressor} | {nativeAgain[stressor]} | {guestAgain[stressor]}")));
        Soak.Record("stress-ng", stressors.Length, "stressors, natively and in a guest", 0, clock);
    }

    [Fact]
    public void OutcomesAreRead()
    {
        StressOutcomes outcomes = new();
        Assert.Equal(["a", "b", "c"], outcomes.Take("a 0 0\nb 2 0\n    stress-ng: fail: [1] b\nc 0 1\n    BUG: x\n").Order());
        outcomes.Ended("d");
        Assert.Equal(["passed", "failed", "passed, the kernel complained", StressOutcomes.EndedTheMachine], ((string[])["a", "b", "c", "d"]).Select(name => outcomes[name]));
    }

    private static bool Wanted(string stressor) =>
        Environment.GetEnvironmentVariable(OnlyVariable) is not { Length: > 0 } only || only.Split(' ').Contains(stressor);

    private static (StressOutcomes Native, StressOutcomes Guest) OnBothSides(string name, string[] stressors, int limit)
    {
        Task<StressOutcomes> native = Task.Run(() => new StressRun(name + "-native", native: true, limit).Of(stressors));
        StressOutcomes guest = new StressRun(name, native: false, limit).Of(stressors);
        return (native.Result, guest);
    }
}

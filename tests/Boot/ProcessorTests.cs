namespace Tierce.Boot.Tests;

/// <summary>
/// Features of the processor that guest user has in addition to plain 64-bit code: 32-bit programs, descriptors of their own, single steps
/// and breakpoints; and what it gets when it asks for too much.
/// </summary>
public sealed class ProcessorTests
{
    /// <summary>Four at once with tags of their own, so that one would see the other's segments.</summary>
    private const string Programs = """
        cd /tierce
        for way in i v t l; do timeout 60 ./compat $way A || echo failed $way; done
        for tag in B C D E; do timeout 60 ./compat $([ $tag \< D ] && echo t || echo l) $tag || echo failed & done; wait
        timeout 60 ./probe debug now || echo failed
        for range in '0 80' 'e000 e0ff' 'fff0 ffff'; do timeout 60 ./probe selectors $range || echo failed; done
        """;

    /// <summary>
    /// QEMU 7.2 adds the base of DS to an access with a DS prefix in 64-bit mode. Linux on one processor makes that prefix of each
    /// <c>lock</c>, so an interrupt of a program whose DS has a base finds kernel code that compares and exchanges elsewhere, and spins.
    /// Processors do no such thing; with this option Linux keeps its prefixes.
    /// </summary>
    private const string KeepsLockPrefixes = "noreplace-smp";

    private const string Expected = "done\nsyscall \ndone\ndone\ndone\ndone\ndone\ndone\ndone\ndone\ndone\ndone\n";

    [Theory]
    [InlineData("cloud", "auto")]
    [InlineData("generic", "trap")]
    public void ProgramsOf32BitsDescriptorsAndBreakpointsWork(string guest, string entry)
    {
        Outcome outcome = Launcher.Execute($"processor-{guest}", Programs, "--guest", guest, "--entry", entry, "--cmdline", KeepsLockPrefixes, "--file", Launcher.Probe, "--file", GuestProgram.Compat)
            .Expect(0).ExpectCleanLog();
        Assert.Equal(Expected, outcome.Text);
    }

    /// <summary>Only Intel's processors take SYSENTER in long mode; Linux's 32-bit programs then use it for each system call.</summary>
    [Fact]
    public void SysenterReachesTheGuest()
    {
        string logs = Path.Combine(Launcher.Root, "artifacts", "logs", "sysenter");
        const string Words = "cd /tierce; ./compat v A && ./compat i A && ./compat t A";
        Outcome outcome = Launcher.Call(
            logs,
            [],
            environment => environment["TIERCE_QEMU_ARGS"] = "-cpu max,-smap,-smep,vendor=GenuineIntel",
            Path.Combine(Launcher.Root, "tierce"),
            "run", "--logs", logs, "--timeout", "180", "--cmdline", KeepsLockPrefixes, "--file", GuestProgram.Compat, "--exec", Words).Expect(0).ExpectCleanLog();
        Assert.Equal("sysenter\ndone\ndone\n", outcome.Text);
    }

    [Fact]
    public void SelectorsThatGoUncheckedAreNoticed()
    {
        string images = SabotagedKernel.Build(
            "selectors",
            ("UserState/ResumeState.cs", "if ((codeVector | stackVector) != 0)", "if (address == 0)"));
        Outcome outcome = Launcher.Execute("sabotage-selectors", "/tierce/probe selectors 0 80", "--file", Launcher.Probe, "--images", images);
        outcome.Expect(125);
        Assert.Contains("panic", File.ReadAllText(Path.Combine(outcome.Logs, "tierce.log")), StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>QEMU's emulation raises a debug exception inside the entry code for it: the guest may be lost, the machine is not.</summary>
    [Fact]
    public void SteppingOntoAWatchedAddressHarmsTheGuestAlone()
    {
        Outcome outcome = Launcher.Execute("debug-step", "/tierce/probe debug step", "--file", Launcher.Probe);
        Assert.True(
            outcome.Status == 0 || outcome.Error.Contains("the guest kernel panicked", StringComparison.Ordinal),
            $"exit status {outcome.Status}; logs in {outcome.Logs}\n{outcome.Error}");
    }
}

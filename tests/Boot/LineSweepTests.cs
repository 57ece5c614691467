using System.Globalization;
using System.Text.RegularExpressions;
using Tierce.Tool.Bench.Interrupts;
using Tierce.Tool.Boot;
using Tierce.Tool.Host;

namespace Tierce.Boot.Tests;

/// <summary>Case III C and the bound path on the shipped kernel: every interrupt of a line reaches the guest, once, whatever it meets.</summary>
public sealed partial class LineSweepTests
{
    /// <summary>Interrupts of a sweep: 1400 steps, two each.</summary>
    private const int Swept = 2 * 1400;

    /// <summary>Interrupts that were not requested, after which the driver ends its sweep.</summary>
    private const int MostSpurious = 1000;

    /// <summary>
    /// Case III C and the bound path on the shipped kernel, with a line that is level or edge triggered: an interrupt arrives at each
    /// offset of the way of the one before, while the top half, the monitor or VMINT runs, while the guest masks, unmasks and looks, and on
    /// return. The same while the monitor changes between the two.
    /// </summary>
    [Theory]
    [InlineData("level", "monitor")]
    [InlineData("edge", "monitor")]
    [InlineData("level", "bound")]
    [InlineData("edge", "bound")]
    [InlineData("edge", "alternate")]
    public void EachInterruptOfALineReachesTheGuestOnce(string trigger, string way)
    {
        string log = CasesTests.Log($"line-{trigger}-{way}", folder => CaseMachine.Lines(new Repository(Launcher.Root), folder, trigger, way));
        Assert.Contains($"line swept raised={Swept} sent={Swept} echoed={Swept}\n", log, StringComparison.Ordinal);
        Match saw = Figures().Match(log);
        Assert.True(saw.Success, log);

        // Some came so closely that the guest took two at once: then one entry is enough.
        Assert.InRange(int.Parse(saw.Groups[1].Value, CultureInfo.InvariantCulture), 1, byte.MaxValue);
    }

    /// <summary>
    /// On a kernel whose masked lines become edge triggered, a level line is raised again at every unmask: the sweep begins, and the driver
    /// ends it when it has counted too many interrupts that it did not ask for.
    /// </summary>
    [Fact]
    public void ALineThatLosesItsKindIsNoticed()
    {
        string images = SabotagedKernel.Build("line", ("Arch/X64/IoApic.cs", "entry | MaskedBit)", "(entry & ~LevelBit) | MaskedBit)"));
        string log = CasesTests.Log("line-sabotaged", folder => CaseMachine.Lines(new Repository(Launcher.Root), folder, "level", "monitor", Path.Combine(images, "kernel.elf")));
        Assert.Contains("line sweep begins\n", log, StringComparison.Ordinal);
        Match unasked = Unasked().Match(log);
        Assert.True(unasked.Success, log);
        Assert.Equal(MostSpurious, int.Parse(unasked.Groups[1].Value, CultureInfo.InvariantCulture));
    }

    /// <summary>
    /// On a kernel that does not look, at RCV, for events that came while VMINT ran, the sweep loses those: nothing else brings them.
    /// </summary>
    [Fact]
    public void AnEventThatRcvDoesNotLookForIsLost()
    {
        string images = SabotagedKernel.Build("rcv", ("VirtualCpu/VirtualInterrupt.cs", "        vcpu->EventCheck = true;\n", string.Empty));
        string log = CasesTests.Log("line-rcv", folder => CaseMachine.Lines(new Repository(Launcher.Root), folder, "edge", "monitor", Path.Combine(images, "kernel.elf")));
        Match lost = Losses().Match(log);
        Assert.True(lost.Success, log);
        Assert.InRange(int.Parse(lost.Groups[1].Value, CultureInfo.InvariantCulture), 1, Swept);
    }

    [GeneratedRegex(@"line saw missing=0 spurious=0 lost=0 doubled=0 wrong=0 together=(\d+)\n")]
    private static partial Regex Figures();

    [GeneratedRegex(@"line saw missing=\d+ spurious=(\d+)")]
    private static partial Regex Unasked();

    [GeneratedRegex(@"line saw missing=0 spurious=0 lost=(\d+)")]
    private static partial Regex Losses();
}

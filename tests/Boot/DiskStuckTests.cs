using System.Globalization;
using System.Text.RegularExpressions;
using Tierce.Tool.Control;

namespace Tierce.Boot.Tests;

/// <summary>
/// A driver or back end that is alive but never answers makes its own clients wait, and no others. Another guest goes on as fast as before. The
/// piece is killed and replaced on request, and its client goes on. One that computes without end takes what its priority and budget allow.
/// </summary>
public sealed class DiskStuckTests
{
    /// <summary>Seconds of the machine's clock: the other guest counts alone in the first, and while the piece is stuck in the second.</summary>
    private const int Before = 5, Stuck = 7;

    /// <summary>
    /// Values of the time-stamp counter between which a piece that has something to do gets stuck. The client reads in between, and a later life
    /// begins afterwards. The machine's date is half a second ahead of the counter.
    /// </summary>
    private const string IsTime = "Machine.Tsc() is > 5_000_000_000 and < 7_400_000_000";

    private static readonly (string File, string Old, string New) s_driverWaits =
        ("BlockDriver.cs", "            while (Complete() | Submit())\n", $"            if ({IsTime}) {{ while (true) {{ _topHalf.Get(); }} }}\n            while (Complete() | Submit())\n");

    private static readonly (string File, string Old, string New) s_driverSpins =
        ("BlockDriver.cs", s_driverWaits.Old, $"            if ({IsTime}) {{ while (true) {{ }} }}\n{s_driverWaits.Old}");

    private static readonly (string File, string Old, string New) s_backEndWaits =
        ("Program.cs", "        bool more = false;\n", $"        bool more = false;\n        if ({IsTime}) {{ while (true) {{ events.Wait(); }} }}\n");

    private static readonly (string File, string Old, string New) s_backEndSpins =
        ("Program.cs", s_backEndWaits.Old, $"{s_backEndWaits.Old}        if ({IsTime}) {{ while (true) {{ }} }}\n");

    [Fact]
    public void ADriverThatNeverAnswersStopsItsClientAlone() => Assert.InRange(Kept("driver-waits", "VirtioBlock", s_driverWaits, "restart-driver"), 0.95, 1.05);

    [SoakFact]
    public void ABackEndThatNeverAnswersStopsItsGuestAlone() => Assert.InRange(Kept("back-end-waits", "BlockBack", s_backEndWaits, "restart-back-end"), 0.95, 1.05);

    /// <summary>Its budget is 15 percent.</summary>
    [SoakFact]
    public void ADriverThatComputesWithoutEndHasItsBudget() => Assert.InRange(Kept("driver-spins", "VirtioBlock", s_driverSpins, "restart-driver"), 0.8, 0.9);

    /// <summary>It has the priority of guests, and takes turns with the other guest. Its own guest waits.</summary>
    [SoakFact]
    public void ABackEndThatComputesWithoutEndHasAGuestsShare() => Assert.InRange(Kept("back-end-spins", "BlockBack", s_backEndSpins, "restart-back-end"), 0.45, 0.55);

    /// <summary>Makes a piece get stuck, and has it replaced. Returns the part of its speed that the other guest keeps meanwhile.</summary>
    private static double Kept(string name, string project, (string File, string Old, string New) change, string restart)
    {
        using DiskImage disk = new(1, 1 << 20);
        string images = SabotagedKernel.BuildProgram($"disk-{name}", $"Drivers/{project}", change);
        string file = Path.Combine(Launcher.Root, "artifacts", "logs", $"disk-{name}.yaml");
        File.WriteAllText(file, $$"""
            guests:
              - name: client
                memory: 128M
                disks: [{file: {{disk.Path}}}]
                exec: while [ $EPOCHSECONDS -lt {{CountingLoop.Second(Before + 1)}} ]; do usleep 200000; done; dd if=/dev/xvda bs=4096 iflag=direct 2>/dev/null | sha256sum
              - name: other
                memory: 128M
                disks: []
                exec: {{CountingLoop.Command(Before, 1)}}; {{CountingLoop.Command(Stuck, 1)}}

            """);
        using LiveRun run = new($"disk-{name}", "--icount", "--images", images, "--guests-file", file);
        double[] counts = [Count(run), Count(run)];
        using (ControlLine control = run.Control())
        {
            control.Ask($"{restart} client xvda");
        }

        Assert.Equal($"client: {DiskImage.Hash(disk.Read())}  -", run.ReadLine());
        run.ExpectEnd();
        return counts[1] / counts[0];
    }

    private static double Count(LiveRun run)
    {
        string? line = run.ReadLine();
        Match count = Regex.Match(line ?? string.Empty, "^other: count ([0-9]+)$");
        Assert.True(count.Success, $"'{line}' instead of a count; logs in {run.Logs}");
        return double.Parse(count.Groups[1].Value, CultureInfo.InvariantCulture);
    }
}

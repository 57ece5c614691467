using System.Globalization;
using Tierce.Tool.Boot;
using Tierce.Tool.Host;

namespace Tierce.Tool.Bench;

/// <summary>Results of one boot of the guest's measuring program.</summary>
/// <param name="Rounds">Ticks of one operation, by row, for each round; under -icount a tick is an instruction.</param>
/// <param name="Times">Operations in a round, by row.</param>
/// <param name="InitClock">Time-stamp counter at the first instruction of process 1.</param>
/// <param name="KernelClock">The guest kernel's own clock soon after, in microseconds.</param>
/// <param name="TicksPerMicrosecond">How fast the time-stamp counter runs against that clock.</param>
/// <param name="Log">Tierce's log; empty on the other sides.</param>
internal sealed record BenchBoot(
    IReadOnlyDictionary<string, double[]> Rounds, IReadOnlyDictionary<string, long> Times, ulong InitClock, ulong KernelClock, double TicksPerMicrosecond, TierceLog Log)
{
    /// <summary>Rounds of a row where wall time is measured, of which the best counts: short ones, so that some fall between disturbances.</summary>
    private const int RoundsOfWallTime = 12;

    /// <summary>What is measured of a whole boot: processor time that QEMU took on the host, in milliseconds.</summary>
    public double HostMilliseconds { get; init; }

    /// <summary>Boots one side and measures the rows.</summary>
    /// <param name="tree">The source tree, built.</param>
    /// <param name="guest">Kernel.</param>
    /// <param name="side">What carries it.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="count">Count instructions; false: wall time.</param>
    /// <param name="settings">What is particular to Tierce.</param>
    public static BenchBoot Run(Repository tree, string guest, Carrier side, IReadOnlyCollection<BenchRow> rows, bool count, TierceSettings settings)
    {
        using RunFolder folder = new(null);
        RunOptions options = new()
        {
            Command = string.Empty,
            Guest = guest,
            Carrier = side,
            Entry = settings.Entry,
            KernelWords = settings.KernelWords,
            ManifestLines = settings.ManifestLines,
            CountInstructions = count,
            UnpackedKernel = true,
            CommandLine = $"quiet -- {(count ? string.Empty : $"rounds={RoundsOfWallTime} ")}{string.Join(' ', rows.Select(row => row.Name).Where(name => name != BenchRow.Boot))}",
            FirstProgram = BenchProgram.Path,
            Files = [$"{tree.Image("guest-bench")}:{BenchProgram.Path}", .. BenchJobs.Files(rows, folder.Boot)],
            TimeLimit = BenchProgram.Limit,
        };
        GuestBoot boot = GuestBoot.Prepare(tree, options, folder);
        TimeSpan before = HostTime.OfChildren();
        string console = BenchProgram.Run(boot.Machine, boot.Session);
        BenchBoot measured = Parse(console, TierceLog.Read(folder.TierceLog)) ?? throw BenchProgram.NotFinished(folder, side, console);
        return measured with { HostMilliseconds = (HostTime.OfChildren() - before).TotalMilliseconds };
    }

    /// <summary>Reads the lines of the guest's program; null if its last one is not there.</summary>
    public static BenchBoot? Parse(string console, TierceLog log)
    {
        Dictionary<string, double[]> rounds = [];
        Dictionary<string, long> times = [];
        ulong init = 0;
        ulong kernel = 0;
        ulong readAfter = 0;
        foreach (string[] parts in BenchProgram.Lines(console))
        {
            ulong[] numbers = [.. parts.Skip(1).Select(part => ulong.Parse(part, CultureInfo.InvariantCulture))];
            if (parts[0] == "end")
            {
                return new BenchBoot(rounds, times, init, kernel, (double)(numbers[0] - init - readAfter) / (numbers[1] - kernel), log);
            }

            if (parts[0] == BenchRow.Boot)
            {
                (init, kernel, readAfter) = (numbers[0], numbers[1], numbers[2]);
                continue;
            }

            if (numbers.Contains(0UL))
            {
                throw new ToolException($"row {parts[0]} failed in the guest: {BenchProgram.Mark}{string.Join(' ', parts)}");
            }

            times[parts[0]] = (long)numbers[0];
            rounds[parts[0]] = [.. numbers.Skip(1).Select(ticks => (double)ticks / numbers[0])];
        }

        return null;
    }
}

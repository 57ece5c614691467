using Tierce.Tool.Boot;
using Tierce.Tool.Host;

namespace Tierce.Tool.Bench;

/// <summary>Measures rows on sides and brings the figures together.</summary>
/// <param name="tree">The source tree, built.</param>
/// <param name="guest">The kernel that all sides boot.</param>
/// <param name="rows">Rows to measure.</param>
/// <param name="sides">Sides to measure on.</param>
/// <param name="settings">How Tierce is booted.</param>
internal sealed class Yardstick(Repository tree, string guest, IReadOnlyCollection<BenchRow> rows, IReadOnlyCollection<Carrier> sides, TierceSettings settings)
{
    /// <summary>Instructions: one boot for each side; the median of its rounds.</summary>
    public BenchResult[] CountInstructions()
    {
        Dictionary<Carrier, BenchBoot> boots = Boot(count: true, string.Empty);
        return [.. rows.Select(row => Result(row.Name, BenchResult.Instructions, side => Figure(boots, side, row.Name, Middle)))];
    }

    /// <summary>
    /// Wall time: this number of boots for each side, in turns, so that a change of the host's load meets all; the best round of all. Then
    /// the processor time of the best whole boot.
    /// </summary>
    public BenchResult[] MeasureWallTime(int times)
    {
        Dictionary<Carrier, BenchBoot>[] all = [.. Enumerable.Range(1, times).Select(time => Boot(count: false, $", wall time, {time} of {times}"))];
        return
        [
            .. rows.Select(row => Result(row.Name + BenchResult.WallSuffix, BenchResult.HostTicks, side => all.Min(boots => Figure(boots, side, row.Name, Enumerable.Min)))),
            Result(BenchResult.WholeRun, BenchResult.HostMilliseconds, side => all.Min(boots => boots.TryGetValue(side, out BenchBoot? boot) ? boot.HostMilliseconds : (double?)null)),
        ];
    }

    /// <summary>What Tierce's kernel did for one operation of each row, instructions being counted: a boot without any, then one for each.</summary>
    public (BenchCounts Entries, HypercallCounts Hypercalls)[] CountEntries()
    {
        BenchRow[] measured = [.. rows.Where(row => row.Name != BenchRow.Boot)];
        TierceLog without = BenchBoot.Run(tree, guest, Carrier.Tierce, [], count: true, settings).Log;
        return [.. measured.Select(row =>
        {
            using Progress progress = Progress.Start($"counting {row.Name}");
            BenchBoot boot = BenchBoot.Run(tree, guest, Carrier.Tierce, [row], count: true, settings);
            long operations = boot.Times[row.Name] * (boot.Rounds[row.Name].Length + 1);
            return (new BenchCounts(row.Name, without.Counters, boot.Log.Counters, operations), new HypercallCounts(row.Name, without, boot.Log, operations));
        })];
    }

    private static BenchResult Result(string name, string unit, Func<Carrier, double?> figure) =>
        new(name, unit, figure(Carrier.Native), figure(Carrier.Xen), figure(Carrier.Tierce));

    private static double? Figure(Dictionary<Carrier, BenchBoot> boots, Carrier side, string row, Func<double[], double> choose)
    {
        if (!boots.TryGetValue(side, out BenchBoot? boot))
        {
            return null;
        }

        return row == BenchRow.Boot ? BootTime(boots, side) : choose(boot.Rounds[row]);
    }

    private static double Middle(double[] rounds) => rounds.Order().ElementAt(rounds.Length / 2);

    /// <summary>From the guest kernel's entry to process 1's first instruction.</summary>
    private static double? BootTime(Dictionary<Carrier, BenchBoot> boots, Carrier side)
    {
        BenchBoot boot = boots[side];
        double? entry = side switch
        {
            Carrier.Tierce => boot.Log.GuestEntryClock,

            // Xen does not report this. The guest kernel's own clock starts within its first few thousand instructions.
            Carrier.Xen => boot.InitClock - (boot.KernelClock * boot.TicksPerMicrosecond),

            // Entered by the same loader, the same way (PVH) and after the same firmware as Tierce's own kernel, which reports it.
            _ => boots.TryGetValue(Carrier.Tierce, out BenchBoot? tierce) ? tierce.Log.EntryClock : null,
        };
        return entry is { } start ? boot.InitClock - start : null;
    }

    private Dictionary<Carrier, BenchBoot> Boot(bool count, string what)
    {
        Dictionary<Carrier, BenchBoot> boots = [];
        foreach (Carrier side in sides)
        {
            using Progress progress = Progress.Start($"measuring {side}{what}");
            boots[side] = BenchBoot.Run(tree, guest, side, rows, count, settings);
        }

        return boots;
    }
}

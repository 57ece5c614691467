using Tierce.Tool.Boot;
using Tierce.Tool.Host;

namespace Tierce.Tool.Bench.Io;

/// <summary>Measures the rows of disks on sides and brings the figures together.</summary>
/// <param name="tree">The source tree, built.</param>
/// <param name="guest">The kernel that all sides boot.</param>
/// <param name="rows">Rows to measure.</param>
/// <param name="sides">Sides to measure on.</param>
/// <param name="operations">Requests of 4 KiB by which the two runs of a row differ.</param>
internal sealed class IoBench(Repository tree, string guest, IReadOnlyList<IoRow> rows, IReadOnlyCollection<Carrier> sides, int operations)
{
    /// <summary>
    /// Rounds of instructions in a boot, of which the least counts. The longer the host takes for a request, the more the guest does meanwhile
    /// (its own timers, say).
    /// </summary>
    private const int RoundsOfInstructions = 3;

    /// <summary>Rounds of wall time in a boot, of which the best counts.</summary>
    private const int RoundsOfWallTime = 3;

    /// <summary>Counters of the kernel.</summary>
    private const string Switches = "context-switches", Interrupts = "interrupts";

    /// <summary>Instructions, one boot for each side; the least of several rounds.</summary>
    /// <param name="events">Also, for each row under Tierce, two boots that differ by operations alone: the kernel's counters.</param>
    public IoResult[] CountInstructions(bool events)
    {
        Dictionary<Carrier, IoBoot> boots = Boot(IoMeasure.Instructions, RoundsOfInstructions, string.Empty);
        return [.. rows.Select(row =>
        {
            (double? switches, double? interrupts) = events ? CountEvents(row) : (null, null);
            return Result(row, row.Name, row.InstructionUnit, side => Figure(boots, side, row, boot => boot.Instructions)) with { Switches = switches, Interrupts = interrupts };
        })];
    }

    /// <summary>Wall time: this number of boots for each side, in turns; the best round of all.</summary>
    public IoResult[] MeasureWallTime(int times)
    {
        Dictionary<Carrier, IoBoot>[] all = [.. Enumerable.Range(1, times).Select(time => Boot(IoMeasure.WallTime, RoundsOfWallTime, $", wall time, {time} of {times}"))];
        return [.. rows.Select(row => Result(row, row.Name + BenchResult.WallSuffix, $"{BenchResult.HostTicks} per {row.Unit}", side =>
        {
            (int fewer, int more) = row.Counts(operations);
            double? Best(int count) => all.Min(boots => boots.TryGetValue(side, out IoBoot? boot) ? boot.Ticks[new IoStep(row, count)] : (double?)null);
            return (Best(more) - Best(fewer)) / (more - fewer);
        }))];
    }

    private static IoResult Result(IoRow row, string name, string unit, Func<Carrier, double?> figure) =>
        new(name, unit, figure(Carrier.Native), figure(Carrier.Xen), figure(Carrier.Tierce), null, null);

    private double? Figure(Dictionary<Carrier, IoBoot> boots, Carrier side, IoRow row, Func<IoBoot, IReadOnlyDictionary<IoStep, double>> values)
    {
        (int fewer, int more) = row.Counts(operations);
        return boots.TryGetValue(side, out IoBoot? boot) ? (values(boot)[new IoStep(row, more)] - values(boot)[new IoStep(row, fewer)]) / (more - fewer) : null;
    }

    private (double? Switches, double? Interrupts) CountEvents(IoRow row)
    {
        if (!sides.Contains(Carrier.Tierce))
        {
            return (null, null);
        }

        using Progress progress = Progress.Start($"counting the kernel's work for {row.Name}");
        (int fewer, int more) = row.Counts(operations);
        IReadOnlyDictionary<string, ulong> Counters(int count) => IoBoot.Run(tree, guest, Carrier.Tierce, [new IoStep(row, count)], IoMeasure.Events, 1).Log.Counters;
        IReadOnlyDictionary<string, ulong> without = Counters(fewer);
        IReadOnlyDictionary<string, ulong> with = Counters(more);

        // Each boot does its step twice.
        double One(string counter) => ((double)with.GetValueOrDefault(counter) - without.GetValueOrDefault(counter)) / (2 * (more - fewer));
        return (One(Switches), One(Interrupts));
    }

    private Dictionary<Carrier, IoBoot> Boot(IoMeasure way, int rounds, string what)
    {
        IoStep[] steps = [.. rows.SelectMany(row => (IoStep[])[new(row, row.Counts(operations).Fewer), new(row, row.Counts(operations).More)])];
        Dictionary<Carrier, IoBoot> boots = [];
        foreach (Carrier side in sides)
        {
            using Progress progress = Progress.Start($"measuring {side}{what}");
            boots[side] = IoBoot.Run(tree, guest, side, steps, way, rounds);
        }

        return boots;
    }
}

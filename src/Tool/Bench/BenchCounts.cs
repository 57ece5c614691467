using System.Globalization;
using System.Text;
using Tierce.Tool.Boot;

namespace Tierce.Tool.Bench;

/// <summary>
/// The kernel's work for one operation of a row: events that instruction counts hide and that cost time on a processor. The numbers are
/// averages, without those of a boot that does not do the row.
/// </summary>
/// <param name="row">The row's name.</param>
/// <param name="without">Counters of a boot with no row.</param>
/// <param name="with">Counters of a boot with this row.</param>
/// <param name="operations">How often that boot did the operation, warming up included.</param>
internal sealed class BenchCounts(string row, IReadOnlyDictionary<string, ulong> without, IReadOnlyDictionary<string, ulong> with, long operations)
{
    /// <summary>Modelled cycles of a SYSCALL and the SYSRET after it. Sources: docs/guide/measure.md.</summary>
    public const int CallCycles = 85;

    /// <summary>Modelled cycles of a return by IRET beyond those of one by SYSRET.</summary>
    public const int InterruptReturnCycles = 250;

    /// <summary>Modelled cycles of a load of CR3, without the TLB misses after it.</summary>
    public const int RootLoadCycles = 186;

    /// <summary>Modelled cycles of an exception and its IRET.</summary>
    public const int ExceptionCycles = 1050;

    private const string PageFault = "exception-14";

    /// <summary>VmCall.LoadRoot, from which the kernel returns by SYSRET.</summary>
    private const string LoadRoot = "vm-call-4";

    private static readonly (string Name, Func<BenchCounts, double> Value)[] s_columns =
    [
        ("entries", counts => counts.Entries),
        ("syscall", counts => counts["system-calls"]),
        ("return", counts => counts["fast-returns"] + counts["vm-call-0"]),
        ("hypercall", counts => counts["hypercalls"]),
        ("rom-call", counts => counts.Sum("vm-call-") - counts["vm-call-0"]),
        ("fault", counts => counts[PageFault] - counts["hidden-faults"]),
        ("hidden", counts => counts["hidden-faults"]),
        ("exception", counts => counts.Sum("exception-") - counts[PageFault]),
        ("interrupt", counts => counts["interrupts"]),
        ("cr3", counts => counts["system-calls"] + counts["fast-returns"] + counts["root-loads"]),
        ("cr3-flush", counts => counts["flushes"]),
        ("tlb-all", counts => counts["global-flushes"]),
        ("invlpg", counts => counts["invlpgs"]),
        ("sysret", counts => counts.FastExits),
        ("iret", counts => counts.SlowExits),
        ("cycles", counts => counts.Cycles),
    ];

    /// <summary>The row's name.</summary>
    public string Row => row;

    /// <summary>Kernel entries of every kind.</summary>
    public double Entries => FastExits + SlowExits;

    private double FastExits => this["system-calls"] + this["fast-returns"] + this["hypercalls"] + this[LoadRoot];

    private double SlowCalls => Sum("vm-call-") - this[LoadRoot] + this["domain-calls"];

    private double SlowExits => SlowCalls + Sum("exception-") + this["interrupts"];

    private double RootLoads => this["system-calls"] + this["fast-returns"] + this["root-loads"] + this["flushes"];

    /// <summary>Modelled cycles of crossings and loads of CR3 alone.</summary>
    private double Cycles => (FastExits * CallCycles) + (SlowCalls * (CallCycles + InterruptReturnCycles)) + (RootLoads * RootLoadCycles)
        + ((Sum("exception-") + this["interrupts"]) * ExceptionCycles);

    private double this[string counter] => ((double)with.GetValueOrDefault(counter) - without.GetValueOrDefault(counter)) / operations;

    /// <summary>All rows as text.</summary>
    public static string Format(IEnumerable<BenchCounts> rows)
    {
        StringBuilder text = new("\nTierce, for one operation\n");
        text.Append(CultureInfo.InvariantCulture, $"{string.Empty,-18}");
        foreach ((string name, _) in s_columns)
        {
            text.Append(CultureInfo.InvariantCulture, $" {name,10}");
        }

        text.Append('\n');
        foreach (BenchCounts row in rows)
        {
            row.AppendTo(text);
        }

        return text.ToString();
    }

    /// <summary>The entries for the list of results.</summary>
    public IEnumerable<BenchResult> Results() => s_columns.Select(column => new BenchResult($"{row}-{column.Name}", "for one operation", null, null, column.Value(this)));

    private double Sum(string prefix) => with.Keys.Union(without.Keys).Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).Sum(name => this[name]);

    private void AppendTo(StringBuilder text)
    {
        text.Append(CultureInfo.InvariantCulture, $"{row,-18}");
        foreach ((_, Func<BenchCounts, double> value) in s_columns)
        {
            // Less than a hundredth is a difference between boots.
            double count = Math.Max(0, value(this));
            string shown = count.ToString(count >= 1000 ? "#,0" : "0.00", CultureInfo.InvariantCulture);
            text.Append(CultureInfo.InvariantCulture, $" {(count < 0.005 ? "-" : shown),10}");
        }

        text.Append('\n');
    }
}

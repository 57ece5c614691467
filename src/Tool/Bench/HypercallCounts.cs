using System.Globalization;
using System.Text;
using Tierce.Tool.Boot;

namespace Tierce.Tool.Bench;

/// <summary>The hypercalls of one operation of a row: how often each was made, and how often it entered the kernel anyway.</summary>
/// <param name="row">The row's name.</param>
/// <param name="without">Log of a boot with no row.</param>
/// <param name="with">Log of a boot with this row.</param>
/// <param name="operations">How often that boot did the operation, warming up included.</param>
internal sealed class HypercallCounts(string row, TierceLog without, TierceLog with, long operations)
{
    private const int Iret = 23;

    /// <summary>A smaller number in one operation is a difference between boots.</summary>
    private const double Least = 0.005;

    /// <summary>Names of Xen's public xen.h; the last two are the ROM's own (<c>CallCounts</c>).</summary>
    private static readonly Dictionary<int, string> s_names = new()
    {
        [0] = "set_trap_table",
        [1] = "mmu_update",
        [2] = "set_gdt",
        [3] = "stack_switch",
        [4] = "set_callbacks",
        [5] = "fpu_taskswitch",
        [8] = "set_debugreg",
        [9] = "get_debugreg",
        [10] = "update_descriptor",
        [12] = "memory_op",
        [13] = "multicall",
        [14] = "update_va_mapping",
        [15] = "set_timer_op",
        [17] = "xen_version",
        [18] = "console_io",
        [20] = "grant_table_op",
        [21] = "vm_assist",
        [24] = "vcpu_op",
        [25] = "set_segment_base",
        [26] = "mmuext_op",
        [29] = "sched_op",
        [30] = "callback_op",
        [32] = "event_channel_op",
        [33] = "physdev_op",
        [Iret] = "iret",
        [62] = "(instructions)",
        [63] = "(unknown)",
    };

    private readonly (int Number, double Made, double Entered)[] _calls = [.. Calls(without, with, operations)];

    /// <summary>All rows as text.</summary>
    public static string Format(IEnumerable<HypercallCounts> rows)
    {
        StringBuilder text = new("\nHypercalls of one operation\n");
        text.Append(CultureInfo.InvariantCulture, $"{string.Empty,-18} {"hypercall",-18} {"made",10} {"entered",10}\n");
        foreach (HypercallCounts row in rows)
        {
            row.AppendTo(text);
        }

        return text.ToString();
    }

    /// <summary>What goes into the list of results.</summary>
    public IEnumerable<BenchResult> Results() => _calls.SelectMany(call => (BenchResult[])
    [
        new($"{row}-{Name(call.Number)}-made", "for one operation", null, null, call.Made),
        new($"{row}-{Name(call.Number)}-entered", "for one operation", null, null, call.Entered),
    ]);

    private static string Name(int number) => s_names.GetValueOrDefault(number) ?? number.ToString(CultureInfo.InvariantCulture);

    private static IEnumerable<(int Number, double Made, double Entered)> Calls(TierceLog without, TierceLog with, long operations)
    {
        IReadOnlyDictionary<int, (ulong Made, ulong Entered)> before = without.Hypercalls;
        foreach ((int number, (ulong made, ulong entered)) in with.Hypercalls.OrderBy(call => call.Key))
        {
            (ulong madeBefore, ulong enteredBefore) = before.GetValueOrDefault(number);
            double more = ((double)made - madeBefore) / operations;
            double entries = number == Iret ? Returns(without, with, operations) : ((double)entered - enteredBefore) / operations;
            if (more >= Least || entries >= Least)
            {
                yield return (number, Math.Max(0, more), Math.Max(0, entries));
            }
        }
    }

    /// <summary>Returns to guest user, which the kernel counts itself.</summary>
    private static double Returns(TierceLog without, TierceLog with, long operations) =>
        ((string[])["fast-returns", "vm-call-0"]).Sum(name => (double)with.Counters.GetValueOrDefault(name) - without.Counters.GetValueOrDefault(name)) / operations;

    private void AppendTo(StringBuilder text)
    {
        string first = row;
        foreach ((int number, double made, double entered) in _calls)
        {
            text.Append(CultureInfo.InvariantCulture, $"{first,-18} {Name(number),-18} {Shown(made),10} {Shown(entered),10}\n");
            first = string.Empty;
        }
    }

    private static string Shown(double count) => count < Least ? "-" : count.ToString(count >= 1000 ? "#,0" : "0.00", CultureInfo.InvariantCulture);
}

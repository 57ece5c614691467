using System.Globalization;
using System.Text;
using Tierce.Tool.Boot;

namespace Tierce.Tool.Bench.Io;

/// <summary>Results of disks as text, with what each row may cost.</summary>
internal static class IoTable
{
    private const string Nothing = "-";

    /// <summary>The whole table.</summary>
    public static string Format(IReadOnlyCollection<IoResult> results)
    {
        StringBuilder text = new();
        foreach (IGrouping<string, IoResult> group in results.GroupBy(result => result.Unit))
        {
            text.Append(text.Length > 0 ? "\n" : string.Empty);
            text.Append(CultureInfo.InvariantCulture, $"{group.Key,-24} {"native",12} {"xen",12} {"tierce",12} {"xen/native",11} {"tierce/native",14} {"limit",12} {"switches",9} {"interrupts",11}\n");
            foreach (IoResult result in group)
            {
                text.Append(CultureInfo.InvariantCulture, $"{result.Name,-24} {Number(result.Native, "#,0"),12} {Number(result.Xen, "#,0"),12} {Number(result.Tierce, "#,0"),12} {Number(result.Ratio(Carrier.Xen), "0.00"),11} {Number(result.Ratio(Carrier.Tierce), "0.00"),14} {Number(Limit(result), "#,0"),12} {Number(result.Switches, "0.00"),9} {Number(result.Interrupts, "0.00"),11}\n");
            }
        }

        return text.ToString();
    }

    /// <summary>Instructions that Tierce may need; null for a figure without a limit.</summary>
    public static double? Limit(IoResult result) =>
        IoRow.All.FirstOrDefault(row => row.Name == result.Name) is { } row ? (result.Native * row.Limit) + row.Copy : null;

    private static string Number(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? Nothing;
}

using System.Globalization;
using System.Text;
using Tierce.Tool.Boot;

namespace Tierce.Tool.Bench;

/// <summary>Results as text: figures, then ratios to native.</summary>
internal static class BenchTable
{
    private const string Nothing = "-";

    /// <summary>The whole table.</summary>
    public static string Format(IReadOnlyCollection<BenchResult> results)
    {
        StringBuilder text = new();
        foreach (IGrouping<string, BenchResult> group in results.GroupBy(result => result.Unit))
        {
            text.Append(text.Length > 0 ? "\n" : string.Empty);
            text.Append(CultureInfo.InvariantCulture, $"{group.Key,-20} {"native",14} {"xen",14} {"tierce",14} {"xen/native",12} {"tierce/native",14}\n");
            foreach (BenchResult result in group)
            {
                string name = result.Name.EndsWith(BenchResult.WallSuffix, StringComparison.Ordinal) ? result.Name[..^BenchResult.WallSuffix.Length] : result.Name;
                text.Append(CultureInfo.InvariantCulture, $"{name,-20} {Number(result.Native),14} {Number(result.Xen),14} {Number(result.Tierce),14} {Ratio(result, Carrier.Xen),12} {Ratio(result, Carrier.Tierce),14}\n");
            }
        }

        return text.ToString();
    }

    private static string Number(double? value) => value?.ToString("#,0", CultureInfo.InvariantCulture) ?? Nothing;

    private static string Ratio(BenchResult result, Carrier side) => result.Ratio(side)?.ToString("0.00", CultureInfo.InvariantCulture) ?? Nothing;
}

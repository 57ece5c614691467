using System.Globalization;
using System.Text;

namespace Tierce.Tool.Bench.Interrupts;

/// <summary>Rows as text.</summary>
internal static class InterruptTable
{
    /// <summary>The whole table.</summary>
    public static string Format(IEnumerable<InterruptRow> rows)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"{string.Empty,-14} {"context switches",30}   {"instructions from the entry",34}\n");
        text.Append(CultureInfo.InvariantCulture, $"{"case",-14} {"total",8} {"to driver",10} {"to guest",10}   {"to driver",10} {"to guest",10} {"to return",12}   what is measured\n");
        foreach (InterruptRow row in rows)
        {
            text.Append(CultureInfo.InvariantCulture, $"{row.Case,-14} {Number(row.Total),8} {Number(row.LatencyTopHalf),10} {Number(row.LatencyGuest),10}   ");
            text.Append(CultureInfo.InvariantCulture, $"{Number(row.InstructionsToTopHalf),10} {Number(row.InstructionsToGuest),10} {Number(row.InstructionsToReturn),12}   {row.Guest}\n");
        }

        return text.ToString();
    }

    private static string Number(int? value) => value?.ToString("#,0", CultureInfo.InvariantCulture) ?? "-";
}

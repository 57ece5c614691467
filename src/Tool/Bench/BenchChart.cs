using System.Globalization;
using System.Text;
using Tierce.Tool.Boot;

namespace Tierce.Tool.Bench;

/// <summary>Draws ratios to native as horizontal bars in SVG: a panel for each unit, in it a pair of bars for each row.</summary>
internal static class BenchChart
{
    private const int Left = 180;
    private const int Width = 760;
    private const int Plot = Width - Left - 60;
    private const int RowHeight = 40;
    private const int BarHeight = 14;
    private const int Head = 28;
    private const int Foot = 32;
    private const int MostLines = 12;

    private static readonly (Carrier Side, string Name, string Colour)[] s_sides = [(Carrier.Xen, "Xen", "#b9a23b"), (Carrier.Tierce, "Tierce", "#2f6f9f")];

    private static readonly (string Unit, string Title)[] s_panels =
    [
        (BenchResult.Instructions, "Instructions"),
        (BenchResult.HostTicks, "Wall time"),
        (BenchResult.HostMilliseconds, "QEMU's CPU time"),
    ];

    /// <summary>The picture of all results that have a ratio.</summary>
    public static string Draw(IReadOnlyCollection<BenchResult> results)
    {
        StringBuilder panels = new();
        int height = Head;
        foreach ((string unit, string title) in s_panels)
        {
            BenchResult[] rows = [.. results.Where(result => result.Unit == unit && s_sides.Any(side => result.Ratio(side.Side) is not null))];
            if (rows.Length > 0)
            {
                panels.Append(CultureInfo.InvariantCulture, $"<g transform=\"translate(0,{height})\">\n");
                height += Panel(panels, title, rows);
                panels.Append("</g>\n");
            }
        }

        StringBuilder svg = new();
        svg.Append(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" width="{Width}" height="{height}" viewBox="0 0 {Width} {height}" font-family="sans-serif" font-size="13">
            <rect width="100%" height="100%" fill="white"/>
            <text x="10" y="20" font-size="15">Cost as a multiple of the same kernel's on the machine itself (less is better)</text>

            """);
        return svg.Append(panels).Append("</svg>\n").ToString();
    }

    /// <summary>Draws a panel; returns its height.</summary>
    private static int Panel(StringBuilder svg, string title, BenchResult[] rows)
    {
        double most = Math.Max(1, rows.Max(row => s_sides.Max(side => row.Ratio(side.Side) ?? 0)));
        double scale = Plot / Math.Ceiling(most);
        int bottom = Head + (rows.Length * RowHeight);
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left - 10}\" y=\"17\" text-anchor=\"end\" font-weight=\"bold\">{title}</text>\n");
        Legend(svg);
        int step = 1 + ((int)most / MostLines);
        for (int line = 0; line <= Math.Ceiling(most); line += step)
        {
            string colour = line == 1 ? "#444" : "#ddd";
            double x = Left + (line * scale);
            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{x:0.#}\" y1=\"{Head - 4}\" x2=\"{x:0.#}\" y2=\"{bottom}\" stroke=\"{colour}\"/>\n");
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{x:0.#}\" y=\"{bottom + 13}\" text-anchor=\"middle\" fill=\"#666\" font-size=\"11\">{line}</text>\n");
        }

        for (int i = 0; i < rows.Length; i++)
        {
            Row(svg, rows[i], Head + (i * RowHeight), scale);
        }

        return bottom + Foot;
    }

    private static void Legend(StringBuilder svg)
    {
        for (int i = 0; i < s_sides.Length; i++)
        {
            int x = Left + (i * 90);
            svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{x}\" y=\"6\" width=\"12\" height=\"12\" fill=\"{s_sides[i].Colour}\"/><text x=\"{x + 17}\" y=\"17\">{s_sides[i].Name}</text>\n");
        }
    }

    private static void Row(StringBuilder svg, BenchResult row, int top, double scale)
    {
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left - 10}\" y=\"{top + 19}\" text-anchor=\"end\">{row.Name}</text>\n");
        for (int i = 0; i < s_sides.Length; i++)
        {
            if (row.Ratio(s_sides[i].Side) is { } ratio)
            {
                int y = top + (i * BarHeight);
                svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{Left}\" y=\"{y}\" width=\"{ratio * scale:0.#}\" height=\"{BarHeight - 1}\" fill=\"{s_sides[i].Colour}\"/>");
                svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left + (ratio * scale) + 4:0.#}\" y=\"{y + 11}\" font-size=\"11\">{ratio:0.00}</text>\n");
            }
        }
    }
}

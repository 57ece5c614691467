using System.Globalization;
using System.Text;
using Tierce.Tool.Boot;

namespace Tierce.Tool.Bench;

/// <summary>Draws ratios to native as horizontal bars, one pair a row, in SVG.</summary>
internal static class BenchChart
{
    private const int Left = 180;
    private const int Width = 760;
    private const int Plot = Width - Left - 60;
    private const int RowHeight = 40;
    private const int BarHeight = 14;
    private const int Top = 56;
    private const int MostLines = 12;

    private static readonly (Carrier Side, string Name, string Colour)[] Sides = [(Carrier.Xen, "Xen", "#b9a23b"), (Carrier.Tierce, "Tierce", "#2f6f9f")];

    /// <summary>The picture of all results that have a ratio, of the first result's unit.</summary>
    public static string Draw(IReadOnlyCollection<BenchResult> results)
    {
        BenchResult[] rows = [.. results.Where(result => result.Unit == results.First().Unit).Where(result => result.Ratio(Carrier.Xen) is not null || result.Ratio(Carrier.Tierce) is not null)];
        double most = Math.Max(1, rows.SelectMany(row => Sides.Select(side => row.Ratio(side.Side) ?? 0)).DefaultIfEmpty(1).Max());
        double scale = Plot / Math.Ceiling(most);
        int height = Top + (rows.Length * RowHeight) + 20;
        StringBuilder svg = new();
        svg.Append(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" width="{Width}" height="{height}" viewBox="0 0 {Width} {height}" font-family="sans-serif" font-size="13">
            <rect width="100%" height="100%" fill="white"/>
            <text x="10" y="20" font-size="15">Cost as a multiple of the same kernel's on the machine itself (less is better)</text>

            """);
        Legend(svg);
        int step = 1 + ((int)most / MostLines);
        for (int line = 0; line <= Math.Ceiling(most); line += step)
        {
            string colour = line == 1 ? "#444" : "#ddd";
            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{Left + (line * scale):0.#}\" y1=\"{Top - 8}\" x2=\"{Left + (line * scale):0.#}\" y2=\"{height - 14}\" stroke=\"{colour}\"/>\n");
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left + (line * scale):0.#}\" y=\"{height - 2}\" text-anchor=\"middle\" fill=\"#666\" font-size=\"11\">{line}</text>\n");
        }

        for (int i = 0; i < rows.Length; i++)
        {
            Row(svg, rows[i], Top + (i * RowHeight), scale);
        }

        return svg.Append("</svg>\n").ToString();
    }

    private static void Legend(StringBuilder svg)
    {
        for (int i = 0; i < Sides.Length; i++)
        {
            int x = Left + (i * 90);
            svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{x}\" y=\"30\" width=\"12\" height=\"12\" fill=\"{Sides[i].Colour}\"/><text x=\"{x + 17}\" y=\"41\">{Sides[i].Name}</text>\n");
        }
    }

    private static void Row(StringBuilder svg, BenchResult row, int top, double scale)
    {
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left - 10}\" y=\"{top + 19}\" text-anchor=\"end\">{row.Name}</text>\n");
        for (int i = 0; i < Sides.Length; i++)
        {
            if (row.Ratio(Sides[i].Side) is { } ratio)
            {
                int y = top + (i * BarHeight);
                svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{Left}\" y=\"{y}\" width=\"{ratio * scale:0.#}\" height=\"{BarHeight - 1}\" fill=\"{Sides[i].Colour}\"/>");
                svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left + (ratio * scale) + 4:0.#}\" y=\"{y + 11}\" font-size=\"11\">{ratio:0.00}</text>\n");
            }
        }
    }
}

using System.Globalization;
using System.Text;

namespace Tierce.Tool.Bench;

/// <summary>Draws a small chart for each row: cost against the cache's size, a line for each way to run it.</summary>
internal static class CacheChart
{
    private const int Columns = 2;
    private const int Width = 400;
    private const int Height = 260;
    private const int Left = 70;
    private const int Top = 36;
    private const int PlotWidth = Width - Left - 20;
    private const int PlotHeight = Height - Top - 40;
    private const int LegendHeight = 30;

    private static readonly string[] s_colours = ["#2f6f9f", "#b9a23b", "#9f2f4f"];

    /// <summary>The picture of all points.</summary>
    public static string Draw(IReadOnlyCollection<CachePoint> points)
    {
        IGrouping<string, CachePoint>[] rows = [.. points.GroupBy(point => point.Row)];
        int height = LegendHeight + (((rows.Length + Columns - 1) / Columns) * Height);
        StringBuilder svg = new();
        svg.Append(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" width="{Columns * Width}" height="{height}" viewBox="0 0 {Columns * Width} {height}" font-family="sans-serif" font-size="12">
            <rect width="100%" height="100%" fill="white"/>

            """);
        for (int i = 0; i < CacheWay.All.Length; i++)
        {
            int x = Left + (i * 140);
            svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{x}\" y=\"12\" width=\"12\" height=\"12\" fill=\"{s_colours[i]}\"/><text x=\"{x + 17}\" y=\"23\">{CacheWay.All[i].Name}</text>\n");
        }

        for (int i = 0; i < rows.Length; i++)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<g transform=\"translate({i % Columns * Width},{LegendHeight + (i / Columns * Height)})\">\n");
            Row(svg, rows[i]);
            svg.Append("</g>\n");
        }

        return svg.Append("</svg>\n").ToString();
    }

    private static void Row(StringBuilder svg, IGrouping<string, CachePoint> row)
    {
        int[] sizes = [.. row.Select(point => point.Size).Distinct().Order()];
        double most = row.Max(point => point.Instructions);
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left}\" y=\"{Top - 14}\" font-size=\"14\">{row.Key}: instructions against address spaces kept</text>\n");
        for (int quarter = 0; quarter <= 4; quarter++)
        {
            double y = Top + PlotHeight - (quarter * PlotHeight / 4.0);
            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{Left}\" y1=\"{y:0.#}\" x2=\"{Left + PlotWidth}\" y2=\"{y:0.#}\" stroke=\"#ddd\"/>");
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left - 6}\" y=\"{y + 4:0.#}\" text-anchor=\"end\" fill=\"#666\" font-size=\"11\">{most * quarter / 4:#,0}</text>\n");
        }

        foreach (int size in sizes)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Place(sizes, size):0.#}\" y=\"{Top + PlotHeight + 16}\" text-anchor=\"middle\" fill=\"#666\" font-size=\"11\">{size}</text>\n");
        }

        for (int i = 0; i < CacheWay.All.Length; i++)
        {
            IEnumerable<string> line = row.Where(point => point.Way == CacheWay.All[i]).Select(point =>
                string.Create(CultureInfo.InvariantCulture, $"{Place(sizes, point.Size):0.#},{Top + PlotHeight - (point.Instructions / most * PlotHeight):0.#}"));
            svg.Append(CultureInfo.InvariantCulture, $"<polyline points=\"{string.Join(' ', line)}\" fill=\"none\" stroke=\"{s_colours[i]}\" stroke-width=\"2\"/>\n");
        }
    }

    /// <summary>Sizes stand at equal distances.</summary>
    private static double Place(int[] sizes, int size) => Left + ((Array.IndexOf(sizes, size) + 0.5) * PlotWidth / sizes.Length);
}

using System.Globalization;
using System.Text;
using Tierce.Tool.Boot;
using Tierce.Tool.Host;

namespace Tierce.Tool.Bench;

/// <summary>One way to run the page-table cache.</summary>
/// <param name="Policy">Which address space goes first: the manifest's <c>cache-policy</c>.</param>
/// <param name="FillAhead">Whether entries are filled before their first use.</param>
internal sealed record CacheWay(string Policy, bool FillAhead)
{
    /// <summary>The ways that are measured, in the order in which they are shown.</summary>
    public static readonly CacheWay[] All = [new("fifo", true), new("lru", true), new("fifo", false)];

    /// <summary>Its name in tables and results.</summary>
    public string Name => FillAhead ? Policy : $"{Policy}-no-fill";
}

/// <summary>One figure: a row with a cache of this number of address spaces, run one way.</summary>
internal sealed record CachePoint(string Row, int Size, CacheWay Way, double Instructions);

/// <summary>The cost of rows against the size of the page-table cache, by policy, with and without fill-ahead.</summary>
internal static class CacheBench
{
    /// <summary>Sizes that are measured unless others are asked for.</summary>
    public static readonly int[] Sizes = [1, 2, 4, 8, 16, 64];

    /// <summary>Rows that switch between address spaces, or make them.</summary>
    public static readonly string[] Rows = ["pipe", "fork", "context-switch-2", "context-switch-16"];

    private const int LargestSize = 64;

    /// <summary>Reads the sizes that a user gave.</summary>
    /// <exception cref="ToolException">A size is no number, or out of range.</exception>
    public static int[] ReadSizes(IReadOnlyCollection<string> texts)
    {
        int[] sizes = [.. texts.Select(text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int size) && size is >= 1 and <= LargestSize
            ? size
            : throw new ToolException($"--sizes {text}: 1 to {LargestSize} address spaces"))];
        return sizes.Length == 0 ? Sizes : [.. sizes.Distinct().Order()];
    }

    /// <summary>Boots once for each size and way.</summary>
    public static CachePoint[] Measure(Repository tree, string guest, IReadOnlyCollection<BenchRow> rows, IReadOnlyCollection<int> sizes, TierceSettings settings)
    {
        List<CachePoint> points = [];
        foreach (CacheWay way in CacheWay.All)
        {
            foreach (int size in sizes)
            {
                using Progress progress = Progress.Start(string.Create(CultureInfo.InvariantCulture, $"measuring {size} address spaces, {way.Name}"));
                TierceSettings changed = settings with { ManifestLines = Lines(size, way) };
                BenchResult[] results = new Yardstick(tree, guest, rows, [Carrier.Tierce], changed).CountInstructions();
                points.AddRange(results.Select(result => new CachePoint(result.Name, size, way, result.Tierce!.Value)));
            }
        }

        return [.. points];
    }

    /// <summary>A table for each row: sizes down, ways across.</summary>
    public static string Format(IReadOnlyCollection<CachePoint> points)
    {
        StringBuilder text = new();
        foreach (IGrouping<string, CachePoint> row in points.GroupBy(point => point.Row))
        {
            text.Append(text.Length > 0 ? "\n" : string.Empty);
            text.Append(CultureInfo.InvariantCulture, $"{row.Key,-20} {string.Join(' ', CacheWay.All.Select(way => $"{way.Name,14}"))}\n");
            foreach (IGrouping<int, CachePoint> size in row.GroupBy(point => point.Size))
            {
                IEnumerable<string> figures = CacheWay.All.Select(way => size.Single(point => point.Way == way).Instructions.ToString("#,0", CultureInfo.InvariantCulture).PadLeft(14));
                text.Append(CultureInfo.InvariantCulture, $"{size.Key,20} {string.Join(' ', figures)}\n");
            }
        }

        return text.ToString();
    }

    /// <summary>What goes into the list of results: names are ROW-cache-SIZE-WAY.</summary>
    public static IEnumerable<BenchResult> Results(IEnumerable<CachePoint> points) => points.Select(point =>
        new BenchResult(string.Create(CultureInfo.InvariantCulture, $"{point.Row}-cache-{point.Size}-{point.Way.Name}"), BenchResult.Instructions, null, null, point.Instructions));

    private static string[] Lines(int size, CacheWay way) =>
    [
        string.Create(CultureInfo.InvariantCulture, $"cache-roots={size}"),
        $"cache-policy={way.Policy}",
        $"cache-fill-ahead={(way.FillAhead ? "on" : "off")}",
    ];
}

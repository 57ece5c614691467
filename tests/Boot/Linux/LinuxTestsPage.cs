namespace Tierce.Boot.Tests;

/// <summary>
/// <c>docs/reference/linux-tests.md</c>: the page that tells which of Linux's tests differ, and why, is also the list that the runs are
/// compared with. So neither can say what the other does not.
/// </summary>
internal static class LinuxTestsPage
{
    /// <summary>Tables of the page, by their headings.</summary>
    public const string SelfTestsDiffer = "## Self-tests that differ", SelfTestsFail = "## Self-tests that fail on both sides",
        StressorsLeftOut = "## Stressors that are left out", StressorsDiffer = "## Stressors that differ";

    private const string Page = "docs/reference/linux-tests.md";

    /// <summary>Cells of the rows of one table, without its head; code marks are taken off. A row without a reason is refused.</summary>
    public static string[][] Rows(string heading)
    {
        string[] lines = File.ReadAllLines(Path.Combine(Launcher.Root, Page));
        int start = Array.IndexOf(lines, heading);
        Assert.True(start >= 0, $"{Page} has no {heading}");
        string[][] rows =
        [
            .. lines.Skip(start + 1).TakeWhile(line => !line.StartsWith('#')).Where(line => line.StartsWith('|')).Skip(2)
                .Select(line => line.Trim('|').Split('|').Select(cell => cell.Trim().Trim('`')).ToArray()),
        ];
        Assert.All(rows, row => Assert.True(row[^1].Length > 10, $"{Page}: {string.Join(" | ", row)} has no reason"));
        return rows;
    }

    /// <summary>The same rows without their reasons, each as one line.</summary>
    public static string[] Entries(string heading) => Sorted(Rows(heading).Select(row => string.Join(" | ", row[..^1])));

    /// <summary>Lines in an order that does not depend on the run.</summary>
    public static string[] Sorted(IEnumerable<string> lines) => [.. lines.Order(StringComparer.Ordinal)];
}

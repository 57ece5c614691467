using System.Globalization;
using System.Text;
using System.Xml.Linq;
using Tierce.Tool.Host;

namespace Tierce.Tool.Testing;

/// <summary>Which lines of the sources the hosted tests have run, by folder. Several projects compile the same file: a line counts that one of them has run.</summary>
internal static class Coverage
{
    /// <summary>Name of the report that a project's run leaves somewhere below its folder.</summary>
    private const string ReportName = "coverage.cobertura.xml";

    /// <summary>Arguments of <c>dotnet test</c> that count lines.</summary>
    public static string[] Arguments(Repository tree) =>
        ["--collect", "XPlat Code Coverage", "--settings", Path.Combine(tree.Root, "tests", "coverage.runsettings")];

    /// <summary>Folder for a project's report.</summary>
    public static string Folder(Repository tree, string project) => Path.Combine(tree.Artifacts, "tests", "coverage", project);

    /// <summary>Writes <c>artifacts/tests/coverage.md</c> from the reports of all projects, and returns the table.</summary>
    public static string Conclude(Repository tree)
    {
        string folder = Folder(tree, string.Empty);
        IEnumerable<string> reports = Directory.Exists(folder) ? Directory.EnumerateFiles(folder, ReportName, SearchOption.AllDirectories) : [];
        string table = Table(Lines(reports.Select(XDocument.Load), tree.Root));
        File.WriteAllText(Path.Combine(tree.Artifacts, "tests", "coverage.md"), table);
        return table;
    }

    /// <summary>The lines that can be run of each file below <c>src</c>, and whether each was.</summary>
    /// <param name="reports">Reports in Cobertura's format.</param>
    /// <param name="root">Top folder of the tree.</param>
    public static Dictionary<string, Dictionary<int, bool>> Lines(IEnumerable<XDocument> reports, string root)
    {
        Dictionary<string, Dictionary<int, bool>> files = new(StringComparer.Ordinal);
        foreach (XDocument report in reports)
        {
            string start = report.Descendants("source").FirstOrDefault()?.Value ?? root;
            foreach (XElement type in report.Descendants("class"))
            {
                string file = Path.GetRelativePath(root, Path.Combine(start, type.Attribute("filename")!.Value));
                if (!file.StartsWith("src/", StringComparison.Ordinal))
                {
                    continue;
                }

                files.TryAdd(file, []);
                foreach (XElement line in type.Element("lines")?.Elements("line") ?? [])
                {
                    int number = int.Parse(line.Attribute("number")!.Value, CultureInfo.InvariantCulture);
                    bool hit = line.Attribute("hits")!.Value != "0";
                    files[file][number] = hit || files[file].GetValueOrDefault(number);
                }
            }
        }

        return files;
    }

    /// <summary>A row for each folder that has lines, and one for all.</summary>
    public static string Table(Dictionary<string, Dictionary<int, bool>> files)
    {
        StringBuilder text = new("| folder | lines | run by hosted tests |\n|---|---|---|\n");
        foreach (IGrouping<string, KeyValuePair<string, Dictionary<int, bool>>> folder in files.GroupBy(file => Path.GetDirectoryName(file.Key)!).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            Row(text, folder.Key, [.. folder.SelectMany(file => file.Value.Values)]);
        }

        Row(text, "all of these", [.. files.SelectMany(file => file.Value.Values)]);
        return text.ToString();
    }

    private static void Row(StringBuilder text, string name, bool[] lines)
    {
        double part = lines.Length == 0 ? 0 : 100.0 * lines.Count(hit => hit) / lines.Length;
        text.Append(CultureInfo.InvariantCulture, $"| {name} | {lines.Length} | {part:0} % |\n");
    }
}

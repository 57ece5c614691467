using System.Xml.Linq;
using Tierce.Tool.Testing;

namespace Tierce.HostTool.Tests;

public sealed class CoverageTests
{
    /// <summary>Two projects compile one file; a test's own lines do not count.</summary>
    [Fact]
    public void A_line_counts_that_one_of_several_projects_has_run()
    {
        string[] reports =
        [
            Report(("src/Kernel/Objects/Domain.cs", [(1, 1), (2, 0), (3, 0)]), ("tests/Unit/IpcTests.cs", [(1, 5)])),
            Report(("src/Kernel/Objects/Domain.cs", [(1, 0), (2, 7), (3, 0)]), ("src/Rom/Log.cs", [(9, 1)])),
        ];
        Assert.Equal(
            "| folder | lines | run by hosted tests |\n|---|---|---|\n| src/Kernel/Objects | 3 | 67 % |\n| src/Rom | 1 | 100 % |\n| all of these | 4 | 75 % |\n",
            Coverage.Table(Coverage.Lines(reports.Select(XDocument.Parse), "/tree")));
    }

    private static string Report(params (string File, (int Number, int Hits)[] Lines)[] files) => new XElement(
        "coverage",
        new XElement("sources", new XElement("source", "/tree/")),
        files.Select(file => new XElement(
            "class",
            new XAttribute("filename", file.File),
            new XElement("lines", file.Lines.Select(line => new XElement("line", new XAttribute("number", line.Number), new XAttribute("hits", line.Hits))))))).ToString();
}

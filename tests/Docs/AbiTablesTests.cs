using System.Globalization;

namespace Tierce.Docs.Tests;

/// <summary>The pages' tables of fields and rights are what the ABI has: build/abi.lock, which the build compares with the sources.</summary>
public sealed class AbiTablesTests
{
    private const string RomInterface = "docs/reference/rom-interface.md";

    [Theory]
    [InlineData(RomInterface, "## vCPU page", "VCpuPage")]
    [InlineData("docs/reference/native-abi.md", "## The shared page", "NativePage")]
    public void Every_field_is_listed_where_it_lies(string page, string chapter, string type) =>
        Assert.Equal(Fields(Tree.Read("build/abi.lock"), type), Places(Tree.Read(page), chapter));

    [Fact]
    public void Every_field_of_the_information_page_is_listed() =>
        Assert.Equal(
            Fields(Tree.Read("build/abi.lock"), "RomInfo").Keys.Order(StringComparer.Ordinal),
            Rows(Tree.Read(RomInterface), "## Information page").SelectMany(row => row[0].Split(", ")).Order(StringComparer.Ordinal));

    [Fact]
    public void Every_right_is_listed_with_its_bit()
    {
        Dictionary<string, int> listed = Rows(Tree.Read("docs/reference/kernel-calls.md"), "### Rights")
            .SelectMany(row => row[0].Split(", ").Zip(row[1].Split(", "))).ToDictionary(pair => pair.First, pair => Number(pair.Second));
        Dictionary<string, int> rights = Tree.Read("build/abi.lock").Split('\n').Where(line => line.StartsWith("CapRights.", StringComparison.Ordinal))
            .Select(line => line["CapRights.".Length..].Split(" = ")).ToDictionary(parts => parts[0], parts => Number(parts[1]));
        rights.Remove("None");
        rights.Remove("All");
        Assert.Equal(rights, listed);
    }

    [Fact]
    public void A_field_that_lies_elsewhere_or_is_missing_is_noticed()
    {
        const string Page = "## Page\n\n| offset | field |\n|---|---|\n| 0, 8 | First, Second |\n\n## Next\n\n| 16 | Third |\n";
        Assert.Equal(new SortedDictionary<string, int> { ["First"] = 0, ["Second"] = 8 }, Places(Page, "## Page"));
        Assert.NotEqual(Fields("Page.First at 0, 8 bytes\nPage.Second at 16, 8 bytes\n", "Page"), Places(Page, "## Page"));
        Assert.NotEqual(Fields("Page.First at 0, 8 bytes\n", "Page"), Places(Page, "## Page"));
    }

    private static SortedDictionary<string, int> Fields(string text, string type)
    {
        SortedDictionary<string, int> fields = new(StringComparer.Ordinal);
        foreach (string line in text.Split('\n').Where(line => line.StartsWith(type + ".", StringComparison.Ordinal) && line.Contains(" at ", StringComparison.Ordinal)))
        {
            string[] parts = line[(type.Length + 1)..].Split(" at ");
            fields.Add(parts[0], Number(parts[1].Split(',')[0]));
        }

        return fields;
    }

    private static SortedDictionary<string, int> Places(string page, string chapter)
    {
        SortedDictionary<string, int> places = new(StringComparer.Ordinal);
        foreach (string[] row in Rows(page, chapter))
        {
            string[] offsets = row[0].Split(", ");
            string[] names = row[1].Split(", ");
            Assert.Equal(names.Length, offsets.Length);
            for (int i = 0; i < names.Length; i++)
            {
                places.Add(names[i], Number(offsets[i]));
            }
        }

        return places;
    }

    /// <summary>Cells of the chapter's first table, without its head.</summary>
    private static List<string[]> Rows(string page, string chapter)
    {
        int start = page.IndexOf(chapter + "\n", StringComparison.Ordinal);
        Assert.True(start >= 0, chapter);
        List<string[]> rows = [.. page[start..].Split('\n').SkipWhile(line => !line.StartsWith('|')).TakeWhile(line => line.StartsWith('|')).Skip(2)
            .Select(line => line.Trim('|').Split('|', StringSplitOptions.TrimEntries))];
        Assert.NotEmpty(rows);
        return rows;
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}

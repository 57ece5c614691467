using System.Globalization;

namespace Tierce.Docs.Tests;

/// <summary>The pages' tables of fields, rights, arguments and results are what the ABI has: build/abi.lock, which the build compares with the sources.</summary>
public sealed class AbiTablesTests
{
    private const string RomInterface = "docs/reference/rom-interface.md";
    private const string KernelCalls = "docs/reference/kernel-calls.md";

    [Theory]
    [InlineData(RomInterface, "## vCPU page", "VCpuPage")]
    [InlineData("docs/reference/native-abi.md", "## The shared page", "NativePage")]
    [InlineData(KernelCalls, "## State of a virtual CPU", "VCpuState")]
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

    [Theory]
    [InlineData("## Calls of a domain", "")]
    [InlineData("## Calls of a virtual CPU", "Vm")]
    public void Every_argument_and_result_is_listed_with_its_register(string chapter, string prefix)
    {
        string abi = Tree.Read("build/abi.lock");
        Dictionary<string, string> sections = Sections(Tree.Read(KernelCalls), chapter);
        Assert.All(sections, section =>
        {
            Assert.Equal(Words(abi, $"{prefix}{section.Key}Arguments"), Listed(section.Value, "argument"));
            Assert.Equal(Words(abi, $"{prefix}{section.Key}Results"), Listed(section.Value, "result"));
        });
        string[] types = [.. abi.Split('\n').Where(line => line.EndsWith("Arguments: 80 bytes", StringComparison.Ordinal) || line.EndsWith("Results: 80 bytes", StringComparison.Ordinal))
            .Select(line => line.Split(':')[0]).Where(type => type.StartsWith("Vm", StringComparison.Ordinal) == (prefix.Length > 0))];
        Assert.NotEmpty(types);
        Assert.Empty(types.Except(sections.Keys.SelectMany(call => new[] { $"{prefix}{call}Arguments", $"{prefix}{call}Results" })));
    }

    [Theory]
    [InlineData("| RSI | Bits | bits |")]
    [InlineData("| RDI | Bit | bits |")]
    [InlineData("| RDI | Bits | bits |\n| RSI | More | nothing |")]
    public void An_argument_in_another_register_or_of_another_name_is_noticed(string rows)
    {
        const string Abi = "CallFrame.Argument0 = 40\nCallFrame.Argument1 = 32\nRegisterFrame.Rdi at 40, 8 bytes\nRegisterFrame.Rsi at 32, 8 bytes\nSignalArguments.Bits at 40, 8 bytes\n";
        const string Head = "| argument | name | |\n|---|---|---|\n";
        Assert.Equal(["RDI Bits"], Words(Abi, "SignalArguments"));
        Assert.Equal(Words(Abi, "SignalArguments"), Listed(Head + "| RDI | Bits | bits |\n", "argument"));
        Assert.NotEqual(Words(Abi, "SignalArguments"), Listed(Head + rows + "\n", "argument"));
    }

    /// <summary>A word that has a name as a whole, besides those of its halves, is for the kernel: the page has the halves.</summary>
    [Fact]
    public void A_word_of_two_halves_is_listed_by_them()
    {
        const string Abi = "CallFrame.Argument0 = 40\nRegisterFrame.Rdi at 40, 8 bytes\nCallArguments.Whole at 40, 8 bytes\nCallArguments.Low at 40, 4 bytes\nCallArguments.High at 44, 4 bytes\n";
        Assert.Equal(["RDI High", "RDI Low"], Words(Abi, "CallArguments"));
    }

    [Fact]
    public void A_field_that_lies_elsewhere_or_is_missing_is_noticed()
    {
        const string Page = "## Page\n\n| offset | field |\n|---|---|\n| 0, 8 | First, Second |\n\n## Next\n\n| 16 | Third |\n";
        Assert.Equal(new SortedDictionary<string, int> { ["First"] = 0, ["Second"] = 8 }, Places(Page, "## Page"));
        Assert.NotEqual(Fields("Page.First at 0, 8 bytes\nPage.Second at 16, 8 bytes\n", "Page"), Places(Page, "## Page"));
        Assert.NotEqual(Fields("Page.First at 0, 8 bytes\n", "Page"), Places(Page, "## Page"));
    }

    /// <summary>"REGISTER Name" of every word of a call's arguments or results; none if the ABI has no such type.</summary>
    private static IEnumerable<string> Words(string abi, string type)
    {
        SortedDictionary<string, int> registers = Fields(abi, "RegisterFrame");
        int[] places = [.. abi.Split('\n').Where(line => line.StartsWith("CallFrame.Argument", StringComparison.Ordinal)).Select(line => Number(line.Split(" = ")[1]))];
        SortedDictionary<string, int> fields = Fields(abi, type);
        return fields.Where(field => !IsWhole(abi, type, field))
            .Select(field => $"{registers.Single(register => register.Value == places.Single(place => field.Value >= place && field.Value < place + 8)).Key.ToUpperInvariant()} {field.Key}")
            .Order(StringComparer.Ordinal);
    }

    private static bool IsWhole(string abi, string type, KeyValuePair<string, int> field) =>
        abi.Contains($"{type}.{field.Key} at {field.Value}, 8 bytes", StringComparison.Ordinal)
            && abi.Split('\n').Any(line => line.StartsWith(type + ".", StringComparison.Ordinal) && line.EndsWith($" at {field.Value}, 4 bytes", StringComparison.Ordinal));

    /// <summary>The same of a section's table with this head; none if it has no such table.</summary>
    private static IEnumerable<string> Listed(string section, string kind)
    {
        string head = $"| {kind} | name | |\n";
        return section.Contains(head, StringComparison.Ordinal)
            ? Rows(section, head.TrimEnd('\n')).SelectMany(row => Pairs(row[0].Split(", "), row[1].Split(", "))).Order(StringComparer.Ordinal)
            : [];
    }

    /// <summary>One register may hold several names; several registers hold one each.</summary>
    private static IEnumerable<string> Pairs(string[] registers, string[] names)
    {
        Assert.True(registers.Length == 1 || registers.Length == names.Length, string.Join(", ", names));
        return names.Select((name, i) => $"{registers[registers.Length == 1 ? 0 : i]} {name}");
    }

    private static Dictionary<string, string> Sections(string page, string chapter)
    {
        int start = page.IndexOf(chapter + "\n", StringComparison.Ordinal);
        int end = page.IndexOf("\n## ", start, StringComparison.Ordinal);
        Dictionary<string, string> sections = page[start..(end < 0 ? page.Length : end)].Split("\n### ").Skip(1).ToDictionary(text => text.Split('\n')[0]);
        Assert.NotEmpty(sections);
        return sections;
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

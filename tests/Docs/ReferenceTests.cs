using System.Globalization;
using System.Text.RegularExpressions;

namespace Tierce.Docs.Tests;

/// <summary>The reference pages list what the sources have, no more and no less.</summary>
public sealed partial class ReferenceTests
{
    [Theory]
    [InlineData("KernelCall", "Calls of a domain")]
    [InlineData("VmCall", "Calls of a virtual CPU")]
    public void Every_call_has_its_section(string enumeration, string chapter) =>
        Assert.Equal(Tree.Members(Tree.Read($"src/Abi/{enumeration}.cs"), enumeration), Sections(Tree.Read("docs/reference/kernel-calls.md"), chapter));

    [Fact]
    public void Every_call_of_a_native_guest_has_its_row() =>
        Assert.Equal(Tree.Members(Tree.Read("src/Abi/NativeCall.cs"), "NativeCall"), Rows(Tree.Read("docs/reference/native-abi.md"), "## Calls"));

    [Fact]
    public void A_wrong_section_is_noticed()
    {
        Dictionary<string, long> sections = Sections("## Calls\n### One\n\nNumber 1. Text.\n### Two\n\nNumber 3.\n## More\n### Three\n\nNumber 9.\n", "Calls");
        Assert.Equal(new Dictionary<string, long> { ["One"] = 1, ["Two"] = 3 }, sections);
        Assert.NotEqual(Tree.Members("enum Calls\n{\n    One = 1,\n    Two = 2,\n}\n", "Calls"), sections);
    }

    [Fact]
    public void Every_folder_of_the_kernel_is_on_its_map()
    {
        string map = Tree.Read("docs/guide/code-map.md");
        IEnumerable<string> folders = Directory.EnumerateFiles(Path.Combine(Tree.Root, "src/Kernel"), "*.cs", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Tree.Root, Path.GetDirectoryName(file)!)).Where(folder => folder != "src/Kernel").Distinct();
        Assert.All(folders, folder => Assert.Contains($"| `{folder}` |", map, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_status_and_crash_reason_is_listed()
    {
        string page = Tree.Read("docs/reference/kernel-calls.md");
        Assert.Equal(Tree.Members(Tree.Read("src/Abi/Status.cs"), "Status"), Rows(page, "### Status"));
        Dictionary<string, long> reasons = Tree.Members(Tree.Read("src/Abi/VmCall.cs"), "CrashReason");
        reasons.Remove("None");
        Assert.Equal(reasons, Rows(page, "## Crash reasons"));
    }

    [Fact]
    public void Every_hypercall_has_its_row()
    {
        string page = Tree.Read("docs/reference/rom-interface.md");
        string dispatch = Tree.Read("src/Rom/Xen/Hypercalls.cs");
        HashSet<long> numbers = [.. Tree.Members(dispatch, "HypercallNumber").Values, Iret];
        HashSet<long> listed = [];
        HashSet<string> files = [];
        foreach (Match row in HypercallRow().Matches(page))
        {
            listed.UnionWith(row.Groups[1].Value.Split(", ").Select(number => long.Parse(number, CultureInfo.InvariantCulture)));
            files.Add(row.Groups[2].Value);
        }

        Assert.Equal(numbers.Order(), listed.Order());
        IEnumerable<string> sources = Handler().Matches(dispatch).Select(match => $"{match.Groups[1].Value}.cs").Distinct();
        Assert.NotEmpty(sources);
        Assert.All(sources, source => Assert.True(Tree.Has($"src/Rom/Xen/{source}"), source));
        Assert.Empty(sources.Except(files));
    }

    [Fact]
    public void Every_option_and_command_is_listed()
    {
        string page = Tree.Read("docs/reference/command-line.md");
        string sources = Tree.ReadSources("src/Tool");
        HashSet<string> defined = [.. DefinedOption().Matches(sources).SelectMany(match => match.Value.Split('"')).Where(part => part.StartsWith('-'))];
        HashSet<string> listed = [.. ListedOption().Matches(page).SelectMany(row => OptionName().Matches(row.Value)).Select(match => match.Value)];
        Assert.True(defined.Count > 10, "the sources define options in another way than this test knows");
        Assert.Equal(defined.Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
        Assert.All(DefinedCommand().Matches(sources), command => Assert.Matches($"`[^`\n]*\\b{command.Groups[1].Value}\\b", page));
    }

    [Fact]
    public void Every_variable_of_the_environment_is_listed()
    {
        string page = Tree.Read("docs/reference/command-line.md");
        string sources = Tree.ReadSources("src/Tool") + Tree.ReadSources("tests");
        Assert.All(Variable().Matches(sources).Select(match => match.Groups[1].Value).Distinct(), name => Assert.Contains($"`{name}`", page, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_key_of_the_manifest_is_listed()
    {
        string page = Tree.Read("docs/reference/boot-manifest.md");
        MatchCollection keys = ManifestKey().Matches(Tree.Read("src/Root/ManifestParser.Keys.cs"));
        Assert.True(keys.Count > 8, "the parser compares keys in another way than this test knows");
        Assert.All(keys, key => Assert.Contains($"`{key.Groups[1].Value}`", page, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_test_that_the_threat_model_names_is_there()
    {
        MatchCollection names = TestName().Matches(Tree.Read("docs/threat-model.md"));
        Assert.True(names.Count > 10);
        Assert.All(names, name =>
        {
            string file = $"tests/{name.Groups[1].Value}/{name.Groups[2].Value}.cs";
            Assert.True(Tree.Has(file), file);
            Assert.Contains(name.Groups[3].Value, Tree.Read(file), StringComparison.Ordinal);
        });
    }

    /// <summary>Handled in assembly, so it has no member.</summary>
    private const long Iret = 23;

    private static string Chapter(string page, string heading)
    {
        int start = page.IndexOf($"{heading}\n", StringComparison.Ordinal);
        Assert.True(start >= 0, heading);
        string level = heading[..(heading.IndexOf(' ', StringComparison.Ordinal) + 1)];
        int end = page.IndexOf($"\n{level}", start + heading.Length, StringComparison.Ordinal);
        return end < 0 ? page[start..] : page[start..end];
    }

    /// <summary>Sections of a chapter, with the number in their first sentence.</summary>
    private static Dictionary<string, long> Sections(string page, string chapter) =>
        Section().Matches(Chapter(page, $"## {chapter}"))
            .ToDictionary(match => match.Groups[1].Value, match => long.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture));

    /// <summary>Rows of the first kind "| number | name |" below a heading.</summary>
    private static Dictionary<string, long> Rows(string page, string heading) =>
        NumberedRow().Matches(Chapter(page, heading))
            .ToDictionary(match => match.Groups[2].Value, match => long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture));

    [Fact]
    public void Functions_to_break_at_exist()
    {
        string text = Tree.Read("docs/guide/debug.md") + Tree.Read("docs/examples/page-table-entry.gdb");
        MatchCollection names = BreakpointName().Matches(text);
        Assert.NotEmpty(names);
        Assert.All(names.Select(name => name.Value), name => Assert.True(IsFunction(name), name));
    }

    [Fact]
    public void A_function_that_is_gone_is_noticed() =>
        Assert.False(IsFunction("Tierce_Kernel_Tierce_Kernel_Boot_KernelMain__Nothing"));

    /// <summary>Whether a symbol of ilc's form (Assembly_Namespace_Type__Method, with a number for an overload) is a method in the source.</summary>
    private static bool IsFunction(string symbol)
    {
        Match name = BreakpointName().Match(symbol);
        string method = Regex.Escape(name.Groups[3].Value);
        string type = Regex.Escape(name.Groups[2].Value);
        return Directory.GetFiles(Path.Combine(Tree.Root, "src", name.Groups[1].Value), "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText)
            .Any(source => Regex.IsMatch(source, $@"\b(struct|class) {type}\b") && Regex.IsMatch(source, $@"\s{method}\("));
    }

    [GeneratedRegex(@"\bTierce_([A-Z][A-Za-z]+)_Tierce_\w+?_([A-Za-z]+)__([A-Za-z]+)(?:_\d+)?\b")]
    private static partial Regex BreakpointName();

    [GeneratedRegex(@"^### (\w+)\n(?:\nNumber (\d+)\b)?", RegexOptions.Multiline)]
    private static partial Regex Section();

    [GeneratedRegex(@"^\| (-?\d+) \| (\w+) \|", RegexOptions.Multiline)]
    private static partial Regex NumberedRow();

    [GeneratedRegex(@"^\| (\d+(?:, \d+)*) \| [^|]+ \| `([\w./]+)` \|", RegexOptions.Multiline)]
    private static partial Regex HypercallRow();

    [GeneratedRegex(@"case HypercallNumber\.\w+: return (\w+)\.")]
    private static partial Regex Handler();

    [GeneratedRegex(@"new\(""--[a-z-]+""(?:, ""-[a-z]"")*")]
    private static partial Regex DefinedOption();

    [GeneratedRegex(@"^\| `-[^\n]*?` \|", RegexOptions.Multiline)]
    private static partial Regex ListedOption();

    [GeneratedRegex(@"(?<=`)--?[a-z-]+")]
    private static partial Regex OptionName();

    [GeneratedRegex(@"Command(?: \w+ = new)?\(""(\w+)""")]
    private static partial Regex DefinedCommand();

    [GeneratedRegex(@"""(TIERCE_(?!ROOT)[A-Z_]+)""")]
    private static partial Regex Variable();

    [GeneratedRegex(@"SequenceEqual\(""([a-z-]+)""u8\)")]
    private static partial Regex ManifestKey();

    [GeneratedRegex(@"`(Unit|Simulation|PageTables|RomUnit|User|HostTool|Build|Boot|Docs)/((?:\w+/)?\w+)(?:\.(\w+))?`")]
    private static partial Regex TestName();
}

using System.Text.RegularExpressions;

namespace Tierce.Docs.Tests;

/// <summary>Pages and comments keep off the turns that docs/style.md lists under "Words".</summary>
public sealed partial class StyleTests
{
    private static readonly string[] s_folders = ["src", "apps", "tests", "build"];

    /// <summary>The listed turns as one expression.</summary>
    private static readonly Regex s_turns = new(
        $@"\b(?:{string.Join('|', Listed(Tree.Read("docs/style.md")).Select(Expression))})\b", RegexOptions.IgnoreCase);

    public static TheoryData<string> Pages() => new([.. Tree.Pages, "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"]);

    [Theory]
    [MemberData(nameof(Pages))]
    public void Pages_read_well(string page) => Assert.Empty(Found(Paragraphs(Tree.Read(page))));

    [Fact]
    public void Comments_read_well() =>
        Assert.Empty(Sources().SelectMany(path => Found(Comments(File.ReadAllLines(path))).Select(turn => $"{Path.GetRelativePath(Tree.Root, path)}: {turn}")));

    [Fact]
    public void A_listed_turn_is_noticed()
    {
        Assert.Equal(["so many"], Found(Paragraphs("# Top\n\nA list of so\nmany notes; `so many` is code.\n\n```\nso many\n```\n")));
        Assert.Equal(["for who"], Found(Comments(["    // Kept for", "    // who asks.", "    string text = \"so many\";"])));
        Assert.Equal(["Behind"], Found(Comments(["    /// <summary>Behind the last one.</summary>"])));
        Assert.Equal(["what the page means else"], Found(Comments(["    movq %rax, %rcx  # what the page means else"])));
        Assert.Empty(Found(Comments(["int x = 1; // what the others of the list and of the page mean, or else"])));
    }

    private static List<string> Found(IEnumerable<string> texts) =>
        [.. texts.SelectMany(text => s_turns.Matches(text)).Select(match => Blanks().Replace(match.Value, " "))];

    private static IEnumerable<string> Sources() =>
        s_folders.SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Tree.Root, folder), "*", SearchOption.AllDirectories))
            .Where(path => Path.GetExtension(path) is ".cs" or ".S" or ".inc" && !path.Contains("/obj/", StringComparison.Ordinal));

    /// <summary>The first column of the table of words.</summary>
    private static IEnumerable<string> Listed(string page) =>
        Row().Matches(page[page.IndexOf("\n## Words", StringComparison.Ordinal)..]).SelectMany(row => row.Groups[1].Value.Split(", ")).Select(turn => turn.Trim('`'));

    private static string Expression(string turn) => string.Join(@"\W+(?:\w+\s+){0,4}?", turn.Split(" … ").Select(part => part.Replace(" ", @"\s+", StringComparison.Ordinal)));

    /// <summary>A page's text without what is code.</summary>
    private static string[] Paragraphs(string page) => Code().Replace(page, "`").Split("\n\n");

    /// <summary>Comments in C# or, with a number sign, in assembly; those on consecutive lines as one text.</summary>
    private static IEnumerable<string> Comments(string[] lines)
    {
        string text = string.Empty;
        foreach (string line in lines)
        {
            Match comment = Comment().Match(line);
            if (!comment.Success || comment.Groups[1].Length != 0)
            {
                yield return text;
                text = string.Empty;
            }

            text += comment.Success ? " " + comment.Groups[2].Value : string.Empty;
        }

        yield return text;
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();

    [GeneratedRegex(@"^\| (`[^|]+`) \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"^```.*?^```|`[^`\n]*`", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Code();

    // What stands before the comment, and its text. A preprocessor line has no blank after its number sign; a format string has a quote before it.
    [GeneratedRegex("""^\s*([^"\s](?:[^"]|"[^"]*")*?\s)??(?:///?|\#)\s(.+)$""")]
    private static partial Regex Comment();
}

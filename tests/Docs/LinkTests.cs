using System.Text;
using System.Text.RegularExpressions;

namespace Tierce.Docs.Tests;

/// <summary>What a page points to is there.</summary>
public sealed partial class LinkTests
{
    public static TheoryData<string> Pages() => new(Tree.Pages);

    [Theory]
    [MemberData(nameof(Pages))]
    public void Links_lead_somewhere(string page) => Assert.Empty(BrokenLinks(page, Tree.Read(page)));

    [Theory]
    [MemberData(nameof(Pages))]
    public void Source_paths_exist(string page) => Assert.Empty(BrokenPaths(Tree.Read(page)));

    [Fact]
    public void Every_page_is_reachable_from_the_readme()
    {
        HashSet<string> seen = ["README.md"];
        Queue<string> open = new(seen);
        while (open.TryDequeue(out string? page))
        {
            foreach (string target in Links(Tree.Read(page)).Select(link => Resolve(page, link)).Where(path => path.EndsWith(".md", StringComparison.Ordinal)))
            {
                if (seen.Add(target))
                {
                    open.Enqueue(target);
                }
            }
        }

        Assert.Empty(Tree.Pages.Except(seen));
    }

    [Fact]
    public void Broken_links_are_noticed()
    {
        const string Text = "# Top\n[a](glossary.md) [b](nothing.md) [c](glossary.md#nothing) [d](#top) [e](#bottom) `src/Nothing` `src/Kernel`";
        Assert.Equal(["nothing.md", "glossary.md#nothing", "#bottom"], BrokenLinks("docs/page.md", Text));
        Assert.Equal(["src/Nothing"], BrokenPaths(Text));
    }

    private static List<string> BrokenLinks(string page, string text) => [.. Links(text).Where(link => !IsWhole(page, text, link))];

    private static List<string> BrokenPaths(string text) =>
        [.. SourcePath().Matches(text).Select(match => match.Groups[1].Value.TrimEnd('/')).Where(path => !Tree.Has(path))];

    private static IEnumerable<string> Links(string text) =>
        Link().Matches(text).Select(match => match.Groups[1].Value).Where(link => !link.StartsWith("https://", StringComparison.Ordinal));

    private static string Resolve(string page, string link)
    {
        string target = link.Split('#')[0];
        return target.Length == 0
            ? page
            : Path.GetRelativePath(Tree.Root, Path.GetFullPath(Path.Combine(Tree.Root, Path.GetDirectoryName(page)!, target)));
    }

    private static bool IsWhole(string page, string text, string link)
    {
        string path = Resolve(page, link);
        string[] parts = link.Split('#');
        if (parts[0].Length != 0 && !Tree.Has(path))
        {
            return false;
        }

        return parts.Length == 1 || Anchors(parts[0].Length == 0 ? text : Tree.Read(path)).Contains(parts[1]);
    }

    /// <summary>Headings as their anchors are formed: lower case, letters, digits and hyphens, blanks become hyphens.</summary>
    private static HashSet<string> Anchors(string text)
    {
        HashSet<string> anchors = [];
        foreach (Match heading in Heading().Matches(text))
        {
            StringBuilder anchor = new();
            foreach (char c in heading.Groups[1].Value.ToLowerInvariant())
            {
                anchor.Append(c == ' ' ? "-" : char.IsAsciiLetterOrDigit(c) || c == '-' ? c.ToString() : string.Empty);
            }

            anchors.Add(anchor.ToString());
        }

        return anchors;
    }

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^#+ (.+?)\s*$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    // A path as it stands in the tree; "tests/PROJECT" is a place for a name.
    [GeneratedRegex(@"`((?:src|build|tests|docs)/(?!PROJECT)[\w./-]+)`")]
    private static partial Regex SourcePath();
}

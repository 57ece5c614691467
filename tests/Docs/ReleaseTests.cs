using System.Text.RegularExpressions;

namespace Tierce.Docs.Tests;

/// <summary>The images, the tool and the list of changes name the same release.</summary>
public sealed partial class ReleaseTests
{
    [Fact]
    public void Images_tool_and_changes_agree()
    {
        string release = InImages().Match(Tree.Read("src/Abi/Release.cs")).Groups[1].Value;
        Assert.Matches(@"^\d+\.\d+\.\d+$", release);
        Assert.Equal(release, InTool().Match(Tree.Read("Directory.Build.props")).Groups[1].Value);
        Assert.Equal(release, NewestSection().Match(Tree.Read("CHANGELOG.md")).Groups[1].Value);
    }

    [Fact]
    public void Each_release_has_a_grade()
    {
        MatchCollection sections = Section().Matches(Tree.Read("CHANGELOG.md"));
        Assert.NotEmpty(sections);
        Assert.All(sections, section => Assert.Contains(section.Groups[1].Value, new[] { "PATCH", "SOURCE", "BREAKING" }));
    }

    [GeneratedRegex("Version => \"(.*)\"u8")]
    private static partial Regex InImages();

    [GeneratedRegex("<Version>(.*)</Version>")]
    private static partial Regex InTool();

    [GeneratedRegex(@"^## (\S+)", RegexOptions.Multiline)]
    private static partial Regex NewestSection();

    [GeneratedRegex(@"^## \S+ — grade (\w+)$", RegexOptions.Multiline)]
    private static partial Regex Section();
}

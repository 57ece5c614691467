using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Tierce.Docs.Tests;

/// <summary>Pictures can be drawn.</summary>
public sealed partial class PictureTests
{
    // A semicolon ends a statement in Mermaid, and a number sign begins a character's code: in a text both cut the picture short.
    [Fact]
    public void Mermaid_blocks_hold_nothing_that_ends_a_statement()
    {
        int blocks = 0;
        foreach (string page in Tree.Pages)
        {
            foreach (Match block in MermaidBlock().Matches(Tree.Read(page)))
            {
                blocks++;
                Assert.False(block.Groups[1].Value.AsSpan().ContainsAny(";#"), $"{page}: {block.Groups[1].Value}");
            }
        }

        Assert.NotEqual(0, blocks);
    }

    [Fact]
    public void Drawings_are_well_formed()
    {
        string[] drawings = Directory.GetFiles(Path.Combine(Tree.Root, "docs"), "*.svg", SearchOption.AllDirectories);
        Assert.NotEmpty(drawings);
        Assert.All(drawings, drawing => Assert.Equal("svg", XDocument.Load(drawing).Root!.Name.LocalName));
    }

    [GeneratedRegex(@"^```mermaid\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex MermaidBlock();
}

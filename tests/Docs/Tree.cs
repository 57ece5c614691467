using System.Text.RegularExpressions;

namespace Tierce.Docs.Tests;

/// <summary>The repository's files, by path from its top.</summary>
internal static class Tree
{
    /// <summary>Top folder.</summary>
    public static string Root { get; } = Find();

    /// <summary>The pages: README.md and all below docs.</summary>
    public static IEnumerable<string> Pages =>
        [.. Directory.GetFiles(Path.Combine(Root, "docs"), "*.md", SearchOption.AllDirectories)
            .Append(Path.Combine(Root, "README.md")).Select(path => Path.GetRelativePath(Root, path)).Order(StringComparer.Ordinal)];

    /// <summary>A file's text.</summary>
    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    /// <summary>All C# sources of a folder as one text.</summary>
    public static string ReadSources(string folder) =>
        string.Join('\n', Directory.GetFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText));

    /// <summary>Whether there is such a file or folder.</summary>
    public static bool Has(string path) => File.Exists(Path.Combine(Root, path)) || Directory.Exists(Path.Combine(Root, path));

    /// <summary>Members of an enumeration in a source text, with their numbers.</summary>
    public static Dictionary<string, long> Members(string source, string enumeration)
    {
        Match body = Regex.Match(source, $@"enum {enumeration}\b[^{{]*\{{(.*?)\n\}}", RegexOptions.Singleline);
        Assert.True(body.Success, $"no enum {enumeration}");
        return Regex.Matches(body.Groups[1].Value, @"^\s+(\w+) = (-?\d+),", RegexOptions.Multiline)
            .ToDictionary(match => match.Groups[1].Value, match => long.Parse(match.Groups[2].Value, System.Globalization.CultureInfo.InvariantCulture));
    }

    private static string Find()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Tierce.slnx")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new InvalidOperationException("not inside the source tree");
    }
}

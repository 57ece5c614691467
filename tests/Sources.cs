using System;
using System.IO;

namespace Tierce.Testing;

/// <summary>The source tree that the tests belong to, and how a sabotaged twin is made of its texts. Part of every test project.</summary>
internal static class Sources
{
    /// <summary>Top folder of the tree.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>
    /// Replaces a text that its file holds exactly once. The test fails if it does not: the sources have changed, and the twin would no longer
    /// take out what its test is about.
    /// </summary>
    /// <param name="file">Names the file in the message.</param>
    /// <param name="text">What the file holds.</param>
    /// <param name="old">The text to replace.</param>
    /// <param name="new">What replaces it.</param>
    public static string ReplaceOnce(string file, string text, string old, string @new)
    {
        Assert.True(text.Split(old).Length == 2, $"{file} does not hold exactly once: {old}");
        return text.Replace(old, @new, StringComparison.Ordinal);
    }

    private static string FindRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Tierce.slnx")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new InvalidOperationException("not inside the source tree");
    }
}

namespace Tierce.ImageTool;

/// <summary>Counts lines of source that are neither empty nor comment.</summary>
internal static class LineCount
{
    /// <summary>Lines in all files below a folder whose names end so.</summary>
    public static int Of(string folder, string extension, string comment) =>
        Directory.EnumerateFiles(folder, "*" + extension, SearchOption.AllDirectories)
            .SelectMany(File.ReadLines)
            .Select(line => line.Trim())
            .Count(line => line.Length > 0 && !line.StartsWith(comment, StringComparison.Ordinal));
}

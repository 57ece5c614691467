namespace Tierce.ImageTool;

/// <summary>Counts lines of source that are neither empty nor comment.</summary>
internal static class LineCount
{
    /// <summary>Lines of C# in all files below a folder.</summary>
    public static int OfCSharp(string folder) =>
        Lines(folder, "*.cs").Count(line => !line.StartsWith("//", StringComparison.Ordinal));

    /// <summary>
    /// Lines of assembly in all files below a folder: of sources and of the files that they include. Instructions, directives, labels,
    /// macros and lines for the preprocessor count. A comment is a line that begins with # and a space, or holds # alone.
    /// </summary>
    public static int OfAssembly(string folder) => OfAssembly(folder, "*.S") + OfAssembly(folder, "*.inc");

    /// <summary>
    /// Lines of assembly of the kernel and of the ROM for Xen's interface, with the macros that the two share. The functions of the core
    /// library do not count: they are every program's.
    /// </summary>
    /// <param name="repository">The repository's folder.</param>
    public static int OfKernelAndRom(string repository) =>
        OfAssembly(Path.Combine(repository, "src", "Kernel")) + OfAssembly(Path.Combine(repository, "src", "Rom"))
        + OfAssembly(Path.Combine(repository, "src", "CoreLib"), "*.inc");

    private static int OfAssembly(string folder, string names) =>
        Lines(folder, names).Count(line => line != "#" && !line.StartsWith("# ", StringComparison.Ordinal));

    private static IEnumerable<string> Lines(string folder, string names) =>
        Directory.EnumerateFiles(folder, names, SearchOption.AllDirectories).SelectMany(File.ReadLines).Select(line => line.Trim()).Where(line => line.Length > 0);
}

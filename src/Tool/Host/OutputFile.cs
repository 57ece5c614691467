namespace Tierce.Tool.Host;

/// <summary>Checks files that the user wants written, before the work whose result they are to take.</summary>
internal static class OutputFile
{
    /// <summary>The full path of a file that can be written, as far as can be told without writing it; null if none is wanted.</summary>
    /// <exception cref="ToolException">It cannot.</exception>
    public static string? Check(string option, string? path)
    {
        if (path is null)
        {
            return null;
        }

        if (path.Length == 0)
        {
            throw new ToolException($"{option}: say a file");
        }

        string full = Path.GetFullPath(path);
        return Directory.Exists(full) ? throw new ToolException($"{option} {path}: is a folder, not a file")
            : !Directory.Exists(Path.GetDirectoryName(full)) ? throw new ToolException($"{option} {path}: there is no folder {Path.GetDirectoryName(full)}")
            : full;
    }

    /// <summary>The same for a folder, which is made if it lacks.</summary>
    /// <exception cref="ToolException">It cannot be.</exception>
    public static string? CheckFolder(string option, string? path)
    {
        if (path is null)
        {
            return null;
        }

        if (path.Length == 0)
        {
            throw new ToolException($"{option}: say a folder");
        }

        try
        {
            return Directory.CreateDirectory(path).FullName;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ToolException($"{option} {path}: no such folder can be made: {e.Message}");
        }
    }
}

namespace Tierce.Tool.Host;

/// <summary>Reads files that the user names. Each way in which one can be unusable has its message, which names the option.</summary>
internal static class InputFile
{
    /// <summary>Most bytes of a file: what fits into one array.</summary>
    private const long Most = 0x7fff_ffc7;

    /// <summary>Reads a whole file.</summary>
    /// <param name="what">The option and the path, or the place that names it.</param>
    /// <param name="path">The path.</param>
    /// <exception cref="ToolException">It cannot be read.</exception>
    public static byte[] Read(string what, string path)
    {
        Check(what, path);
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ToolException($"{what}: cannot be read: {e.Message}");
        }
    }

    /// <summary>Checks that a path leads to a regular file that can be read.</summary>
    /// <exception cref="ToolException">It does not.</exception>
    public static void Check(string what, string path)
    {
        CheckThere(what, path, "file");
        if (!IsRegular(path))
        {
            throw new ToolException($"{what}: is a pipe or a device, not a file");
        }

        try
        {
            using FileStream file = File.OpenRead(path);
            if (file.Length > Most)
            {
                throw new ToolException($"{what}: has {file.Length >> 20} MiB; at most {Most >> 20} can be used");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ToolException($"{what}: cannot be read: {e.Message}");
        }
    }

    /// <summary>Checks that there is something, and no folder, at a path.</summary>
    /// <param name="what">The option and the path.</param>
    /// <param name="path">The path.</param>
    /// <param name="kind">What it should be, in a word.</param>
    /// <exception cref="ToolException">There is not.</exception>
    public static void CheckThere(string what, string path, string kind)
    {
        if (Directory.Exists(path))
        {
            throw new ToolException($"{what}: is a folder, not a {kind}");
        }

        if (path.Length == 0 || !Requirements.IsThere(path))
        {
            throw new ToolException($"{what}: no such file");
        }
    }

    /// <summary>
    /// Whether a path leads to a file that has an end. To open a pipe may wait for ever, and .NET does not tell the kinds apart: test(1) does.
    /// It need not be asked where there is a length, which pipes and devices have none of.
    /// </summary>
    private static bool IsRegular(string path) =>
        (File.ResolveLinkTarget(path, returnFinalTarget: true) ?? new FileInfo(path)) is FileInfo { Length: > 0 } || Programs.Run("test", ["-f", path]).Status == 0;
}

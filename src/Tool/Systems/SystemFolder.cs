using Tierce.Tool.Host;

namespace Tierce.Tool.Systems;

/// <summary>The folder of installed systems. Unlike the cache it holds what a user has done in them, and nothing removes it.</summary>
internal static class SystemFolder
{
    /// <summary>TIERCE_SYSTEMS, else XDG_DATA_HOME/tierce, else ~/.local/share/tierce; then the system's name.</summary>
    /// <exception cref="ToolException">It cannot be made.</exception>
    public static string Make(string name)
    {
        string path = Path.Combine(Find(), name);
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ToolException($"no folder {path} can be made for the system ({e.Message.TrimEnd('.')}): set TIERCE_SYSTEMS to one that can be written");
        }

        return path;
    }

    private static string Find()
    {
        if (Environment.GetEnvironmentVariable("TIERCE_SYSTEMS") is { Length: > 0 } folder)
        {
            return Path.GetFullPath(folder);
        }

        if (Environment.GetEnvironmentVariable("XDG_DATA_HOME") is { Length: > 0 } data && Path.IsPathRooted(data))
        {
            return Path.Combine(data, "tierce");
        }

        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify);
        return Path.IsPathRooted(home) && Directory.Exists(home)
            ? Path.Combine(home, ".local", "share", "tierce")
            : throw new ToolException($"HOME is '{home}', which is no folder: set HOME, or TIERCE_SYSTEMS to a folder for installed systems");
    }
}

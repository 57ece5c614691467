namespace Tierce.Tool.Host;

/// <summary>The tool's folders of a user: where they are by the environment and the XDG base directory specification.</summary>
/// <param name="Variable">Variable of the tool's that names the folder itself.</param>
/// <param name="Shared">Variable of the specification that names the folder above it.</param>
/// <param name="BelowHome">That folder without the variable, below the user's home.</param>
/// <param name="Purpose">What it is for, in words.</param>
internal sealed record UserFolder(string Variable, string Shared, string BelowHome, string Purpose)
{
    /// <summary>Path of the folder.</summary>
    /// <exception cref="ToolException">Nothing names one.</exception>
    public string Find()
    {
        string? folder = Environment.GetEnvironmentVariable(Variable);
        if (!string.IsNullOrEmpty(folder))
        {
            return Path.GetFullPath(folder);
        }

        // A relative path is none by the specification of these variables.
        string? shared = Environment.GetEnvironmentVariable(Shared);
        if (!string.IsNullOrEmpty(shared) && Path.IsPathRooted(shared))
        {
            return Path.Combine(shared, "tierce");
        }

        // Without verifying: .NET answers an empty path for a home that is not there.
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify);
        return Path.IsPathRooted(home) && Directory.Exists(home)
            ? Path.Combine(home, BelowHome, "tierce")
            : throw new ToolException($"HOME is '{home}', which is no folder: set HOME, or {Variable} to a folder for {Purpose}");
    }

    /// <summary>Makes a folder in it, if it lacks.</summary>
    /// <exception cref="ToolException">It cannot be made.</exception>
    public void Make(string path)
    {
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ToolException($"no folder {path} can be made for {Purpose} ({e.Message.TrimEnd('.')}): set {Variable} to one that can be written");
        }
    }
}

namespace Tierce.Tool.Host;

/// <summary>Folder for downloads, unpacked kernels and initial RAM file systems; safe to delete at any time.</summary>
internal static class ToolCache
{
    /// <summary>TIERCE_CACHE, else XDG_CACHE_HOME/tierce, else ~/.cache/tierce.</summary>
    public static string Folder { get; } = Find();

    /// <summary>Path of a folder inside the cache, created if it lacks.</summary>
    public static string Sub(params ReadOnlySpan<string> parts)
    {
        string path = Path.Combine([Folder, .. parts]);
        Directory.CreateDirectory(path);
        return path;
    }

    /// <summary>Writes a file so that another process sees either all of it or none.</summary>
    public static void WriteWhole(string path, ReadOnlySpan<byte> bytes)
    {
        string temporary = $"{path}.{Environment.ProcessId}.tmp";
        File.WriteAllBytes(temporary, bytes);
        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>Holds the named lock of the cache until disposed, so that parallel runs download a thing once.</summary>
    public static FileStream Lock(string name)
    {
        string path = Path.Combine(Sub(), name + ".lock");
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (File.Exists(path))
            {
                Thread.Sleep(100);
            }
        }
    }

    private static string Find()
    {
        string? folder = Environment.GetEnvironmentVariable("TIERCE_CACHE");
        if (!string.IsNullOrEmpty(folder))
        {
            return Path.GetFullPath(folder);
        }

        string? caches = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
        if (string.IsNullOrEmpty(caches))
        {
            caches = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        }

        return Path.Combine(caches, "tierce");
    }
}

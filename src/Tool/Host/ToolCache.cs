using System.Security.Cryptography;
using System.Text;

namespace Tierce.Tool.Host;

/// <summary>Folder for downloads, unpacked kernels and runs; safe to delete at any time. Nothing in it is believed that was not checked.</summary>
internal static class ToolCache
{
    private static readonly UserFolder s_place = new("TIERCE_CACHE", "XDG_CACHE_HOME", ".cache", "what is downloaded");
    private static readonly Lazy<string> s_folder = new(s_place.Find);
    private static int s_temporary;

    /// <summary>TIERCE_CACHE, else XDG_CACHE_HOME/tierce, else ~/.cache/tierce.</summary>
    /// <exception cref="ToolException">None of them names a folder.</exception>
    public static string Folder => s_folder.Value;

    /// <summary>Path of a folder inside the cache, created if it lacks.</summary>
    /// <exception cref="ToolException">It cannot be.</exception>
    public static string Sub(params ReadOnlySpan<string> parts)
    {
        string path = Path.Combine([Folder, .. parts]);
        s_place.Make(path);
        return path;
    }

    /// <summary>Writes a file so that another process sees either all of it or none.</summary>
    /// <exception cref="ToolException">The disk is full, say. The file is as it was.</exception>
    public static void WriteWhole(string path, ReadOnlySpan<byte> bytes)
    {
        string temporary = $"{path}.{Environment.ProcessId}-{Interlocked.Increment(ref s_temporary)}.tmp";
        try
        {
            File.WriteAllBytes(temporary, bytes);
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            File.Delete(temporary);
            throw new ToolException($"{path} cannot be written: {e.Message}");
        }
    }

    /// <summary>Keeps a file with a note of its hash, by which <see cref="ReadKept"/> knows it again.</summary>
    public static void Keep(string path, ReadOnlySpan<byte> bytes)
    {
        WriteWhole(path, bytes);
        WriteWhole(NoteOf(path), Encoding.ASCII.GetBytes(Hash(bytes)));
    }

    /// <summary>What was kept; null if it is not there, was cut or changed, or has no note: then it is to be made again.</summary>
    public static byte[]? ReadKept(string path)
    {
        if (!File.Exists(path) || !File.Exists(NoteOf(path)))
        {
            return null;
        }

        byte[] bytes = File.ReadAllBytes(path);
        return File.ReadAllText(NoteOf(path)) == Hash(bytes) ? bytes : null;
    }

    /// <summary>SHA-256 in lower-case hexadecimal.</summary>
    public static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>Holds the named lock of the cache until disposed, so that parallel runs download a thing once.</summary>
    public static FileStream Lock(string name)
    {
        string path = Path.Combine(Sub(), name + ".lock");
        while (true)
        {
            if (TryLock(path) is { } held)
            {
                return held;
            }

            Thread.Sleep(100);
        }
    }

    /// <summary>Holds a lock file, which is made if it lacks; null if another holds it. The system lets go of it when its holder ends, however that is.</summary>
    /// <exception cref="ToolException">The file cannot be opened.</exception>
    public static FileStream? TryLock(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e.HResult == WouldBlock)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ToolException($"{path} cannot be opened ({e.Message.TrimEnd('.')}): set TIERCE_CACHE to a folder that can be written");
        }
    }

    /// <summary>EWOULDBLOCK, which .NET passes on as the exception's number.</summary>
    private const int WouldBlock = 11;

    private static string NoteOf(string path) => path + ".sha256";
}

using System.Security.Cryptography;

namespace Tierce.Boot.Tests;

/// <summary>A disk of the host's for one test: a file, deleted with it.</summary>
internal sealed class DiskImage : IDisposable
{
    /// <summary>A disk of some MiB, its first bytes random and the rest zero.</summary>
    public DiskImage(int mebibytes, int random = 0)
    {
        Path = System.IO.Path.GetTempFileName();
        using FileStream file = File.OpenWrite(Path);
        file.Write(RandomNumberGenerator.GetBytes(random));
        file.SetLength((long)mebibytes << 20);
    }

    /// <summary>Its path.</summary>
    public string Path { get; }

    /// <summary>Its bytes.</summary>
    public byte[] Read() => File.ReadAllBytes(Path);

    /// <summary>Hash of some of them, as sha256sum prints it.</summary>
    public static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <inheritdoc/>
    public void Dispose() => File.Delete(Path);
}

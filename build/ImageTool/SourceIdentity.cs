using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Tierce.ImageTool;

/// <summary>A number that names the sources in some folders: of their names and contents alone, so that every build of them has the same.</summary>
internal static class SourceIdentity
{
    private static readonly string[] s_kinds = [".cs", ".inc", ".S"];

    /// <summary>The first 8 bytes of a SHA-256; never 0.</summary>
    public static ulong Of(IEnumerable<string> folders)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string folder in folders)
        {
            foreach (string name in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
                .Where(file => s_kinds.Contains(Path.GetExtension(file)))
                .Select(file => Path.GetRelativePath(folder, file))
                .Order(StringComparer.Ordinal))
            {
                byte[] contents = File.ReadAllBytes(Path.Combine(folder, name));
                hash.AppendData(Encoding.UTF8.GetBytes($"{name}\0{contents.Length}\0"));
                hash.AppendData(contents);
            }
        }

        ulong identity = BinaryPrimitives.ReadUInt64LittleEndian(hash.GetHashAndReset());
        return identity == 0 ? 1 : identity;
    }
}

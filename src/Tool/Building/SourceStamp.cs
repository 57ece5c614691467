using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Tierce.Tool.Building;

/// <summary>Sums up the state of source files by name, size and time of change, so that an unchanged tree need not be built again.</summary>
internal static class SourceStamp
{
    /// <summary>Stamp of all files under the given folders and files, which lie in <paramref name="root"/>; missing ones count as empty.</summary>
    public static string Of(string root, IEnumerable<string> parts)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (FileInfo file in parts.SelectMany(part => Files(Path.Combine(root, part))).OrderBy(file => file.FullName, StringComparer.Ordinal))
        {
            string line = string.Create(CultureInfo.InvariantCulture, $"{Path.GetRelativePath(root, file.FullName)} {file.Length} {file.LastWriteTimeUtc.Ticks}\n");
            hash.AppendData(Encoding.UTF8.GetBytes(line));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static IEnumerable<FileInfo> Files(string path) => (Directory.Exists(path), File.Exists(path)) switch
    {
        (true, _) => new DirectoryInfo(path).EnumerateFiles("*", SearchOption.AllDirectories),
        (_, true) => [new FileInfo(path)],
        _ => [],
    };
}

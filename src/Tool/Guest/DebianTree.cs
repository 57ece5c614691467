using System.Text;
using Tierce.Tool.Host;

namespace Tierce.Tool.Guest;

/// <summary>
/// Debian packages of today, unpacked side by side into a folder of the cache. Nothing is installed: no caller needs root for them, and
/// packages that exclude each other on a system, as compilers for several processors do, are no obstacle.
/// </summary>
internal static class DebianTree
{
    /// <summary>Folder with the contents of the packages; they are downloaded again when the machine's package lists name other versions.</summary>
    /// <param name="name">Names the folder.</param>
    /// <param name="packages">The packages.</param>
    /// <param name="finish">What is done with the folder when it has been unpacked.</param>
    public static string Unpacked(string name, string[] packages, Action<string> finish)
    {
        using FileStream held = ToolCache.Lock("debian-" + name);
        string folder = Path.Combine(ToolCache.Sub("debian"), name);
        string record = folder + ".packages";
        if (File.Exists(record) && File.GetLastWriteTimeUtc(record) > ListsChanged())
        {
            return folder;
        }

        AptSource apt = AptSource.Knowing(packages[0]);
        string versions = string.Concat(packages.Select(package => $"{package} {apt.Version(package)}\n"));
        if (!File.Exists(record) || File.ReadAllText(record) != versions)
        {
            File.Delete(record);
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }

            Directory.CreateDirectory(folder);
            apt.Unpack(packages, folder);
            finish(folder);
        }

        ToolCache.WriteWhole(record, Encoding.ASCII.GetBytes(versions));
        return folder;
    }

    /// <summary>Leads links to absolute paths to the same place below the folder, where a linker that has it as its root looks.</summary>
    public static void KeepLinksInside(string folder)
    {
        EnumerationOptions all = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None };
        foreach (FileSystemInfo link in new DirectoryInfo(folder).EnumerateFileSystemInfos("*", all).Where(entry => entry.LinkTarget?.StartsWith('/') == true).ToArray())
        {
            string target = folder + link.LinkTarget;
            File.Delete(link.FullName);
            File.CreateSymbolicLink(link.FullName, target);
        }
    }

    private static DateTime ListsChanged()
    {
        DirectoryInfo lists = new("/var/lib/apt/lists");
        return lists.Exists ? lists.LastWriteTimeUtc : DateTime.MinValue;
    }
}

using System.Text.RegularExpressions;
using Tierce.Tool.Host;

namespace Tierce.Boot.Tests;

/// <summary>Debian's C library, 64-bit and 32-bit, with what gcc needs to build for it: the root of a small system in the cache.</summary>
internal static partial class LinuxSystem
{
    private const string Libraries64 = "lib/x86_64-linux-gnu", Libraries32 = "lib32";

    /// <summary>Folders where libraries are looked for, by the processor's bits.</summary>
    private static readonly Dictionary<int, string[]> s_folders = new()
    {
        [64] = [Libraries64, "usr/" + Libraries64],
        [32] = [Libraries32, "usr/" + Libraries32],
    };

    private static readonly Lazy<string> s_forCompiling = new(() =>
    {
        string gcc = Programs.RunChecked("gcc", ["-dumpversion"]).Text.Trim();
        string[] packages = ["libc6", "libc6-dev", "linux-libc-dev", "libgcc-s1", "libc6-i386", "libc6-dev-i386", "lib32gcc-s1", $"lib32gcc-{gcc}-dev"];
        return DebianTree.Unpacked("libraries", packages, DebianTree.KeepLinksInside);
    });

    /// <summary>Arguments by which the machine's gcc builds for this system.</summary>
    public static string[] CompilerArguments(int bits)
    {
        string root = s_forCompiling.Value;
        string own = Directory.GetDirectories(Path.Combine(root, "usr", "lib", "gcc", "x86_64-linux-gnu"))[0];
        string headers = Path.Combine(root, "usr", "include", "x86_64-linux-gnu");
        return bits == 64
            ? ["-m64", "--sysroot=" + root]
            : ["-m32", "--sysroot=" + root, "-isystem", headers, $"-B{own}/32/", $"-L{own}/32/"];
    }

    /// <summary>Options of <c>./tierce run</c> that add programs' interpreters and shared libraries to a guest, each library that another needs included.</summary>
    public static IEnumerable<string> RuntimeOptions(IEnumerable<(string Path, int Bits)> programs) => RuntimeOptions(s_forCompiling.Value, programs);

    /// <summary>The same, of another system.</summary>
    public static IEnumerable<string> RuntimeOptions(string root, IEnumerable<(string Path, int Bits)> programs)
    {
        SortedDictionary<string, string> files = new(StringComparer.Ordinal);
        foreach (IGrouping<int, (string Path, int Bits)> group in programs.GroupBy(program => program.Bits))
        {
            string interpreter = group.Key == 64 ? "/lib64/ld-linux-x86-64.so.2" : "/lib/ld-linux.so.2";
            files[interpreter] = root + interpreter;
            Queue<string> open = new(group.Select(program => program.Path));
            HashSet<string> known = [];
            while (open.TryDequeue(out string? file))
            {
                foreach (string needed in Needed(file).Where(known.Add))
                {
                    string library = LibraryFolders(root, group.Key).Select(folder => Path.Combine(folder, needed)).FirstOrDefault(File.Exists)
                        ?? throw new InvalidOperationException($"no package of {root} has {needed}, which {file} needs");
                    files[$"/{s_folders[group.Key][0]}/{needed}"] = library;
                    open.Enqueue(library);
                }
            }
        }

        return files.SelectMany(file => (string[])["--file", $"{file.Value}:{file.Key}"]);
    }

    /// <summary>Folders of a system where its libraries are looked for.</summary>
    public static IEnumerable<string> LibraryFolders(string root, int bits) => s_folders[bits].Select(folder => Path.Combine(root, folder));

    private static IEnumerable<string> Needed(string file) =>
        NeededLibrary().Matches(Programs.RunChecked("readelf", ["-d", file]).Text).Select(match => match.Groups[1].Value);

    [GeneratedRegex(@"\(NEEDED\).*\[(.+)\]")]
    private static partial Regex NeededLibrary();
}

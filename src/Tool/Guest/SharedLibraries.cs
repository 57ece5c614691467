using System.Text.RegularExpressions;
using Tierce.Tool.Host;

namespace Tierce.Tool.Guest;

/// <summary>Finds the libraries that programs of an unpacked Debian need to run in a guest.</summary>
internal static partial class SharedLibraries
{
    private const string Libraries64 = "lib/x86_64-linux-gnu", Libraries32 = "lib32";

    /// <summary>Folders where libraries are looked for, by the processor's bits: those of the dynamic linker, then one that only a program's own path names.</summary>
    private static readonly Dictionary<int, string[]> s_folders = new()
    {
        [64] = [Libraries64, "usr/" + Libraries64, $"usr/{Libraries64}/ceph"],
        [32] = [Libraries32, "usr/" + Libraries32],
    };

    /// <summary>The programs' interpreter and libraries, each library that another needs included: where they lie and where the guest has them.</summary>
    /// <param name="root">The unpacked system.</param>
    /// <param name="bits">64 or 32: what the programs are built for.</param>
    /// <param name="programs">Paths of the programs.</param>
    /// <exception cref="ToolException">The system lacks a library.</exception>
    public static IReadOnlyList<(string Host, string Guest)> Of(string root, int bits, IEnumerable<string> programs)
    {
        string interpreter = bits == 64 ? "/lib64/ld-linux-x86-64.so.2" : "/lib/ld-linux.so.2";
        SortedDictionary<string, string> files = new(StringComparer.Ordinal) { [interpreter] = root + interpreter };
        Queue<string> open = new(programs);
        HashSet<string> known = [];
        while (open.TryDequeue(out string? file))
        {
            foreach (string needed in Needed(file).Where(known.Add))
            {
                string library = Folders(root, bits).Select(folder => Path.Combine(folder, needed)).FirstOrDefault(File.Exists)
                    ?? throw new ToolException($"no package of {root} has {needed}, which {file} needs");
                files[$"/{s_folders[bits][0]}/{needed}"] = library;
                open.Enqueue(library);
            }
        }

        return [.. files.Select(file => (file.Value, file.Key))];
    }

    /// <summary>Folders of a system where its libraries are looked for.</summary>
    public static IEnumerable<string> Folders(string root, int bits) => s_folders[bits].Select(folder => Path.Combine(root, folder));

    private static IEnumerable<string> Needed(string file) =>
        NeededLibrary().Matches(Programs.RunChecked("readelf", ["-d", file]).Text).Select(match => match.Groups[1].Value);

    [GeneratedRegex(@"\(NEEDED\).*\[(.+)\]")]
    private static partial Regex NeededLibrary();
}

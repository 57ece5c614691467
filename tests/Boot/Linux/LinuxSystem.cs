using Tierce.Tool.Guest;
using Tierce.Tool.Host;

namespace Tierce.Boot.Tests;

/// <summary>Debian's C library, 64-bit and 32-bit, with what gcc needs to build for it: the root of a small system in the cache.</summary>
internal static class LinuxSystem
{
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
    public static IEnumerable<string> RuntimeOptions(string root, IEnumerable<(string Path, int Bits)> programs) =>
        programs.GroupBy(program => program.Bits)
            .SelectMany(group => SharedLibraries.Of(root, group.Key, group.Select(program => program.Path)))
            .SelectMany(file => (string[])["--file", $"{file.Host}:{file.Guest}"]);

    /// <summary>Folders of a system where its libraries are looked for.</summary>
    public static IEnumerable<string> LibraryFolders(string root, int bits) => SharedLibraries.Folders(root, bits);
}

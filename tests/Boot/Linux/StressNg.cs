using Tierce.Tool.Guest;
using Tierce.Tool.Host;

namespace Tierce.Boot.Tests;

/// <summary>Debian's <c>stress-ng</c>, with the libraries that it needs, in the cache.</summary>
internal static class StressNg
{
    /// <summary>The package, and what it depends on, directly and through others.</summary>
    private static readonly string[] s_packages =
    [
        "stress-ng", "libc6", "libapparmor1", "libbsd0", "libcrypt1", "libdrm2", "libegl1", "libexpat1", "libffi8", "libgbm1", "libgles2",
        "libglvnd0", "libipsec-mb1", "libjpeg62-turbo", "libjudydebian1", "libkmod2", "liblzma5", "libmd0", "libsctp1", "libssl3",
        "libwayland-server0", "libxxhash0", "libzstd1", "zlib1g",
    ];

    private static readonly Lazy<string> s_root = new(() => DebianTree.Unpacked("stress-ng", s_packages, DebianTree.KeepLinksInside));

    private static string Program => Path.Combine(s_root.Value, "usr", "bin", "stress-ng");

    /// <summary>Names of all stressors, as the program lists them.</summary>
    public static string[] Stressors()
    {
        string libraries = string.Join(':', LinuxSystem.LibraryFolders(s_root.Value, 64));
        string[] arguments = ["--library-path", libraries, Program, "--stressors"];
        return Programs.RunChecked(s_root.Value + "/lib64/ld-linux-x86-64.so.2", arguments).Text.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>Options of <c>./tierce run</c> that add the program to a guest.</summary>
    public static IEnumerable<string> Options() => ["--file", Program + ":/usr/bin/stress-ng", .. LinuxSystem.RuntimeOptions(s_root.Value, [(Program, 64)])];
}

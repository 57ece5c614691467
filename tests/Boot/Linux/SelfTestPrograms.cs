using System.Text.RegularExpressions;
using Tierce.Tool.Guest;
using Tierce.Tool.Host;

namespace Tierce.Boot.Tests;

/// <summary>One of Linux's self-tests for x86, built.</summary>
/// <param name="Name">Its name, as the source's Makefile has it: <c>sigreturn_64</c>.</param>
/// <param name="Bits">Of the program: 32 or 64.</param>
/// <param name="Path">The program.</param>
internal sealed record SelfTest(string Name, int Bits, string Path);

/// <summary>Builds <c>tools/testing/selftests/x86</c> of Debian's <c>linux-source-6.1</c>, each program for 64 and 32 bits where the Makefile there says so.</summary>
internal static partial class SelfTestPrograms
{
    private const string Package = "linux-source-6.1", Folder = "tools/testing/selftests";

    /// <summary>What is taken out of the archive: the tests, and a header of the kernel that one of them includes.</summary>
    private static readonly string[] s_parts = [Folder + "/x86", Folder + "/kselftest.h", "arch/x86/include/asm/desc_defs.h"];

    /// <summary>As the Makefile has them; its warnings are Linux's affair.</summary>
    private static readonly string[] s_flags = ["-O2", "-g", "-std=gnu99", "-pthread", "-no-pie", "-w", "-DCAN_BUILD_32", "-DCAN_BUILD_64"];

    /// <summary>All programs.</summary>
    public static IReadOnlyList<SelfTest> Build()
    {
        string source = Path.Combine(DebianTree.Unpacked(Package, [Package], ExtractTests), Package, Folder, "x86");
        string makefile = Continued().Replace(File.ReadAllText(Path.Combine(source, "Makefile")), " ");
        string[] both = Targets(makefile, "BOTHBITS"), mixed = Targets(makefile, "32BIT_NEEDED");
        SelfTest[] tests =
        [
            .. both.Concat(mixed).Concat(Targets(makefile, "32BIT_ONLY")).Select(name => At(name, 32)),
            .. both.Concat(mixed).Concat(Targets(makefile, "64BIT_ONLY")).Select(name => At(name, 64)),
        ];
        Parallel.ForEach(tests, new ParallelOptions { MaxDegreeOfParallelism = 2 }, test => Compile(source, makefile, test));
        return [.. tests.OrderBy(test => test.Name, StringComparer.Ordinal)];
    }

    private static SelfTest At(string name, int bits) =>
        new($"{name}_{bits}", bits, Path.Combine(Launcher.Root, "artifacts", "selftests", $"{name}_{bits}"));

    private static void Compile(string source, string makefile, SelfTest test)
    {
        string file = Path.Combine(source, test.Name[..^3] + ".c");
        Directory.CreateDirectory(Path.GetDirectoryName(test.Path)!);
        string lines = Path.Combine(Launcher.Root, "tests", "Boot", "Programs", "lines.c");
        string[] libraries = test.Bits == 64 ? ["-lrt", "-ldl"] : ["-lrt", "-ldl", "-lm"];
        Programs.RunChecked("gcc", [.. LinuxSystem.CompilerArguments(test.Bits), .. s_flags, "-o", test.Path, file, lines, .. Additions(makefile, test.Name), .. libraries], source);
    }

    /// <summary>Names in one of the Makefile's lists.</summary>
    private static string[] Targets(string makefile, string list)
    {
        Match match = Regex.Match(makefile, $"^TARGETS_C_{list} := (.+)$", RegexOptions.Multiline);
        return match.Groups[1].Value.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>What the Makefile adds for one program: further sources and flags.</summary>
    private static IEnumerable<string> Additions(string makefile, string name) =>
        Regex.Matches(makefile, $@"^\$\(OUTPUT\)/{name}: (?:CFLAGS \+= )?(.+)$", RegexOptions.Multiline).SelectMany(match => match.Groups[1].Value.Split(' '));

    private static void ExtractTests(string folder)
    {
        string archive = Path.Combine(folder, "usr", "src", Package + ".tar.xz");
        Programs.RunChecked("tar", ["-xJf", archive, "-C", folder, .. s_parts.Select(part => $"{Package}/{part}")]);
        Directory.Delete(Path.Combine(folder, "usr"), recursive: true);
    }

    [GeneratedRegex(@"\\\n")]
    private static partial Regex Continued();
}

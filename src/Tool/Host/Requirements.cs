using System.Diagnostics;

namespace Tierce.Tool.Host;

/// <summary>Programs that the tool calls, and the Debian packages they come from.</summary>
internal static class Requirements
{
    /// <summary>What building needs.</summary>
    public static readonly string[] ForBuild = ["gcc", "ld"];

    /// <summary>What unpacking a guest's kernel needs.</summary>
    public static readonly string[] ForGuest = ["lz4", "xz", "zstd"];

    /// <summary>What booting a guest needs.</summary>
    public static readonly string[] ForRun = ["qemu-system-x86_64", "setpriv", .. ForGuest];

    /// <summary>What making an image of a disk needs: GRUB's two platforms are files, not programs.</summary>
    public static readonly string[] ForImage = ["grub-mkrescue", "xorriso", "mformat", GrubForBios, GrubForUefi];

    /// <summary>spin's checkers and the programs that tests run in guests are C. Debian's gcc comes without the C library's headers.</summary>
    private const string CHeaders = "/usr/include/stdio.h";

    private const string GrubForBios = "/usr/lib/grub/i386-pc/multiboot2.mod";
    private const string GrubForUefi = "/usr/lib/grub/x86_64-efi/multiboot2.mod";

    /// <summary>Further packages for the tests that boot no machine.</summary>
    public static readonly string[] ForTest = ["spin", CHeaders, "sfdisk"];

    /// <summary>
    /// Further packages for the tests that boot machines. They run several at a time, each of which asks for its own part: all of it is
    /// there before the first begins, and who may not install packages reads one line that names every one.
    /// </summary>
    public static readonly string[] ForBootTest =
    [
        .. ForImage, "gdb", "dtach", "mke2fs", "e2fsck", "debugfs", "/usr/share/ovmf/OVMF.fd",
        "/usr/bin/bochs-bin", "/usr/share/bochs/BIOS-bochs-latest", "/usr/share/bochs/VGABIOS-lgpl-latest", "/usr/lib/x86_64-linux-gnu/bochs/plugins/libbx_term_gui.so",
    ];

    private static readonly Dictionary<string, string> s_packages = new()
    {
        ["gcc"] = "gcc",
        ["ld"] = "binutils",
        ["qemu-system-x86_64"] = "qemu-system-x86",
        ["setpriv"] = "util-linux",
        ["lz4"] = "lz4",
        ["xz"] = "xz-utils",
        ["zstd"] = "zstd",
        ["mmdebstrap"] = "mmdebstrap",
        ["mke2fs"] = "e2fsprogs",
        ["e2fsck"] = "e2fsprogs",
        ["debugfs"] = "e2fsprogs",
        ["resize2fs"] = "e2fsprogs",
        ["sfdisk"] = "fdisk",
        ["gdb"] = "gdb",
        ["dtach"] = "dtach",
        ["spin"] = "spin",
        [CHeaders] = "libc6-dev",
        ["grub-mkrescue"] = "grub-common",
        ["xorriso"] = "xorriso",
        ["mformat"] = "mtools",
        [GrubForBios] = "grub-pc-bin",
        ["/usr/share/ovmf/OVMF.fd"] = "ovmf",
        [GrubForUefi] = "grub-efi-amd64-bin",
        ["/usr/bin/bochs-bin"] = "bochs",
        ["/usr/share/bochs/BIOS-bochs-latest"] = "bochsbios",
        // A link of the package bochs into vgabios, which bochs does not ask for where seabios is installed.
        ["/usr/share/bochs/VGABIOS-lgpl-latest"] = "vgabios",
        ["/usr/lib/x86_64-linux-gnu/bochs/plugins/libbx_term_gui.so"] = "bochs-term",
    };

    /// <summary>Message for a program that is not there.</summary>
    public static string MissingMessage(string program) => s_packages.TryGetValue(program, out string? package)
        ? $"program {program} is missing; install it with: apt-get install --no-install-recommends {package}"
        : $"program {program} is missing";

    /// <summary>Makes sure that every program, or file by full path, is there: installs the packages that lack when run by root, else says how to.</summary>
    /// <exception cref="ToolException">Something lacks and could not be installed.</exception>
    public static void Ensure(params IEnumerable<string> programs)
    {
        string[] missing = [.. programs.Where(Lacks)];
        if (missing.Length == 0)
        {
            return;
        }

        string[] packages = [.. missing.Select(program => s_packages[program]).Distinct().Order(StringComparer.Ordinal)];
        string[] install = ["install", "-y", "--no-install-recommends", .. packages];
        string line = $"apt-get {string.Join(' ', install)}";
        if (!Environment.IsPrivilegedProcess || Environment.GetEnvironmentVariable("TIERCE_NO_INSTALL") == "1")
        {
            string lists = HasPackageLists() ? string.Empty : "apt-get update && ";
            throw new ToolException($"missing: {string.Join(", ", missing)}. As root, run:\n  {lists}{line}");
        }

        // Two that install at the same time would find the package manager's lock taken.
        using FileStream held = ToolCache.Lock("install");
        using Progress progress = Progress.Start($"installing {string.Join(' ', packages)}");
        if (Apt("install", install) != 0)
        {
            // Lists may be absent (fresh machine) or name versions that the mirror no longer has.
            Apt("update", ["update"]);
            if (Apt("install", install) != 0)
            {
                throw new ToolException($"could not install what lacks; see {LogFile}. The command was:\n  {line}");
            }
        }

        string[] still = [.. missing.Where(Lacks)];
        if (still.Length > 0)
        {
            throw new ToolException($"{line} succeeded, yet there is no {string.Join(", ", still)}");
        }
    }

    private static bool Lacks(string program) => program.StartsWith('/') ? !IsThere(program) : Programs.Find(program) is null;

    /// <summary>
    /// Whether a path leads to a file. A link whose target lacks is a file for <see cref="File.Exists"/>, and none for a program that opens
    /// it.
    /// </summary>
    internal static bool IsThere(string path) => File.Exists(path) && File.ResolveLinkTarget(path, returnFinalTarget: true) is null or { Exists: true };

    private static string LogFile => Path.Combine(ToolCache.Sub("logs"), "apt.log");

    private static bool HasPackageLists() =>
        Directory.Exists("/var/lib/apt/lists") && Directory.EnumerateFiles("/var/lib/apt/lists", "*_Packages*").Any();

    private static int Apt(string step, string[] arguments)
    {
        string apt = Programs.Find("apt-get") ?? throw new ToolException("apt-get is missing: this is not Debian; install QEMU, binutils, lz4, xz and zstd by hand");
        // Another program of this machine may be installing too: its lock is waited for.
        ProcessStartInfo start = new(apt, ["-o", "DPkg::Lock::Timeout=300", .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        start.Environment["DEBIAN_FRONTEND"] = "noninteractive";
        start.Environment["LC_ALL"] = "C.UTF-8";
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        File.AppendAllText(LogFile, $"=== apt-get {step}: status {process.ExitCode}\n{output}{error.Result}");
        return process.ExitCode;
    }
}

using System.Security.Cryptography;
using System.Text;
using Tierce.Abi;
using Tierce.Tool.Guest;
using Tierce.Tool.Host;

namespace Tierce.Tool.Boot;

/// <summary>Everything that is needed to start one guest.</summary>
/// <param name="Kernel">The kernel, as found.</param>
/// <param name="Machine">The machine to start.</param>
/// <param name="Session">What the guest's process 1 does.</param>
internal sealed record GuestBoot(GuestKernel Kernel, MachineSettings Machine, GuestSession Session)
{
    /// <summary>A line of the manifest that names an image: of a section that further lines have begun.</summary>
    private const string ImageKey = "image=";

    /// <summary>
    /// Words that set where the log of Tierce's kernel goes: to QEMU's debug console or, on any other machine, to the serial port.
    /// </summary>
    /// <exception cref="ToolException">It would be cut.</exception>
    internal static string KernelOptions(RunOptions options)
    {
        string words = $"{(options.Standalone ? "serial-log" : "debugcon")}{(options.TraceFile is null ? string.Empty : " trace")} {options.KernelWords} {options.KernelOptions}".TrimEnd();
        int size = Encoding.UTF8.GetByteCount(words);
        return size <= ManifestLimits.KernelCommandLineSize ? words : throw new ToolException($"--kernel-cmdline makes the command line of Tierce's kernel {size} bytes long; it reads {ManifestLimits.KernelCommandLineSize}");
    }

    /// <summary>Marks the frames of one session; without the tool no program reads frames.</summary>
    internal static string Token(RunOptions options) => options.Standalone ? string.Empty : Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));

    /// <summary>Finds, checks and writes what is booted.</summary>
    /// <exception cref="ToolException">An input is wrong; the message says which and why.</exception>
    public static GuestBoot Prepare(Repository tree, RunOptions options, RunFolder folder)
    {
        bool isLinux = KernelSource.IsLinux(options.Guest);
        if (options.Command is not null && !isLinux)
        {
            throw new ToolException($"--exec: the guest {options.Guest} is no Linux and runs no commands");
        }

        byte[]? userInitrd = options.Initrd is not null ? ReadInitrd(options.Initrd) : isLinux ? null : [];
        GuestKernel kernel = KernelSource.Resolve(options.Guest);
        UnpackedKernel unpacked = KernelCache.Unpacked(kernel);
        string console = options.Carrier == Carrier.Native ? "ttyS0" : "hvc0";
        GuestSession session = new(options.Mode, options.Command ?? string.Empty, console, Token(options), Files(options, kernel), !options.CountInstructions, options.IsSystem ? string.Empty : DiskNames(options), options.IsSystem);
        byte[] agent = File.ReadAllBytes(tree.Image("guest-agent"));
        byte[] initrd = Initramfs.Build(userInitrd, session, agent);
        GuestMemory.Check(options.MemoryMiB, unpacked.Elf.End, initrd.Length);
        MachineSettings machine = options.Carrier switch
        {
            Carrier.Tierce => OnTierce(tree, options, folder, unpacked.File, initrd, CommandLine(options, session)),
            Carrier.Native => OnMachine(options, folder, options.CountInstructions || options.UnpackedKernel ? unpacked.Path : kernel.Path, initrd, CommandLine(options, session)),
            _ => XenBoot.Prepare(options, folder, kernel.Path, initrd, CommandLine(options, session)),
        };
        return new GuestBoot(kernel, machine with { CountInstructions = options.CountInstructions, DebuggerPort = options.DebuggerPort }, session);
    }

    /// <summary>Names of the disks in the guest.</summary>
    internal static string DiskNames(RunOptions options) =>
        string.Join(' ', options.Disks.Select((_, number) => $"{(options.Carrier == Carrier.Tierce ? "xvd" : "vd")}{(char)('a' + number)}"));

    /// <summary>The user's files and, for a guest with disks, their drivers.</summary>
    internal static Dictionary<string, byte[]> Files(RunOptions options, GuestKernel kernel)
    {
        Dictionary<string, byte[]> files = AddedFiles.Read(options.Files);
        if (options.Disks.Count != 0 && KernelSource.IsLinux(options.Guest) && !options.IsSystem)
        {
            foreach ((string path, byte[] module) in KernelModules.ForDisks(kernel, options.Carrier))
            {
                files.TryAdd(path, module);
            }
        }

        return files;
    }

    /// <summary>
    /// Makes Linux refuse two functions that it offers but that fail for a guest of Xen's interface: hibernation, since Linux restores its
    /// processor by loads that only ring 0 may do, and loading a kernel for kexec, since Linux takes pages of the new kernel's tables for
    /// its own. The ROM cannot refuse them, because Linux makes no hypercall before it is too late.
    /// </summary>
    private const string NotForGuests = "nohibernate sysctl.kernel.kexec_load_disabled=1";

    /// <summary>The guest kernel's command line.</summary>
    internal static string CommandLine(RunOptions options, GuestSession session)
    {
        List<string> parts = [$"console={session.Console}"];
        if (options.Carrier == Carrier.Native)
        {
            // No program ends this machine; QEMU ends when it restarts.
            parts.Add("panic=-1");
        }

        if (options.Carrier == Carrier.Tierce)
        {
            parts.Add(NotForGuests);
        }

        if (session.Mode != SessionMode.Plain && !options.IsSystem)
        {
            parts.Add($"rdinit={options.FirstProgram ?? Initramfs.InitPath}");
            parts.Add(options.GuestWords);
        }

        parts.Add(options.CommandLine);
        return string.Join(' ', parts.Where(part => part.Length > 0));
    }

    private static MachineSettings OnTierce(Repository tree, RunOptions options, RunFolder folder, byte[] kernel, byte[] initrd, string commandLine)
    {
        byte[] Image(string name) => File.ReadAllBytes(ImagePath(name));
        string ImagePath(string name) => options.ImageFolder is { } images && File.Exists(Path.Combine(images, name)) ? Path.Combine(images, name) : tree.Image(name);
        MachineDisks disks = MachineDisks.Of(options.Disks);
        string bundle = Path.Combine(folder.Boot, "bundle");
        using (FileStream file = File.Create(bundle))
        {
            (string Name, byte[] Contents)[] files =
            [
                ("manifest", BootManifest.OneGuest(options.MemoryMiB, commandLine, [$"entry={options.Entry}", .. disks.LinesOf(options.Disks), .. options.ManifestLines], options.Standalone, options.ConsoleKind, disks)),
                ("root", Image("root")),
                ("monitor", Image("monitor")),
                .. BootManifest.Images(options.ConsoleKind, disks).Select(name => (name, Image(name))),
                ("rom", Image("rom")),
                ("rom-native", Image("rom-native")),
                ("kernel", kernel),
                ("initrd", initrd),
                .. options.ManifestLines.Where(line => line.StartsWith(ImageKey, StringComparison.Ordinal)).Select(line => (line[ImageKey.Length..], Image(line[ImageKey.Length..]))),
            ];
            ManifestCheck.Check(files[0].Contents, [.. files.Select(entry => entry.Name)]);
            BundleWriter.Write(file, files);
        }

        MachineMemory memory = new();
        memory.AddGuest(options.MemoryMiB, kernel.Length + initrd.Length);
        memory.AddPrograms(BootManifest.Programs(options.ConsoleKind, disks) + (options.Disks.Count == 0 ? 0 : 1));

        foreach (string _ in options.ManifestLines.Where(line => line.StartsWith(ImageKey, StringComparison.Ordinal)))
        {
            memory.AddProgram(1);
        }

        (int memoryMiB, int? belowMiB) = memory.Size(new FileInfo(bundle).Length);
        return new MachineSettings
        {
            Kernel = ImagePath("kernel.elf"),
            Modules = bundle,
            CommandLine = KernelOptions(options),
            MemoryMiB = memoryMiB,
            BelowMiB = belowMiB,
            LogFile = folder.TierceLog,
            ConsoleKind = options.ConsoleKind,
            Disks = disks,
            ControlSocket = disks.Count == 0 || options.Standalone ? null : folder.MakeControlSocket(),
            MemoryFile = options.TraceFile is null ? null : folder.Memory,
        };
    }

    private static MachineSettings OnMachine(RunOptions options, RunFolder folder, string kernel, byte[] initrd, string commandLine)
    {
        string path = Path.Combine(folder.Boot, "initrd");
        File.WriteAllBytes(path, initrd);
        return new MachineSettings
        {
            Kernel = kernel,
            Modules = path,
            CommandLine = commandLine,
            MemoryMiB = options.MemoryMiB,
            LogFile = folder.TierceLog,
            Disks = MachineDisks.Of(options.Disks),
        };
    }

    /// <summary>Reads the user's initial RAM file system.</summary>
    internal static byte[] ReadInitrd(string path) => InputFile.Read($"--initrd {path}", path);
}

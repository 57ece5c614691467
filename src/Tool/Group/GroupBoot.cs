using System.Globalization;
using System.Text;
using Tierce.Tool.Boot;
using Tierce.Tool.Guest;
using Tierce.Tool.Host;

namespace Tierce.Tool.Group;

/// <summary>Everything that is needed to start several guests and applications in one machine.</summary>
/// <param name="Machine">The machine to start.</param>
/// <param name="Guests">What each guest's process 1 does, and what was found out about its kernel.</param>
internal sealed record GroupBoot(MachineSettings Machine, IReadOnlyList<(GuestDescription Description, GuestKernel Kernel, GuestSession Session)> Guests)
{
    /// <summary>Finds, checks and writes what is booted.</summary>
    /// <exception cref="ToolException">An input is wrong; the message says which and why.</exception>
    public static GroupBoot Prepare(Repository tree, RunOptions options, GroupDescription group, bool interactive, RunFolder folder)
    {
        string ImagePath(string name) => options.ImageFolder is { } images && File.Exists(Path.Combine(images, name)) ? Path.Combine(images, name) : tree.Image(name);
        MachineDisks disks = new(group.Guests.SelectMany(guest => guest.Disks.Select(disk => (guest.Name, disk))));
        disks.CheckRoom(options.ConsoleKind);
        Dictionary<string, byte[]> files = new(StringComparer.Ordinal);
        foreach (string name in (IEnumerable<string>)["root", "monitor", "rom", "rom-native", .. BootManifest.Images(options.ConsoleKind, disks)])
        {
            files[name] = File.ReadAllBytes(ImagePath(name));
        }

        StringBuilder manifest = new(BootManifest.Head(group.Guests.Count > 1 && !options.Standalone ? ["args=tagged"] : [], options.ConsoleKind, disks, options.Standalone));
        MachineMemory memory = new();
        memory.AddPrograms(BootManifest.Programs(options.ConsoleKind, disks) + group.Guests.Count(guest => guest.Disks.Count != 0));
        foreach (ApplicationDescription application in group.Applications)
        {
            memory.AddProgram(BootManifest.ApplicationMiB);
            files[$"app-{application.Section}"] = DescriptionSource.Use(application.Source, "name", () => InputFile.Read(
                $"--app {application.Name}",
                application.Name.Contains('/', StringComparison.Ordinal) ? application.Name : ImagePath(application.Name.ToLowerInvariant())));
            manifest.Append(BootManifest.Application(application.Section, $"app-{application.Section}", application.Arguments));
        }

        List<(GuestDescription, GuestKernel, GuestSession)> guests = [];
        foreach (GuestDescription guest in group.Guests)
        {
            RunOptions own = options with { Guest = guest.Kernel, Initrd = guest.Initrd, CommandLine = guest.CommandLine, MemoryMiB = guest.MemoryMiB, Command = guest.Command, Disks = guest.Disks };
            bool isLinux = KernelSource.IsLinux(guest.Kernel);
            DescriptionSource.Use(guest.Source, "exec", () => guest.Command is null || isLinux ? guest.Command : throw new ToolException($"guest {guest.Name} is no Linux and runs no commands"));
            GuestKernel kernel = DescriptionSource.Use(guest.Source, "kernel", () => KernelSource.Resolve(guest.Kernel));
            UnpackedKernel unpacked = DescriptionSource.Use(guest.Source, "kernel", () => KernelCache.Unpacked(kernel));
            SessionMode mode = Mode(guest, interactive);
            GuestSession session = new(mode, guest.Command ?? string.Empty, "hvc0", GuestBoot.Token(options), GuestBoot.Files(own, kernel), !options.CountInstructions, GuestBoot.DiskNames(own));
            byte[]? userInitrd = guest.Initrd is not null ? DescriptionSource.Use(guest.Source, "initrd", () => GuestBoot.ReadInitrd(guest.Initrd)) : isLinux ? null : [];
            byte[] initrd = Initramfs.Build(userInitrd, session, File.ReadAllBytes(tree.Image("guest-agent")));
            DescriptionSource.Use(guest.Source, "memory", () => GuestMemory.Check(guest.MemoryMiB, unpacked.Elf.End, initrd.Length));
            string kernelFile = $"kernel-{kernel.Sha256[..16]}";
            files.TryAdd(kernelFile, unpacked.File);
            files[$"initrd-{guest.Name}"] = initrd;
            manifest.Append(DescriptionSource.Use(guest.Source, "cmdline", () => BootManifest.Guest(guest.Name, kernelFile, $"initrd-{guest.Name}", guest.MemoryMiB, GuestBoot.CommandLine(own, session),
            [
                $"entry={options.Entry}",
                "on-end=exit-last",
                $"restart={guest.Restart}",
                string.Create(CultureInfo.InvariantCulture, $"watchdog={guest.WatchdogSeconds}"),
                .. disks.LinesOf(guest.Disks),
                .. options.ManifestLines,
                .. guest.ManifestLines,
            ])));
            guests.Add((guest, kernel, session));
            memory.AddGuest(guest.MemoryMiB, files[kernelFile].Length + initrd.Length);
        }

        string bundle = Path.Combine(folder.Boot, "bundle");
        using (FileStream file = File.Create(bundle))
        {
            byte[] text = Encoding.UTF8.GetBytes(manifest.ToString());
            ManifestCheck.Check(text, files.Keys);
            BundleWriter.Write(file, [("manifest", text), .. files.Select(entry => (entry.Key, entry.Value))]);
        }

        (int memoryMiB, int? belowMiB) = memory.Size(new FileInfo(bundle).Length);
        MachineSettings machine = new()
        {
            Kernel = ImagePath("kernel.elf"),
            Modules = bundle,
            CommandLine = GuestBoot.KernelOptions(options),
            MemoryMiB = memoryMiB,
            BelowMiB = belowMiB,
            LogFile = folder.TierceLog,
            ConsoleKind = options.ConsoleKind,
            Disks = disks,
            ControlSocket = disks.Count == 0 || options.Standalone ? null : folder.MakeControlSocket(),
            MemoryFile = options.TraceFile is null ? null : folder.Memory,
            CountInstructions = options.CountInstructions,
            DebuggerPort = options.DebuggerPort,
        };
        return new GroupBoot(machine, guests);
    }

    /// <summary>A guest without a command waits: for a person, or in a shell whose input does not come.</summary>
    private static SessionMode Mode(GuestDescription guest, bool interactive)
    {
        if (guest.Command is not null)
        {
            return SessionMode.Command;
        }

        return guest.Initrd is not null || !KernelSource.IsLinux(guest.Kernel) ? SessionMode.Plain : interactive ? SessionMode.Shell : SessionMode.Script;
    }
}

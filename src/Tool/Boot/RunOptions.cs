namespace Tierce.Tool.Boot;

/// <summary>What carries the guest kernel.</summary>
internal enum Carrier
{
    /// <summary>Tierce.</summary>
    Tierce,

    /// <summary>Nothing: the kernel runs on QEMU's machine itself, for comparison.</summary>
    Native,

    /// <summary>Debian's Xen hypervisor, the guest as its first domain, for comparison.</summary>
    Xen,
}

/// <summary>What the user asked <c>run</c> for.</summary>
internal sealed record RunOptions
{
    /// <summary>Command to run, or null for a shell.</summary>
    public string? Command { get; init; }

    /// <summary>"cloud", "generic", "grub", "small", "native" or the path of a kernel.</summary>
    public string Guest { get; init; } = "cloud";

    /// <summary>Path of an initial RAM file system instead of the tool's; null for the tool's.</summary>
    public string? Initrd { get; init; }

    /// <summary>The guest's memory.</summary>
    public int MemoryMiB { get; init; } = 512;

    /// <summary>Added to the guest kernel's command line.</summary>
    public string CommandLine { get; init; } = string.Empty;

    /// <summary>Limit for the whole run, or null.</summary>
    public TimeSpan? TimeLimit { get; init; }

    /// <summary>Files to add to the guest, each HOSTPATH:GUESTPATH.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>The guest's disks.</summary>
    public IReadOnlyList<GuestDisk> Disks { get; init; } = [];

    /// <summary>What the guest writes to its disks is thrown away.</summary>
    public bool Ephemeral { get; init; }

    /// <summary>The guest is a system on a disk, which boots by its own initial RAM file system and init.</summary>
    public bool IsSystem { get; init; }

    /// <summary>Folder that keeps this run's logs; null: kept only when the run fails.</summary>
    public string? LogFolder { get; init; }

    /// <summary>What carries the guest.</summary>
    public Carrier Carrier { get; init; }

    /// <summary>What carries the guests' consoles.</summary>
    public ConsoleKind ConsoleKind { get; init; }

    /// <summary>Count instructions.</summary>
    public bool CountInstructions { get; init; }

    /// <summary>Show the guest's boot messages.</summary>
    public bool Verbose { get; init; }

    /// <summary>Port to wait on for a debugger, or 0.</summary>
    public int DebuggerPort { get; init; }

    /// <summary>Boot the kernel unpacked where it runs on the machine itself too, so that unpacking is no part of its boot.</summary>
    public bool UnpackedKernel { get; init; }

    /// <summary>Program that the guest's kernel starts first instead of the tool's own; null for the tool's.</summary>
    public string? FirstProgram { get; init; }

    /// <summary>How the guest kernel enters the ROM: a value of the boot manifest's key "entry".</summary>
    public string Entry { get; init; } = "auto";

    /// <summary>Words that the environment adds to the command line of every Linux guest whose process 1 is the tool's.</summary>
    public string GuestWords { get; } = Environment.GetEnvironmentVariable("TIERCE_GUEST_OPTIONS") ?? string.Empty;

    /// <summary>Added to the command line of Tierce's kernel by the environment of the tool, for every command that boots it.</summary>
    public string KernelOptions { get; } = Environment.GetEnvironmentVariable("TIERCE_KERNEL_OPTIONS") ?? string.Empty;

    /// <summary>Lines to add to the guest's section of the boot manifest.</summary>
    public IReadOnlyList<string> ManifestLines { get; init; } = [];

    /// <summary>Words for the command line of Tierce's own kernel; empty for none.</summary>
    public string KernelWords { get; init; } = string.Empty;

    /// <summary>File for the kernel's events, or null.</summary>
    public string? TraceFile { get; init; }

    /// <summary>Folder with images to boot instead of those of the same name that were built; null for none.</summary>
    public string? ImageFolder { get; init; }

    /// <summary>For a machine without this tool at the other end: the guest uses its console as it is, and the log goes to the serial port.</summary>
    public bool Standalone { get; init; }

    /// <summary>How the guest's process 1 uses the console.</summary>
    public Tierce.Tool.Guest.SessionMode Mode
    {
        get
        {
            if (Command is not null)
            {
                return Tierce.Tool.Guest.SessionMode.Command;
            }

            if (Initrd is not null || !Tierce.Tool.Guest.KernelSource.IsLinux(Guest))
            {
                return Tierce.Tool.Guest.SessionMode.Plain;
            }

            return Console.IsInputRedirected && !Standalone ? Tierce.Tool.Guest.SessionMode.Script : Tierce.Tool.Guest.SessionMode.Shell;
        }
    }
}

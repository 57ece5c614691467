using Tierce.Tool.Host;

namespace Tierce.Tool.Boot;

/// <summary>One machine to start in QEMU.</summary>
internal sealed record MachineSettings
{
    /// <summary>Path of what QEMU loads as the kernel.</summary>
    public required string Kernel { get; init; }

    /// <summary>Path, or QEMU's list, of the files that it loads together with the kernel.</summary>
    public required string Modules { get; init; }

    /// <summary>Kernel command line.</summary>
    public string CommandLine { get; init; } = string.Empty;

    /// <summary>Memory of the machine, in MiB.</summary>
    public required int MemoryMiB { get; init; }

    /// <summary>The part below 4 GiB in MiB, with the rest above; null for QEMU's default.</summary>
    public int? BelowMiB { get; init; }

    /// <summary>What carries the consoles of its guests.</summary>
    public ConsoleKind ConsoleKind { get; init; }

    /// <summary>Disks of the machine.</summary>
    public MachineDisks Disks { get; init; } = new([]);

    /// <summary>File that takes the debug console (port 0xe9): Tierce's log.</summary>
    public required string LogFile { get; init; }

    /// <summary>Count instructions: one is a nanosecond of virtual time, and runs repeat exactly.</summary>
    public bool CountInstructions { get; init; }

    /// <summary>A plug-in for QEMU with its arguments, as its option -plugin has them; null for none.</summary>
    public string? Plugin { get; init; }

    /// <summary>
    /// With <see cref="CountInstructions"/>: while the processor is idle, the machine's clock runs on with the host's. Otherwise it jumps to the
    /// next timer, so that a machine that waits for the host, for a disk say, sees timer after timer.
    /// </summary>
    public bool WaitsForHost { get; init; }

    /// <summary>Stop before the first instruction and wait for a debugger on this TCP port; 0: do not.</summary>
    public int DebuggerPort { get; init; }

    /// <summary>Path of a socket on which QEMU's gdb stub listens while the machine runs, and which goes with it; null for none.</summary>
    public string? DebuggerSocket { get; init; }

    /// <summary>Path of a socket that is the machine's second serial line, and which goes with it; null for none.</summary>
    public string? ControlSocket { get; init; }

    /// <summary>With <see cref="DebuggerSocket"/>: stop before the first instruction.</summary>
    public bool WaitsForDebugger { get; init; }

    /// <summary>File that holds the machine's memory, for others to look into; null: none.</summary>
    public string? MemoryFile { get; init; }

    /// <summary>
    /// The machine has more memory than the host, which gives memory only where the guests use it. Linux refuses to reserve as much.
    /// </summary>
    public bool Overcommits => MemoryFile is null && HostMemory.MayOvercommit && MemoryMiB > HostMemory.MiB;

    /// <summary>
    /// QEMU's command line. Never uses hardware virtualization: Tierce does not need it, and where it is offered it may hang stock kernels.
    /// </summary>
    public IEnumerable<string> Arguments()
    {
        // Without SMAP and SMEP for comparability: Xen's PV guests crash with them under QEMU 7.2. Instruction counts also
        // go without ERMS and FSRM, or each byte of a string instruction counts as one.
        string processor = CountInstructions ? "max,-smap,-smep,-erms,-fsrm" : "max,-smap,-smep";
        List<string> arguments =
        [
            "-machine", MachineType(), "-accel", "tcg", "-cpu", processor, "-m", $"{MemoryMiB}M",
            "-kernel", Kernel, "-initrd", Modules, "-append", CommandLine,
            "-nodefaults", "-no-user-config", "-display", "none", "-monitor", "none", "-no-reboot",
            "-chardev", "stdio,id=console,signal=off", .. MachineConsole.Arguments(ConsoleKind),
            "-debugcon", $"file:{LogFile}",
            "-device", "isa-debug-exit,iobase=0xf4,iosize=0x04",
        ];
        if (CountInstructions)
        {
            // With sleep=off QEMU takes a processor that its stub has just stopped for an idle one, and jumps to the next timer.
            arguments.AddRange(["-icount", DebuggerSocket is null && !WaitsForHost ? "shift=0,sleep=off" : "shift=0,sleep=on", "-seed", "1", "-rtc", "base=2026-01-01,clock=vm"]);
        }

        if (Plugin is not null)
        {
            arguments.AddRange(["-plugin", Plugin]);
        }

        if (DebuggerPort != 0)
        {
            arguments.AddRange(["-gdb", $"tcp:127.0.0.1:{DebuggerPort}", "-S"]);
        }

        if (DebuggerSocket is not null)
        {
            arguments.AddRange(["-gdb", $"unix:{DebuggerSocket},server=on,wait=off", .. WaitsForDebugger ? (string[])["-S"] : []]);
        }

        if (ControlSocket is not null)
        {
            arguments.AddRange(["-chardev", $"socket,id=control,path={ControlSocket.Replace(",", ",,", StringComparison.Ordinal)},server=on,wait=off", "-serial", "chardev:control"]);
        }

        if (MemoryFile is not null)
        {
            arguments.AddRange(["-object", $"memory-backend-file,id=ram,size={MemoryMiB}M,mem-path={MemoryFile},share=on"]);
        }
        else if (Overcommits)
        {
            arguments.AddRange(["-object", $"memory-backend-ram,id=ram,size={MemoryMiB}M,reserve=off"]);
        }

        arguments.AddRange(Disks.Arguments);
        arguments.AddRange((Environment.GetEnvironmentVariable("TIERCE_QEMU_ARGS") ?? string.Empty).Split(' ', StringSplitOptions.RemoveEmptyEntries));
        return arguments;
    }

    private string MachineType()
    {
        string below = BelowMiB is { } size ? $",max-ram-below-4g={size}M" : string.Empty;
        return $"pc{below}{(MemoryFile is null && !Overcommits ? string.Empty : ",memory-backend=ram")}";
    }
}

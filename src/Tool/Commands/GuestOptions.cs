using System.CommandLine;
using System.Globalization;
using Tierce.Tool.Boot;
using Tierce.Tool.Guest;
using Tierce.Tool.Host;

namespace Tierce.Tool.Commands;

/// <summary>Options that say what to boot, shared by the commands that boot something.</summary>
internal sealed class GuestOptions
{
    private readonly Option<string> _exec = new("--exec") { HelpName = "CMD", Description = "Run this shell command in the guest instead of a shell; standard input and both outputs are the command's own" };
    private readonly Option<string> _guest = new("--guest") { HelpName = "cloud|generic|grub|small|native|PATH", Description = "Kernel: Debian's linux-image-cloud-amd64 or linux-image-amd64 of today, its GRUB for Xen, the small guests that come with Tierce (of the Xen and the native interface), another Debian package such as linux-image-rt-amd64, or the path of a bzImage or ELF kernel", DefaultValueFactory = _ => "cloud" };
    private readonly Option<string> _initrd = new("--initrd") { HelpName = "FILE", Description = "Initial RAM file system instead of the tool's; its own /init runs (with --exec: the tool's, beside it)" };
    private readonly Option<string> _memory = new("--memory") { HelpName = "SIZE", Description = "The guest's memory, such as 512M or 2G", DefaultValueFactory = _ => "512M" };
    private readonly Option<string> _commandLine = new("--cmdline") { HelpName = "TEXT", Description = "Added to the guest kernel's command line" };
    private readonly Option<string> _timeout = new("--timeout") { HelpName = "SECONDS", Description = "Time limit for the whole run, boot included; exit status 124 when it passes" };
    private readonly Option<string[]> _file = new("--file") { HelpName = "HOST[:GUEST]", Description = "Add a file to the guest, as an executable; by default as /tierce/NAME" };
    private readonly Option<string[]> _disk = new("--disk") { HelpName = "FILE[:ro]", Description = "Give the guest a disk: a raw image or a block device. May be given several times: xvda, xvdb, ...; with --native and --xen vda, vdb, ..." };
    private readonly Option<bool> _ephemeral = new("--ephemeral") { Description = "Throw away at the end what the guest has written to its disks" };
    private readonly Option<string> _logs = new("--logs") { HelpName = "FOLDER", Description = "Keep this run's logs there: tierce.log, console.log, guest.log" };
    private readonly Option<string> _entry = EntryOption.Create();
    private readonly Option<bool> _verbose = new("--verbose", "-v") { Description = "Show the guest's boot messages, on standard error" };
    private readonly Option<bool> _native = new("--native") { Description = "For comparison: boot the same guest on QEMU's machine itself, without Tierce", Hidden = true };
    private readonly Option<bool> _xen = new("--xen") { Description = "For comparison: boot the same guest under Debian's Xen (generic kernel only)", Hidden = true };
    private readonly Option<bool> _count = new("--icount") { Description = "Count instructions: one is a nanosecond of the machine's time, and runs repeat", Hidden = true };
    private readonly Option<string> _console = new("--console") { HelpName = "serial|virtio", Description = "Device that carries the console: the first serial port, or a virtio console, which is faster and what 'run' takes for a command or a script" };
    private readonly Option<string[]> _manifest = new("--manifest-line") { HelpName = "KEY=VALUE", Description = "Added to the guest's section of the boot manifest", Hidden = true };
    private readonly Option<string> _kernelOptions = new("--kernel-cmdline") { HelpName = "TEXT", Description = "Added to the command line of Tierce's own kernel, such as isolation=on" };
    private readonly Option<string> _images = new("--images") { HelpName = "FOLDER", Description = "Boot images of this folder in place of those built", Hidden = true };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in (ReadOnlySpan<Option>)[_exec, _guest, _initrd, _memory, _commandLine, _timeout, _file, _disk, _ephemeral, _logs, _entry, _verbose, _native, _xen, _count, _manifest, _kernelOptions, _images, _console])
        {
            command.Add(option);
        }
    }

    /// <summary>What the user gave.</summary>
    /// <exception cref="ToolException">A value makes no sense; the message names the option.</exception>
    public RunOptions Read(ParseResult parsed)
    {
        string? timeout = parsed.GetValue(_timeout);
        double seconds = 0;
        if (timeout is not null && (!double.TryParse(timeout, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out seconds) || seconds is not (> 0 and <= 1e6)))
        {
            throw new ToolException($"--timeout {timeout}: say a number of seconds, at most 1000000");
        }

        if (parsed.GetValue(_native) && parsed.GetValue(_xen))
        {
            throw new ToolException("--native and --xen exclude each other");
        }

        return new RunOptions
        {
            Command = parsed.GetValue(_exec),
            Guest = parsed.GetValue(_guest)!,
            Initrd = parsed.GetValue(_initrd),
            MemoryMiB = GuestMemory.Parse(parsed.GetValue(_memory)!),
            CommandLine = parsed.GetValue(_commandLine) ?? string.Empty,
            TimeLimit = timeout is null ? null : TimeSpan.FromSeconds(seconds),
            Files = parsed.GetValue(_file) ?? [],
            Disks = [.. GuestDisk.ParseAll(parsed.GetValue(_disk) ?? []).Select(disk => disk with { Ephemeral = parsed.GetValue(_ephemeral) })],
            Ephemeral = parsed.GetValue(_ephemeral),
            LogFolder = OutputFile.CheckFolder("--logs", parsed.GetValue(_logs)),
            Verbose = parsed.GetValue(_verbose),
            Carrier = parsed.GetValue(_native) ? Carrier.Native : parsed.GetValue(_xen) ? Carrier.Xen : Carrier.Tierce,
            ConsoleKind = ReadConsole(parsed) ?? ConsoleKind.Serial,
            CountInstructions = parsed.GetValue(_count),
            Entry = EntryOption.Read(parsed, _entry),
            ManifestLines = parsed.GetValue(_manifest) ?? [],
            KernelWords = parsed.GetValue(_kernelOptions) ?? string.Empty,
            ImageFolder = parsed.GetValue(_images) is not { } images || Directory.Exists(images) ? parsed.GetValue(_images) : throw new ToolException($"--images {images}: no such folder"),
        };
    }

    /// <summary>The device that the user chose; null if there was no choice.</summary>
    /// <exception cref="ToolException">There is no such device.</exception>
    public ConsoleKind? ReadConsole(ParseResult parsed)
    {
        ConsoleKind? kind = parsed.GetValue(_console) switch
        {
            null => null,
            "serial" => ConsoleKind.Serial,
            "virtio" => ConsoleKind.Virtio,
            var other => throw new ToolException($"--console {other}: say serial or virtio"),
        };
        return kind != ConsoleKind.Virtio || !(parsed.GetValue(_native) || parsed.GetValue(_xen))
            ? kind
            : throw new ToolException("--console virtio: is for guests on Tierce, not with --native or --xen");
    }
}

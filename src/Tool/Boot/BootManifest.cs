using System.Globalization;
using System.Text;
using Tierce.Abi;

namespace Tierce.Tool.Boot;

/// <summary>Writes the boot manifest that Tierce's root reads: which driver and guest to start, and their rights.</summary>
internal static class BootManifest
{
    /// <summary>Port of QEMU's isa-debug-exit device, through which root ends the machine.</summary>
    private const int ExitPort = 0xf4;

    /// <summary>Name of the guest in a machine with one guest.</summary>
    public const string OnlyGuest = "guest";

    /// <summary>Name of the section of the control line's driver.</summary>
    private const string Control = "control";

    /// <summary>Memory of an application's own.</summary>
    public const int ApplicationMiB = 1;

    /// <summary>A machine with one guest.</summary>
    /// <param name="memoryMiB">The guest's memory.</param>
    /// <param name="commandLine">The guest kernel's command line; one line.</param>
    /// <param name="more">Further lines of the guest's section.</param>
    /// <param name="standalone">For any machine, not one in QEMU that this tool follows.</param>
    /// <param name="console">What carries its console.</param>
    /// <param name="disks">The machine's disks; null for none.</param>
    public static byte[] OneGuest(int memoryMiB, string commandLine, IEnumerable<string> more, bool standalone = false, ConsoleKind console = ConsoleKind.Serial, MachineDisks? disks = null) =>
        Encoding.UTF8.GetBytes(Head([], console, disks, standalone) + Guest(OnlyGuest, "kernel", "initrd", memoryMiB, commandLine, ["on-end=exit", .. more]));

    /// <summary>The machine, the console's driver, which is started again if it crashes, and the drivers of disks.</summary>
    /// <param name="more">Further lines of the console's driver's section.</param>
    /// <param name="console">What carries the guests' consoles.</param>
    /// <param name="disks">The machine's disks; null for none.</param>
    /// <param name="standalone">The machine has no exit port: it halts when all is done. It has no control line either.</param>
    public static string Head(IEnumerable<string> more, ConsoleKind console, MachineDisks? disks, bool standalone = false)
    {
        bool controlled = disks is { Count: > 0 } && !standalone;
        return Machine(standalone, controlled ? $"\ncontrol={Control}" : string.Empty)
            + (HasBus(console, disks) ? Bus : string.Empty)
            + Driver("console", MachineConsole.Image(console), MachineConsole.DeviceKeys(console), ["restart=on-crash", .. more])
            + (controlled ? ControlDriver : string.Empty) + disks?.Sections;
    }

    /// <summary>Images of the programs that serve consoles and disks.</summary>
    public static IEnumerable<string> Images(ConsoleKind console, MachineDisks disks) => ((IEnumerable<string>)
    [
        MachineConsole.Image(console),
        .. HasBus(console, disks) ? (string[])["bus"] : [],
        .. disks.Count == 0 ? (string[])[] : [ControlImage],
        .. disks.Images,
    ]).Distinct();

    /// <summary>Number of these programs, without guests' back ends: the console's driver, the bus, the disks' drivers, the control line's.</summary>
    public static int Programs(ConsoleKind console, MachineDisks disks) => 1 + (HasBus(console, disks) ? 1 : 0) + (disks.Count == 0 ? 0 : disks.Count + 1);

    /// <summary>A machine and a driver of the first serial port.</summary>
    public static string SerialDriver(string name, string image) =>
        Machine(standalone: false, string.Empty) + Driver(name, image, MachineConsole.DeviceKeys(ConsoleKind.Serial), []);

    /// <summary>Driver of the control line.</summary>
    private static string ControlImage => MachineConsole.Image(ConsoleKind.Serial);

    /// <summary>A driver of the second serial port, whose only client is root.</summary>
    private static string ControlDriver => $"""
        [driver {Control}]
        image={ControlImage}
        irq=3
        ports=0x2f8-0x2ff
        restart=on-crash


        """;

    private const string Bus = """
        [driver bus]
        image=bus
        bus=pci
        ports=0xcf8-0xcff


        """;

    private static bool HasBus(ConsoleKind console, MachineDisks? disks) => console == ConsoleKind.Virtio || disks is { Count: > 0 };

    private static string Machine(bool standalone, string more) => string.Create(CultureInfo.InvariantCulture, $"""
        [machine]
        {(standalone ? "# halts at the end" : $"exit-port=0x{ExitPort:x}")}{more}


        """);

    private static string Driver(string name, string image, string device, IEnumerable<string> more) => string.Create(CultureInfo.InvariantCulture, $"""
        [driver {name}]
        image={image}
        {device}
        {string.Join('\n', more)}


        """);

    /// <summary>One guest, on the console.</summary>
    /// <exception cref="ToolException">The command line is none that root takes.</exception>
    public static string Guest(string name, string kernel, string initrd, int memoryMiB, string commandLine, IEnumerable<string> more)
    {
        if (commandLine.AsSpan().IndexOfAny('\n', '\r', '\0') >= 0)
        {
            throw new ToolException("--cmdline must be one line");
        }

        int size = Encoding.UTF8.GetByteCount(commandLine);
        return size < ManifestLimits.CommandLineSize
            ? string.Create(CultureInfo.InvariantCulture, $"""
            [guest {name}]
            monitor=monitor
            rom=rom
            native-rom=rom-native
            kernel={kernel}
            initrd={initrd}
            memory={memoryMiB}M
            cmdline={commandLine}
            console=console
            {string.Join('\n', more)}


            """)
            : throw new ToolException($"--cmdline: the guest kernel's command line would have {size} bytes with the tool's own words; it can have {ManifestLimits.CommandLineSize - 1}");
    }

    /// <summary>A machine with one guest on the native interface, and nothing else but what further lines say: no driver, no console.</summary>
    public static string LoneGuest(string name, int memoryMiB, string commandLine, string more = "") => string.Create(CultureInfo.InvariantCulture, $"""
        [machine]
        exit-port=0x{ExitPort:x}

        [guest {name}]
        monitor=monitor
        rom=rom
        native-rom=rom
        kernel=kernel
        memory={memoryMiB}M
        cmdline={commandLine}
        on-end=exit
        {more}

        """);

    /// <summary>One raw application, with some memory of its own.</summary>
    public static string Application(string name, string image, string arguments) => string.Create(CultureInfo.InvariantCulture, $"""
        [application {name}]
        image={image}
        args={arguments}
        memory={ApplicationMiB}M
        on-end=exit-last


        """);
}

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

    /// <summary>A machine with one guest on the first serial line.</summary>
    /// <param name="memoryMiB">The guest's memory.</param>
    /// <param name="commandLine">The guest kernel's command line; one line.</param>
    /// <param name="more">Further lines of the guest's section.</param>
    /// <param name="standalone">For any machine, not one in QEMU that this tool follows.</param>
    /// <param name="disks">Sections of the machine's disks; see <see cref="MachineDisks.Sections"/>.</param>
    public static byte[] OneGuest(int memoryMiB, string commandLine, IEnumerable<string> more, bool standalone = false, string disks = "") =>
        Encoding.UTF8.GetBytes(Head([], standalone, hasControl: disks.Length != 0) + disks + Guest(OnlyGuest, "kernel", "initrd", memoryMiB, commandLine, ["on-end=exit", .. more]));

    /// <summary>The machine and the console's driver, which is started again if it crashes.</summary>
    /// <param name="more">Further lines of the driver's section.</param>
    /// <param name="standalone">The machine has no exit port: it halts when all is done.</param>
    /// <param name="hasControl">The machine has a control line, unless it is standalone.</param>
    public static string Head(IEnumerable<string> more, bool standalone = false, bool hasControl = false)
    {
        bool controlled = hasControl && !standalone;
        return Driver("console", "console", ["restart=on-crash", .. more], standalone, controlled ? $"\ncontrol={Control}" : string.Empty) + (controlled ? ControlDriver : string.Empty);
    }

    /// <summary>A driver of the second serial port, whose only client is root.</summary>
    private static string ControlDriver => $"""
        [driver {Control}]
        image=console
        irq=3
        ports=0x2f8-0x2ff
        restart=on-crash


        """;

    /// <summary>The machine and a driver of the first serial port.</summary>
    /// <param name="name">Name of the driver's section.</param>
    /// <param name="image">The driver.</param>
    /// <param name="more">Further lines of the driver's section.</param>
    /// <param name="standalone">The machine has no exit port.</param>
    /// <param name="machine">Further lines of the machine's section, each after a line feed.</param>
    public static string Driver(string name, string image, IEnumerable<string> more, bool standalone = false, string machine = "") => string.Create(CultureInfo.InvariantCulture, $"""
        [machine]
        {(standalone ? "# halts at the end" : $"exit-port=0x{ExitPort:x}")}{machine}

        [driver {name}]
        image={image}
        irq=4
        ports=0x3f8-0x3ff
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

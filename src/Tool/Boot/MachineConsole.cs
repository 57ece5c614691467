namespace Tierce.Tool.Boot;

/// <summary>The device that carries the guests' consoles.</summary>
internal enum ConsoleKind
{
    /// <summary>The first serial port.</summary>
    Serial,

    /// <summary>A port of a virtio console.</summary>
    Virtio,
}

/// <summary>What a machine has for its guests' consoles. This tool is at the other end, by QEMU's standard input and output.</summary>
internal static class MachineConsole
{
    /// <summary>Image of the driver.</summary>
    public static string Image(ConsoleKind kind) => kind == ConsoleKind.Virtio ? "virtioconsole" : "console";

    /// <summary>
    /// What QEMU needs. A virtio console's port 0 drops what this tool does not read at once; port 1 waits.
    /// </summary>
    public static IEnumerable<string> Arguments(ConsoleKind kind) => kind == ConsoleKind.Virtio
        ?
        [
            "-serial", "none",
            "-device", "virtio-serial-pci,id=ports,max_ports=2,disable-legacy=on,addr=7",
            "-device", "virtserialport,bus=ports.0,nr=1,chardev=console",
        ]
        : ["-serial", "chardev:console"];

    /// <summary>The lines of the driver's section that name the device.</summary>
    public static string DeviceKeys(ConsoleKind kind) => kind == ConsoleKind.Virtio ? "device=console:0" : "irq=4\nports=0x3f8-0x3ff";
}

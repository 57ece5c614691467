using System.Globalization;
using Tierce.Runtime.Devices;

namespace Tierce.Tool.Boot;

/// <summary>
/// The disks of a machine: the files and devices that its guests' disks are parts of. Each is one disk for QEMU and has one driver, which
/// serves all guests that share it.
/// </summary>
internal sealed class MachineDisks
{
    /// <summary>PCI slots of disks; the machine's own devices have lower ones.</summary>
    private const int FirstSlot = 8;

    /// <summary>Programs that a machine with disks has besides the bus: the driver, the back end.</summary>
    private static readonly string[] s_images = ["virtioblock", "blockback"];

    private readonly List<GuestDisk> _disks = [];

    /// <summary>The disks of guests, in their order.</summary>
    /// <param name="users">Each disk, with the name of its guest.</param>
    /// <exception cref="ToolException">Two guests would disturb each other, or there are too many.</exception>
    public MachineDisks(IEnumerable<(string Guest, GuestDisk Disk)> users)
    {
        List<(string Guest, GuestDisk Disk)> seen = [];
        foreach ((string guest, GuestDisk disk) in users)
        {
            Check(seen, guest, disk);
            seen.Add((guest, disk));
            int known = _disks.FindIndex(other => other.Path == disk.Path);
            if (known < 0)
            {
                _disks.Add(disk);
            }
            else if (!disk.ReadOnly)
            {
                _disks[known] = disk;
            }
        }

        if (_disks.Count > BusTable.MostDevices)
        {
            throw new ToolException($"the guests have {_disks.Count} disks together; a machine has at most {BusTable.MostDevices}");
        }
    }

    /// <summary>The disks of a machine's only guest.</summary>
    public static MachineDisks Of(IEnumerable<GuestDisk> disks) => new(disks.Select(disk => (BootManifest.OnlyGuest, disk)));

    /// <summary>Checks that the machine has room for its console's device too.</summary>
    /// <exception cref="ToolException">It has not.</exception>
    public void CheckRoom(ConsoleKind console)
    {
        if (console == ConsoleKind.Virtio && Count == BusTable.MostDevices)
        {
            throw new ToolException($"--console virtio: the guests have {Count} disks together; with a virtio console a machine has at most {BusTable.MostDevices - 1}");
        }
    }

    /// <summary>Number of disks.</summary>
    public int Count => _disks.Count;

    /// <summary>Images of the programs that serve them, besides the bus; none without disks.</summary>
    public IEnumerable<string> Images => Count == 0 ? [] : s_images;

    /// <summary>What QEMU needs for them. Devices are found in this order.</summary>
    public IEnumerable<string> Arguments => _disks.SelectMany((disk, number) => (string[])
    [
        "-drive", $"if=none,id=disk{number},format=raw,file={disk.Path.Replace(",", ",,", StringComparison.Ordinal)}{(disk.ReadOnly ? ",readonly=on" : string.Empty)}{(disk.Ephemeral ? ",snapshot=on" : string.Empty)}{(disk.IsScratch ? ",cache=unsafe" : string.Empty)}",
        "-device", $"virtio-blk-pci,id=device{number},drive=disk{number},disable-legacy=on,addr={FirstSlot + number:x}",
    ]);

    /// <summary>The manifest's sections of a driver for each disk.</summary>
    public string Sections => Count == 0 ? string.Empty : string.Create(CultureInfo.InvariantCulture, $"""
        {string.Join("\n\n", Enumerable.Range(0, Count).Select(Section))}


        """);

    /// <summary>The manifest's lines that give a guest its disks, in its order.</summary>
    public IEnumerable<string> LinesOf(IReadOnlyList<GuestDisk> guest) => guest.Count == 0 ? [] :
    [
        .. guest.Select(disk => $"disk={disk.ManifestValue(Name(_disks.FindIndex(own => own.Path == disk.Path)))}"),
        "block-back=blockback",
    ];

    private static void Check(List<(string Guest, GuestDisk Disk)> seen, string guest, GuestDisk disk)
    {
        (string Guest, GuestDisk Disk)[] users = [.. seen.Where(other => other.Disk.Path == disk.Path)];
        if (users.FirstOrDefault(other => other.Disk.Conflicts(disk)) is { Disk: not null } other)
        {
            throw new ToolException($"disk {disk.Path}: guest {other.Guest} and guest {guest} would have the same sectors of it, and one of them may write");
        }

        if (users.Length >= BusDevice.MostClients)
        {
            throw new ToolException($"disk {disk.Path}: has more than {BusDevice.MostClients} users");
        }
    }

    private static string Section(int number) => string.Create(CultureInfo.InvariantCulture, $"""
        [driver {Name(number)}]
        image=virtioblock
        device=block:{number}
        restart=on-crash
        """);

    private static string Name(int number) => string.Create(CultureInfo.InvariantCulture, $"disk{number}");
}

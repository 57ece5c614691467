using Tierce.Tool.Host;

namespace Tierce.Tool.Boot;

/// <summary>A disk of a guest: a file or a block device of the host.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="ReadOnly">The guest may not write to it.</param>
/// <param name="Ephemeral">What the guest writes is thrown away at the end of the run.</param>
internal sealed record GuestDisk(string Path, bool ReadOnly, bool Ephemeral = false)
{
    /// <summary>Most disks of a guest.</summary>
    public const int Most = Tierce.Runtime.Devices.DeviceControl.MostDevices;

    private const int SectorSize = 512;

    /// <summary>Reads <c>FILE|DEVICE[:ro]</c> and checks that QEMU can use it.</summary>
    /// <param name="option">The text; a path may hold colons.</param>
    /// <exception cref="ToolException">It cannot.</exception>
    public static GuestDisk Parse(string option)
    {
        bool readOnly = option.EndsWith(":ro", StringComparison.Ordinal) && !File.Exists(option);
        string path = readOnly ? option[..^3] : option;
        string what = $"--disk {option}";
        InputFile.CheckThere(what, path, "disk");
        try
        {
            using FileStream file = new(path, FileMode.Open, readOnly ? FileAccess.Read : FileAccess.ReadWrite, FileShare.ReadWrite);
            long length = file.Length != 0 ? file.Length : file.Seek(0, SeekOrigin.End);
            if (length < SectorSize)
            {
                throw new ToolException($"{what}: is too small for a disk: {length} bytes");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new ToolException($"{what}: cannot be opened{(readOnly ? string.Empty : " for writing")}: {e.Message}");
        }

        return new GuestDisk(System.IO.Path.GetFullPath(path), readOnly);
    }

    /// <summary>Reads all of them.</summary>
    /// <exception cref="ToolException">One cannot be used, there are too many, or one is named twice.</exception>
    public static GuestDisk[] ParseAll(IReadOnlyList<string> options)
    {
        GuestDisk[] disks = [.. options.Select(Parse)];
        if (disks.Length > Most)
        {
            throw new ToolException($"--disk: a guest has at most {Most} disks");
        }

        IGrouping<string, GuestDisk>? twice = disks.GroupBy(disk => disk.Path).FirstOrDefault(same => same.Count() > 1 && same.Any(disk => !disk.ReadOnly));
        return twice is null ? disks : throw new ToolException($"--disk {twice.Key}: is named twice, and may be written");
    }

    /// <summary>What QEMU needs for it.</summary>
    /// <param name="number">Its number, from 0; devices are found in this order.</param>
    public IEnumerable<string> Arguments(int number) =>
    [
        "-drive", $"if=none,id=disk{number},format=raw,file={Path.Replace(",", ",,", StringComparison.Ordinal)}{(ReadOnly ? ",readonly=on" : string.Empty)}{(Ephemeral ? ",snapshot=on" : string.Empty)}",
        "-device", $"virtio-blk-pci,drive=disk{number},disable-legacy=on,addr={FirstSlot + number:x}",
    ];

    /// <summary>PCI slots of disks; the machine's own devices have lower ones.</summary>
    private const int FirstSlot = 8;
}

using Tierce.Tool.Boot;
using YamlDotNet.RepresentationModel;

namespace Tierce.Tool.Group;

/// <summary>Reads the disks of a guest in the file that describes guests.</summary>
internal static class DiskSection
{
    private const string File = "file", ReadOnly = "read-only", Partition = "partition", First = "first", Sectors = "sectors", Operations = "operations", Bytes = "bytes", Plugged = "plugged";

    /// <summary>Largest number of sectors.</summary>
    private const long MostSectors = 1L << 53;

    /// <summary>The key "disks" of a guest: a list of texts as <c>--disk</c> takes them, or of sections.</summary>
    /// <param name="file">The file that describes the guest.</param>
    /// <param name="folder">Its folder, to which paths are relative.</param>
    /// <param name="guest">The guest's section.</param>
    /// <param name="ephemeral">What guests write is thrown away.</param>
    /// <exception cref="ToolException">A disk is unusable; the message says where it stands.</exception>
    public static GuestDisk[] ReadAll(string file, string folder, YamlSection guest, bool ephemeral)
    {
        List<GuestDisk> disks = [];
        foreach (YamlNode node in guest.List("disks"))
        {
            DescriptionSource place = new(file, (int)node.Start.Line, new Dictionary<string, int>());
            YamlSection? section = node is YamlScalarNode { Value.Length: > 0 } ? null : new(file, node, "a disk", File, ReadOnly, Partition, First, Sectors, Operations, Bytes, Plugged);
            disks.Add(DescriptionSource.Use(place, "disks", () => section is null ? GuestDisk.Parse("disk", ((YamlScalarNode)node).Value!, folder) : Read(folder, section)) with { Ephemeral = ephemeral });
        }

        return DescriptionSource.Use(new DescriptionSource(file, guest.Line, guest.Lines), "disks", () =>
        {
            GuestDisk.CheckCount("disks", disks.Count);
            return disks.ToArray();
        });
    }

    private static GuestDisk Read(string folder, YamlSection section)
    {
        string path = section.Text(File) ?? throw new ToolException("a disk has no file");
        string what = $"disk {path}";
        GuestDisk disk = GuestDisk.Open(what, Path.Combine(folder, path), Flag(section, ReadOnly, without: false));
        return disk with
        {
            Part = Part(what, section, disk),
            Operations = Amount(section, Operations, 1, Control.DiskAmount.MostRate) ?? 0,
            Bytes = Amount(section, Bytes, 1, Control.DiskAmount.MostRate) ?? 0,
            Unplugged = !Flag(section, Plugged, without: true),
        };
    }

    private static DiskPart? Part(string what, YamlSection section, GuestDisk disk)
    {
        long? first = Amount(section, First, 0, MostSectors);
        long? sectors = Amount(section, Sectors, 1, MostSectors);
        if (section.Text(Partition) is { } partition)
        {
            return first is null && sectors is null
                ? PartitionTable.Find(what, disk, partition)
                : throw new ToolException($"{what}: {Partition} excludes {First} and {Sectors}");
        }

        if (first is null && sectors is null)
        {
            return null;
        }

        long most = disk.CountSectors() - (first ?? 0);
        return most >= (sectors ?? 1)
            ? new DiskPart(first ?? 0, sectors ?? most)
            : throw new ToolException($"{what}: the part ends beyond the end of the disk, which has {disk.CountSectors()} sectors of {GuestDisk.SectorSize} bytes");
    }

    private static bool Flag(YamlSection section, string key, bool without) => section.Text(key) switch
    {
        null => without,
        "false" or "no" => false,
        "true" or "yes" => true,
        var other => throw new ToolException($"{key}: {other}: say true or false"),
    };

    /// <summary>A number, with K, M or G for powers of 1024; null if the key is not there.</summary>
    private static long? Amount(YamlSection section, string key, long least, long most)
    {
        if (section.Text(key) is not { } text)
        {
            return null;
        }

        return Control.DiskAmount.TryParse(text, least, most, out long amount) ? amount : throw new ToolException($"{key}: {text}: {Control.DiskAmount.Rule(least, most)}");
    }
}

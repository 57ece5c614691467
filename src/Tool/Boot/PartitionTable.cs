using System.Text.Json;
using Tierce.Tool.Host;

namespace Tierce.Tool.Boot;

/// <summary>One partition of a disk.</summary>
/// <param name="Number">Its number, from 1.</param>
/// <param name="Label">Its name in the table.</param>
/// <param name="Part">Its sectors.</param>
internal sealed record Partition(int Number, string Label, DiskPart Part);

/// <summary>Reads a disk's GUID partition table, by sfdisk.</summary>
internal static class PartitionTable
{
    private const string Reader = "sfdisk";

    /// <summary>The partition with a label or, if none has it, with a number.</summary>
    /// <param name="what">What the user gave, for messages.</param>
    /// <param name="disk">The disk.</param>
    /// <param name="name">Label or number.</param>
    /// <exception cref="ToolException">There is no such partition, or the table is unusable.</exception>
    public static DiskPart Find(string what, GuestDisk disk, string name)
    {
        Requirements.Ensure(Reader);
        ProgramResult result = Programs.Run(Reader, ["--json", disk.Path]);
        if (result.Status != 0)
        {
            throw new ToolException($"{what}: its partition table cannot be read: {Programs.Gist(result.Error)}");
        }

        IReadOnlyList<Partition> partitions = Parse(what, result.Text);
        Check(what, partitions, disk.CountSectors());
        Partition[] found = [.. partitions.Where(partition => partition.Label == name)];
        if (found.Length > 1)
        {
            throw new ToolException($"{what}: partitions {string.Join(" and ", found.Select(partition => partition.Number))} both have the label '{name}'");
        }

        return found.FirstOrDefault()?.Part
            ?? partitions.FirstOrDefault(partition => $"{partition.Number}" == name)?.Part
            ?? throw new ToolException($"{what}: has no partition '{name}'; there are {(partitions.Count == 0 ? "none" : string.Join(", ", partitions.Select(Words)))}");
    }

    /// <summary>Reads what sfdisk writes.</summary>
    /// <exception cref="ToolException">It is no GUID partition table.</exception>
    internal static IReadOnlyList<Partition> Parse(string what, string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        JsonElement table = document.RootElement.GetProperty("partitiontable");
        string kind = table.GetProperty("label").GetString() ?? string.Empty;
        if (kind != "gpt")
        {
            throw new ToolException($"{what}: has a partition table of the kind {kind}; gpt is wanted");
        }

        long scale = table.TryGetProperty("sectorsize", out JsonElement size) ? size.GetInt64() / GuestDisk.SectorSize : 1;
        return table.TryGetProperty("partitions", out JsonElement list) ? [.. list.EnumerateArray().Select(entry => One(entry, scale))] : [];
    }

    /// <summary>Checks that no partition touches another and all lie on the disk.</summary>
    /// <exception cref="ToolException">The table is damaged.</exception>
    internal static void Check(string what, IReadOnlyList<Partition> partitions, long sectors)
    {
        foreach (Partition partition in partitions)
        {
            if (partition.Part.First + partition.Part.Sectors > sectors)
            {
                throw new ToolException($"{what}: partition {Words(partition)} ends beyond the end of the disk");
            }

            if (partitions.FirstOrDefault(other => other.Number > partition.Number && other.Part.Overlaps(partition.Part)) is { } overlapping)
            {
                throw new ToolException($"{what}: partitions {Words(partition)} and {Words(overlapping)} overlap");
            }
        }
    }

    private static string Words(Partition partition) => partition.Label.Length == 0 ? $"{partition.Number}" : $"{partition.Number} ('{partition.Label}')";

    /// <summary>The node is the disk's path and a number, after a "p" if the path ends in a digit.</summary>
    private static Partition One(JsonElement entry, long scale)
    {
        string node = entry.GetProperty("node").GetString() ?? string.Empty;
        int number = int.Parse(node.AsSpan(node.AsSpan().LastIndexOfAnyExceptInRange('0', '9') + 1), System.Globalization.CultureInfo.InvariantCulture);
        string label = entry.TryGetProperty("name", out JsonElement name) ? name.GetString() ?? string.Empty : string.Empty;
        return new Partition(number, label, new DiskPart(entry.GetProperty("start").GetInt64() * scale, entry.GetProperty("size").GetInt64() * scale));
    }
}

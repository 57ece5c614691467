using Tierce.Tool;
using Tierce.Tool.Boot;
using Tierce.Tool.Group;

namespace Tierce.HostTool.Tests;

/// <summary>A disk that cannot be used is refused in one line, before a machine starts.</summary>
public sealed class DiskOptionTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tierce-disk").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Make(string name, int bytes)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, new byte[bytes]);
        return path;
    }

    private static string Refusal(params string[] options) => Assert.Throws<ToolException>(() => GuestDisk.ParseAll(options)).Message;

    [Fact]
    public void A_disk_is_a_file_of_at_least_one_sector()
    {
        string small = Make("small", 511);
        Assert.Equal($"--disk {small}: is too small for a disk: 511 bytes", Refusal(small));
        Assert.Equal($"--disk {_folder}: is a folder, not a disk", Refusal(_folder));
        Assert.Equal("--disk /nowhere/disk.img: no such file", Refusal("/nowhere/disk.img"));
        Assert.Equal("--disk : no such file", Refusal(string.Empty));
    }

    [Fact]
    public void A_disk_that_is_written_has_one_user()
    {
        string disk = Make("disk:ro", 4096);
        string other = Make("other", 4096);
        Assert.Equal($"--disk {other}: is named twice, and may be written", Refusal(other, other + ":ro"));
        Assert.Equal("--disk: a guest has at most 8 disks", Refusal([.. Enumerable.Repeat(other + ":ro", 9)]));
        Assert.Equal([new GuestDisk(disk, ReadOnly: false), new GuestDisk(other, ReadOnly: true)], GuestDisk.ParseAll([disk, other + ":ro"]));
    }

    [Fact]
    public void Commas_of_a_path_are_no_options_of_QEMU() =>
        Assert.Contains("file=/a,,b,readonly=on", string.Join(' ', new MachineDisks([("g", new GuestDisk("/a,b", ReadOnly: true))]).Arguments), StringComparison.Ordinal);

    private string Described(string disks, int guests = 1)
    {
        string file = Path.Combine(_folder, "guests.yaml");
        File.WriteAllText(file, "guests:\n" + string.Concat(Enumerable.Range(0, guests).Select(_ => $"  - disks:\n{disks}")));
        return file;
    }

    private ToolException Wrong(string disks) => Assert.Throws<ToolException>(() => GuestsFile.Read(Described(disks), new RunOptions()));

    [Theory]
    [InlineData("      - no.img\n", "line 3: disk no.img: no such file")]
    [InlineData("      - file: no.img\n", "line 3: disk no.img: no such file")]
    [InlineData("      - read-only: true\n", "line 3: a disk has no file")]
    [InlineData("      - file: disk.img\n        colour: red\n", "line 4: a disk has no key 'colour'")]
    [InlineData("      - file: disk.img\n        read-only: perhaps\n", "line 3: read-only: perhaps: say true or false")]
    [InlineData("      - file: disk.img\n        plugged: perhaps\n", "line 3: plugged: perhaps: say true or false")]
    [InlineData("      - file: disk.img\n        first: -1\n", "line 3: first: -1: say a number from 0 to")]
    [InlineData("      - file: disk.img\n        sectors: 0\n", "line 3: sectors: 0: say a number from 1 to")]
    [InlineData("      - file: disk.img\n        bytes: 10T\n", "line 3: bytes: 10T: say a number from 1 to")]
    [InlineData("      - file: disk.img\n        operations: 9999999999G\n", "line 3: operations: 9999999999G: say a number from 1 to")]
    [InlineData("      - file: disk.img\n        first: 8\n", "line 3: disk disk.img: the part ends beyond the end of the disk, which has 8 sectors")]
    [InlineData("      - file: disk.img\n        first: 4\n        sectors: 5\n", "line 3: disk disk.img: the part ends beyond the end of the disk")]
    [InlineData("      - file: disk.img\n        partition: a\n        first: 1\n", "line 3: disk disk.img: partition excludes first and sectors")]
    [InlineData("      - file: disk.img\n        partition: a\n", "line 3: disk disk.img: its partition table cannot be read")]
    public void A_disk_of_the_guests_file_is_checked_at_its_line(string disks, string message)
    {
        Make("disk.img", 4096);
        Assert.Contains(message, Wrong(disks).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_guest_has_eight_disks_at_most()
    {
        Make("disk.img", 4096);
        Assert.Contains("line 2: disks: a guest has at most 8 disks", Wrong(string.Concat(Enumerable.Repeat("      - disk.img:ro\n", 9))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parts_and_limits_reach_the_manifest()
    {
        string path = Make("disk.img", 8192);
        (IReadOnlyList<GuestDescription> guests, _) = GuestsFile.Read(
            Described("      - file: disk.img\n        first: 4\n        operations: 1K\n        bytes: 10M\n        plugged: no\n      - disk.img:ro\n"),
            new RunOptions());
        GuestDisk[] disks = [.. guests[0].Disks];
        Assert.Equal(new GuestDisk(path, ReadOnly: false) { Part = new DiskPart(4, 12), Operations = 1024, Bytes = 10 << 20, Unplugged = true }, disks[0]);
        MachineDisks machine = new([("a", disks[0]), ("b", disks[1] with { Part = new DiskPart(0, 4) })]);
        Assert.Equal(1, machine.Count);
        Assert.DoesNotContain("readonly", string.Join(' ', machine.Arguments), StringComparison.Ordinal);
        Assert.Equal(["disk=disk0:unplugged:first=4:sectors=12:ops=1024:bytes=10485760", "block-back=blockback"], machine.LinesOf([disks[0]]));
        Assert.Equal(
            $"disk {path}: guest a and guest b would have the same sectors of it, and one of them may write",
            Assert.Throws<ToolException>(() => new MachineDisks([("a", disks[0]), ("b", disks[1])])).Message);
    }

    [Fact]
    public void One_disk_has_eight_users_at_most_and_a_machine_fifteen_disks()
    {
        GuestDisk disk = new("/a", ReadOnly: true);
        Assert.Equal("disk /a: has more than 8 users", Assert.Throws<ToolException>(() => new MachineDisks(Enumerable.Repeat(("g", disk), 9))).Message);
        Assert.Equal(
            "the guests have 16 disks together; a machine has at most 15",
            Assert.Throws<ToolException>(() => new MachineDisks(Enumerable.Range(0, 16).Select(i => ("g", new GuestDisk($"/{i}", ReadOnly: false))))).Message);
        MachineDisks most = new(Enumerable.Range(0, 15).Select(i => ("g", new GuestDisk($"/{i}", ReadOnly: false))));
        most.CheckRoom(ConsoleKind.Serial);
        Assert.StartsWith("--console virtio: the guests have 15 disks together", Assert.Throws<ToolException>(() => most.CheckRoom(ConsoleKind.Virtio)).Message, StringComparison.Ordinal);
    }

    private const string Table = """
        {"partitiontable": {"label": "gpt", "sectorsize": 4096, "partitions": [
            {"node": "/d/x9p1", "start": 256, "size": 10, "name": "web"},
            {"node": "/d/x9p12", "start": 266, "size": 1}]}}
        """;

    [Fact]
    public void A_partition_has_a_number_and_perhaps_a_label() =>
        Assert.Equal(
            [new Partition(1, "web", new DiskPart(2048, 80)), new Partition(12, string.Empty, new DiskPart(2128, 8))],
            PartitionTable.Parse("disk", Table));

    [Theory]
    [InlineData("\"gpt\"", "\"dos\"", "disk d: has a partition table of the kind dos; gpt is wanted")]
    [InlineData("266", "265", "disk d: partitions 1 ('web') and 12 overlap")]
    [InlineData("\"size\": 1}", "\"size\": 2}", "disk d: partition 12 ends beyond the end of the disk")]
    public void A_bad_table_is_refused(string old, string @new, string message) => Assert.Equal(
        message,
        Assert.Throws<ToolException>(() => PartitionTable.Check("disk d", PartitionTable.Parse("disk d", Table.Replace(old, @new, StringComparison.Ordinal)), 2136)).Message);
}

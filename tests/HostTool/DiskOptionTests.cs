using Tierce.Tool;
using Tierce.Tool.Boot;

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
        Assert.Contains("file=/a,,b,readonly=on", string.Join(' ', new GuestDisk("/a,b", ReadOnly: true).Arguments(0)), StringComparison.Ordinal);
}

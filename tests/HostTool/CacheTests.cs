using System.Text.Json;
using Tierce.Tool.Guest;
using Tierce.Tool.Host;

namespace Tierce.HostTool.Tests;

/// <summary>Nothing in the cache is believed: what was cut, emptied or changed is made again.</summary>
public sealed class CacheTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tierce-cache-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("whole", true)]
    [InlineData("cut", false)]
    [InlineData("empty", false)]
    [InlineData("changed", false)]
    [InlineData("note lacks", false)]
    [InlineData("note is cut", false)]
    [InlineData("file lacks", false)]
    public void KeptFileIsCheckedByItsHash(string what, bool good)
    {
        string path = Path.Combine(_folder, "kept");
        byte[] bytes = [.. Enumerable.Range(0, 5000).Select(i => (byte)i)];
        ToolCache.Keep(path, bytes);
        switch (what)
        {
            case "cut": File.WriteAllBytes(path, bytes[..4000]); break;
            case "empty": File.WriteAllBytes(path, []); break;
            case "changed": File.WriteAllBytes(path, [.. bytes[..4999], 0]); break;
            case "note lacks": File.Delete(path + ".sha256"); break;
            case "note is cut": File.WriteAllText(path + ".sha256", "12"); break;
            case "file lacks": File.Delete(path); break;
        }

        Assert.Equal(good ? bytes : null, ToolCache.ReadKept(path));
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("null", false)]
    [InlineData("{\"Name\":\"linux\",\"Pa", false)]
    [InlineData("{\"Name\":\"linux\"}", false)]
    [InlineData("[1]", false)]
    [InlineData("{\"Name\":3}", false)]
    [InlineData("whole", true)]
    [InlineData("of another image", false)]
    [InlineData("image lacks", false)]
    public void RecordOfAKernelIsChecked(string text, bool good)
    {
        string image = Path.Combine(_folder, "vmlinuz");
        string record = Path.Combine(_folder, "linux.json");
        File.WriteAllText(image, "image");
        string whole = JsonSerializer.Serialize(new GuestKernel("linux", image, ToolCache.Hash("image"u8)));
        File.WriteAllText(record, text is "whole" or "of another image" or "image lacks" ? whole : text);
        if (text == "of another image")
        {
            File.WriteAllText(image, "imag");
        }
        else if (text == "image lacks")
        {
            File.Delete(image);
        }

        Assert.Equal(good, KernelSource.ReadRecord(record) is not null);
    }

    [Fact]
    public void FailedWriteLeavesNothing()
    {
        string folder = Path.Combine(_folder, "taken");
        Directory.CreateDirectory(folder);
        Assert.Throws<Tierce.Tool.ToolException>(() => ToolCache.WriteWhole(folder, [1]));
        Assert.Equal([folder], Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void LinkWithoutTargetIsNotThere()
    {
        string link = Path.Combine(_folder, "link");
        File.CreateSymbolicLink(link, Path.Combine(_folder, "target"));
        Assert.False(Requirements.IsThere(link));
        File.WriteAllText(Path.Combine(_folder, "target"), string.Empty);
        Assert.True(Requirements.IsThere(link));
    }

    [Fact]
    public void LockIsHeldByOne()
    {
        string path = Path.Combine(_folder, "lock");
        using (ToolCache.TryLock(path))
        {
            Assert.Null(ToolCache.TryLock(path));
        }

        using FileStream? held = ToolCache.TryLock(path);
        Assert.NotNull(held);
    }

    /// <summary>
    /// A second process cuts what the first kept; the next run of the tool unpacks the kernel again, and reports no error.
    /// </summary>
    [Fact]
    public void CutKernelIsUnpackedAgain()
    {
        using ToolCall tool = new();
        string[] refused = ["run", "--guest", "small", "--cmdline", "a\nb"];
        tool.Run(refused);
        string kept = Assert.Single(Directory.GetFiles(Path.Combine(tool.Cache, "kernels", "unpacked"), "*.elf"));
        byte[] whole = File.ReadAllBytes(kept);
        File.WriteAllBytes(kept, whole[..100]);
        (_, _, string error) = tool.Run(refused);
        Assert.Contains("--cmdline must be one line", error, StringComparison.Ordinal);
        Assert.Equal(whole, File.ReadAllBytes(kept));
    }
}

using Tierce.Tool;
using System.Buffers.Binary;
using System.Text;
using Tierce.Abi;
using Tierce.Tool.Boot;
using Tierce.Tool.Guest;

namespace Tierce.HostTool.Tests;

/// <summary>Archives, bundles and manifests have the form their readers expect.</summary>
public sealed class GuestFilesTests
{
    [Fact]
    public void NewcArchiveHasLinuxsForm()
    {
        string text = Encoding.ASCII.GetString(new NewcArchive().Folder("etc").File("etc/name", "abc"u8).ToArray());
        Assert.Equal(0, text.Length % 512);
        Assert.StartsWith("070701" + "00000001" + "000041ed", text, StringComparison.Ordinal);

        // Entries begin at multiples of four: 110 bytes of header and 4 of name, padded.
        Assert.StartsWith("070701" + "00000002" + "000081a4", text[116..], StringComparison.Ordinal);
        Assert.Equal("etc/name\0", text.Substring(116 + 110, 9));
        Assert.Equal("abc\0070701", text.Substring(116 + 120, 10));
        Assert.Contains("TRAILER!!!", text, StringComparison.Ordinal);
    }

    [Fact]
    public void BundleHoldsFilesAtPages()
    {
        using MemoryStream stream = new();
        BundleWriter.Write(stream, [("manifest", new byte[] { 1 }), ("root", new byte[5000])]);
        byte[] bundle = stream.ToArray();
        Assert.Equal(4 * 4096, bundle.Length);
        Assert.Equal(BundleHeader.ExpectedMagic, BinaryPrimitives.ReadUInt64LittleEndian(bundle));
        Assert.Equal(2u, BinaryPrimitives.ReadUInt64LittleEndian(bundle.AsSpan(8)));
        Assert.Equal((ulong)bundle.Length, BinaryPrimitives.ReadUInt64LittleEndian(bundle.AsSpan(16)));
        ReadOnlySpan<byte> second = bundle.AsSpan(32 + 64);
        Assert.Equal("root\0", Encoding.ASCII.GetString(second[..5]));
        Assert.Equal(8192u, BinaryPrimitives.ReadUInt64LittleEndian(second[48..]));
        Assert.Equal(5000u, BinaryPrimitives.ReadUInt64LittleEndian(second[56..]));
    }

    [Fact]
    public void ManifestNamesTheGuestsMemory() =>
        Assert.Contains("\nmemory=256M\n", Encoding.UTF8.GetString(BootManifest.OneGuest(256, "quiet", [])), StringComparison.Ordinal);

    [Fact]
    public void CommandLineCannotAddManifestKeys() =>
        Assert.Throws<ToolException>(() => BootManifest.OneGuest(256, "quiet\nmemory=1M", []));
}

using System.Buffers.Binary;
using Tierce.Abi;

namespace Tierce.Boot.Tests;

/// <summary>
/// Images of another build, made by changing the number that names theirs, are refused by their loader, which names both.
/// </summary>
public sealed class IdentityTests
{
    [Theory]
    [InlineData("root", "the kernel was built for ABI 0x{0:x16}, root for 0x{1:x16}")]
    [InlineData("monitor", "domain guest: its image is of another build, for ABI 0x{1:x}; this system's is 0x{0:x}")]
    [InlineData("console", "domain console: its image is of another build, for ABI 0x{1:x}; this system's is 0x{0:x}")]
    [InlineData("rom", "guest guest: its ROM is for ABI 0x{1:x}, its monitor for 0x{0:x}")]
    public void ImagesOfAnotherBuildAreRefused(string name, string message)
    {
        byte[] image = File.ReadAllBytes(Path.Combine(Launcher.Root, "artifacts", "images", name));
        ulong identity = ImageIdentity.Read(File.ReadAllBytes(Path.Combine(Launcher.Root, "artifacts", "images", "kernel.elf")));
        Assert.NotEqual(0UL, identity);
        int at = Place(image, identity);
        image[at] ^= 0xff;
        string folder = Path.Combine(Launcher.Root, "artifacts", "logs", "identity-" + name, "images");
        Directory.CreateDirectory(folder);
        File.WriteAllBytes(Path.Combine(folder, name), image);
        Outcome outcome = Launcher.Execute("identity-" + name, "true", "--console", "serial", "--images", folder).Expect(125);
        ulong other = BinaryPrimitives.ReadUInt64LittleEndian(image.AsSpan(at));
        Assert.Contains(string.Format(System.Globalization.CultureInfo.InvariantCulture, message, identity, other), outcome.Error, StringComparison.Ordinal);
    }

    /// <summary>Where the number stands: in a ROM's header, else in the note.</summary>
    private static int Place(byte[] image, ulong identity)
    {
        ReadOnlySpan<byte> number = BitConverter.GetBytes(identity);
        ReadOnlySpan<byte> wanted = image.AsSpan().StartsWith("TierceR1"u8) ? number : [.. "Tierce\0\0"u8, .. number];
        int at = image.AsSpan().IndexOf(wanted);
        Assert.True(at >= 0, "the image does not name the kernel's build");
        return at + wanted.Length - number.Length;
    }
}

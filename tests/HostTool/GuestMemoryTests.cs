using Tierce.Tool;
using Tierce.Tool.Guest;

namespace Tierce.HostTool.Tests;

/// <summary>Amounts of memory are read, and checked before a machine is started.</summary>
public sealed class GuestMemoryTests
{
    [Theory]
    [InlineData("512M", 512)]
    [InlineData("2G", 2048)]
    [InlineData("300", 300)]
    [InlineData("1.5G", 1536)]
    [InlineData("0.25g", 256)]
    [InlineData("64G", 65536)]
    [InlineData("512.0M", 512)]
    public void AmountsAreRead(string text, int expected) => Assert.Equal(expected, GuestMemory.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("-5M")]
    [InlineData("lots")]
    [InlineData("65G")]
    [InlineData("1.7G")]
    [InlineData("0.5M")]
    [InlineData("1,5G")]
    [InlineData("1e3")]
    [InlineData("65537")]
    [InlineData("99999999999999999999999999999999G")]
    public void NonsenseIsRefused(string text) => Assert.Throws<ToolException>(() => GuestMemory.Parse(text));

    [Fact]
    public void InitramfsLargerThanMemoryIsToldApartFromTooLittleMemory()
    {
        Assert.Contains("initramfs larger than memory", Assert.Throws<ToolException>(() => GuestMemory.Check(64, 48 << 20, 65 << 20)).Message, StringComparison.Ordinal);
        Assert.Contains("too little memory", Assert.Throws<ToolException>(() => GuestMemory.Check(64, 48 << 20, 2 << 20)).Message, StringComparison.Ordinal);
        GuestMemory.Check(512, 48 << 20, 2 << 20);
    }
}

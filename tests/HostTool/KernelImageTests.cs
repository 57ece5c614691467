using System.Buffers.Binary;
using Tierce.Tool;
using Tierce.Tool.Guest;

namespace Tierce.HostTool.Tests;

/// <summary>Kernels are unpacked and checked; whatever is wrong with one has a message of its own.</summary>
public sealed class KernelImageTests
{
    [Fact]
    public void PayloadOfABzImageIsUnpacked()
    {
        byte[] elf = TestImages.Elf();
        Assert.Equal(elf, KernelImage.Unpack("test", TestImages.BzImage(elf)));
    }

    [Fact]
    public void ElfKernelIsTakenAsItIs()
    {
        byte[] elf = TestImages.Elf();
        Assert.Same(elf, KernelImage.Unpack("test", elf));
    }

    [Fact]
    public void EntryAndEndAreRead()
    {
        KernelElf kernel = KernelElf.Read("test", TestImages.Elf());
        Assert.Equal(0xffffffff82f6b160, kernel.Entry);
        Assert.Equal(0x1200000u, kernel.End);
    }

    [Fact]
    public void TextIsNotAKernel() => Fails("not a kernel", () => KernelImage.Unpack("test", new byte[4096]));

    [Fact]
    public void EmptyFileIsNotAKernel() => Fails("not a kernel", () => KernelImage.Unpack("test", []));

    [Fact]
    public void PayloadThatIsNoElfFileIsNotAKernel() => Fails("not a kernel", () => KernelImage.Unpack("test", TestImages.BzImage(new byte[100])));

    [Fact]
    public void ShortBzImageIsTruncated() => Fails("truncated image", () => KernelImage.Unpack("test", TestImages.BzImage(TestImages.Elf())[..^20]));

    [Fact]
    public void DamagedPayloadIsTold()
    {
        byte[] image = TestImages.BzImage(TestImages.Elf());
        image[1024 + 30] ^= 0xff;
        image[^6] ^= 0xff;
        Fails("damaged image", () => KernelImage.Unpack("test", image));
    }

    [Fact]
    public void ShortElfFileIsTruncated()
    {
        byte[] elf = TestImages.Elf();
        for (int length = 20; length < elf.Length; length += 7)
        {
            byte[] cut = elf[..length];
            Fails("truncated image", () => KernelElf.Read("test", cut));
        }
    }

    [Fact]
    public void KernelWithoutNotesForPvIsRefused()
    {
        Fails("no Xen PV notes", () => KernelElf.Read("test", TestImages.Elf(withEntryNote: false)));
        byte[] elf = TestImages.Elf();
        elf[268] = (byte)'G';
        Fails("no Xen PV notes", () => KernelElf.Read("test", elf));
    }

    [Fact]
    public void NotesMayLieInASectionAndNameNoEntry()
    {
        // The segment with notes becomes one of another kind; at its end the file gets a section header for them.
        byte[] elf = [.. TestImages.Elf(), .. new byte[64]];
        elf[120] = 0;
        elf[264] = 5;
        BinaryPrimitives.WriteUInt64LittleEndian(elf.AsSpan(24), 0x1000100);
        BinaryPrimitives.WriteUInt64LittleEndian(elf.AsSpan(40), 512);
        BinaryPrimitives.WriteUInt16LittleEndian(elf.AsSpan(58), 64);
        BinaryPrimitives.WriteUInt16LittleEndian(elf.AsSpan(60), 1);
        BinaryPrimitives.WriteUInt32LittleEndian(elf.AsSpan(516), 7);
        BinaryPrimitives.WriteUInt64LittleEndian(elf.AsSpan(536), 256);
        BinaryPrimitives.WriteUInt64LittleEndian(elf.AsSpan(544), 24);
        Assert.Equal(0x1000100u, KernelElf.Read("test", elf).Entry);
    }

    [Fact]
    public void ThirtyTwoBitElfFileIsNotAKernel()
    {
        byte[] elf = TestImages.Elf();
        elf[4] = 1;
        Fails("not a kernel", () => KernelElf.Read("test", elf));
    }

    private static void Fails(string message, Func<object> action) =>
        Assert.Contains(message, Assert.Throws<ToolException>(action).Message, StringComparison.Ordinal);
}

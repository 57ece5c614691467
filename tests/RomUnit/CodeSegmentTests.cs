using Tierce.Abi;
using Tierce.Rom.Emulate;
using Tierce.Rom.Xen;

namespace Tierce.Rom.Tests;

/// <summary>Where guest user's code lies and how it is decoded: by tables that the guest writes as it likes.</summary>
public sealed unsafe class CodeSegmentTests : GuestFixture
{
    private const ulong Wide = 1UL << 54, Long = 1UL << 53;

    /// <summary>No descriptor means 16-bit code that begins at 0.</summary>
    [Fact]
    public void ADescriptorIsReadWhereTheGuestHasItAlone()
    {
        Machine.VCpu->GdtFrames[0] = 30;
        Machine.VCpu->LdtFrames[0] = 31;
        ((ulong*)Machine.Window(30 << 12))[2] = Wide | (0x12UL << 56);
        ((ulong*)Machine.Window(31 << 12))[1] = Long;
        Assert.Equal(CodeMode.Bits16, Mode(0x13));
        Machine.VCpu->GdtEntries = 2;
        Assert.Equal(CodeMode.Bits16, Mode(0x13));
        Machine.VCpu->GdtEntries = 3;
        Assert.Equal(CodeMode.Bits32, CodeSegment.Mode(0x13, out ulong start));
        Assert.Equal(0x1200_0000UL, start);
        Assert.Equal(CodeMode.Bits16, Mode(0xf));
        Machine.VCpu->LdtEntries = 2;
        Assert.Equal(CodeMode.Bits64, Mode(0xf));

        // A frame that is not the guest's own.
        Machine.VCpu->LdtFrames[0] = (uint)Machine.AllFrames;
        Assert.Equal(CodeMode.Bits16, Mode(0xf));

        // More entries than a table may have: what follows the list of its frames is no frame.
        Machine.VCpu->GdtEntries = uint.MaxValue;
        (&Machine.VCpu->GdtFrames[0])[VCpuPage.MostGdtEntries / DescriptorFrames.EntriesPerFrame] = 30;
        Assert.Equal(CodeMode.Bits16, Mode(((ulong)(VCpuPage.MostGdtEntries + 2) << 3) | 3));
    }

    [Fact]
    public void CodeInTheHoleIsNotRead()
    {
        Machine.State->UserRoot = 20;
        ((ulong*)Machine.Window(20 << 12))[(HoleLayout.Start >> 39) & 511] = (21 << 12) | 7;
        ((ulong*)Machine.Window(21 << 12))[0] = (22 << 12) | 7;
        ((ulong*)Machine.Window(22 << 12))[0] = (23 << 12) | 7;
        ((ulong*)Machine.Window(23 << 12))[0] = (24 << 12) | 5;
        byte code;
        Assert.Equal(0, CodeSegment.Fetch(&code, HoleLayout.Start, 1));

        // The same tables by an address of the guest's own.
        ((ulong*)Machine.Window(20 << 12))[0] = (21 << 12) | 7;
        Assert.Equal(1, CodeSegment.Fetch(&code, 0x10, 1));
    }

    private static CodeMode Mode(ulong selector) => CodeSegment.Mode(selector, out _);
}

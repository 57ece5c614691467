using System.Linq;
using Tierce.Abi;
using Tierce.Rom.Xen;

namespace Tierce.Rom.Tests;

/// <summary>mmu_update, update_va_mapping, mmuext_op and multicall.</summary>
public unsafe class PageTableTests : GuestFixture
{
    private const ulong Mmu = (ulong)HypercallNumber.MmuUpdate;
    private const ulong Mmuext = (ulong)HypercallNumber.MmuextOp;

    private static ulong Entry(ulong frame, int index) => ((ulong*)Machine.Window(frame << 12))[index];

    [Fact]
    public void UpdateWritesEntryThenNotesIt()
    {
        Words[0] = (20 << 12) | 8;
        Words[1] = 0x5067;
        Assert.Equal(0, Hypercall(Mmu, Page, 1, Page + 4096, DomainId.Self));
        Assert.Equal(0x5067UL, Entry(20, 1));
        Assert.Equal(1u, Machine.Notes->Count);
        Assert.Equal((20UL << 12) | 8, Machine.Note(0));
        Assert.Equal(1u, *(uint*)(Page + 4096));
        Assert.Empty(Machine.Calls);
    }

    [Fact]
    public void UpdateCanKeepAccessedAndDirty()
    {
        ((ulong*)Machine.Window(20 << 12))[0] = 0x7067;
        Words[0] = (20 << 12) | 2;
        Words[1] = 0x7001;
        Assert.Equal(0, Hypercall(Mmu, Page, 1, 0, DomainId.Self));
        Assert.Equal(0x7061UL, Entry(20, 0));
    }

    [Fact]
    public void UpdateRefusesForeignFrameAndTellsHowFarItCame()
    {
        Words[0] = 20 << 12;
        Words[2] = Machine.AllFrames << 12;
        Assert.Equal(Errno.Invalid, Hypercall(Mmu, Page, 2, Page + 4096, DomainId.Self));
        Assert.Equal(1u, *(uint*)(Page + 4096));
    }

    [Fact]
    public void UpdateWithUnreadableListIsAFault()
    {
        Machine.BadPage = Page;
        Assert.Equal(Errno.Fault, Hypercall(Mmu, Page, 1, 0, DomainId.Self));
    }

    [Theory]
    [InlineData(HoleLayout.RomData)]
    [InlineData(HoleLayout.Window)]
    [InlineData(0xffff_ffff_ffff_fff8)]
    public void ArgumentsInTheHoleAreAFault(ulong address) => Assert.Equal(Errno.Fault, Hypercall(Mmu, address, 1, 0, DomainId.Self));

    [Theory]
    [InlineData(1, 0, 40)]
    [InlineData(8, 0, 40)]
    [InlineData(1, 511, 1)]
    public void EntriesOfOneTableCloseBehindEachOtherShareANote(ulong step, ulong first, ulong count)
    {
        for (ulong i = 0; i < count; i++)
        {
            Words[2 * i] = (20 << 12) + (8 * (first + (step * i)));
            Words[(2 * i) + 1] = i;
        }

        Assert.Equal(0, Hypercall(Mmu, Page, count, 0, DomainId.Self));
        Assert.Equal(1u, Machine.Notes->Count);
        Assert.Equal(((step * (count - 1)) << NotePage.MoreShift) | (20UL << 12) | (8 * first), Machine.Note(0));
    }

    [Theory]
    [InlineData(20, 100, 20, 102, 20, 101, 1)]
    [InlineData(20, 100, 20, 108, 20, 117, 2)]
    [InlineData(20, 100, 20, 99, 20, 98, 3)]
    [InlineData(20, 511, 21, 0, 20, 511, 2)]
    [InlineData(20, 511, 21, 0, 22, 511, 3)]
    [InlineData(20, 10, 21, 0, 20, 11, 2)]
    [InlineData(20, 0, 20, 511, 20, 511, 2)]
    public void EntriesElsewhereHaveNotesOfTheirOwn(ulong frame0, ulong slot0, ulong frame1, ulong slot1, ulong frame2, ulong slot2, uint notes)
    {
        ulong[] addresses = [(frame0 << 12) | (slot0 << 3), (frame1 << 12) | (slot1 << 3), (frame2 << 12) | (slot2 << 3)];
        for (int i = 0; i < 3; i++)
        {
            Words[2 * i] = addresses[i];
            Words[(2 * i) + 1] = 0;
        }

        Assert.Equal(0, Hypercall(Mmu, Page, 3, 0, DomainId.Self));
        Assert.Equal(notes, Machine.Notes->Count);
        Assert.All(addresses, address => Assert.Contains(Enumerable.Range(0, (int)notes).Select(Machine.Note), note =>
            (note & 0x000f_ffff_ffff_f007) == (address & ~0xff8UL) && (address & 0xff8) >= (note & 0xff8)
            && (address & 0xff8) - (note & 0xff8) <= (note >> NotePage.MoreShift) << 3));
    }

    [Fact]
    public void NoEntrySharesTheNoteOfADroppedTable()
    {
        const ulong Pinned = 20;
        Words[0] = 4; // MMUEXT_UNPIN_TABLE
        Words[1] = Pinned;
        Hypercall((ulong)HypercallNumber.MmuextOp, Page, 1, 0, DomainId.Self);
        Words[0] = Pinned << 12;
        Hypercall(Mmu, Page, 1, 0, DomainId.Self);
        Assert.Equal(2u, Machine.Notes->Count);
    }

    [Fact]
    public void FullNotePageOverflows()
    {
        for (int i = 0; i < 600; i++)
        {
            Words[0] = (20UL + ((uint)i % 3)) << 12;
            Hypercall(Mmu, Page, 1, 0, DomainId.Self);
        }

        Assert.True(Machine.Notes->Count > NotePage.Capacity);
    }

    [Fact]
    public void VaMappingWalksTheKernelsTables()
    {
        const ulong Address = 0xffff_8880_0040_3000;
        Table(Machine.RootFrame, Address >> 39 & 511, 11);
        Table(11, Address >> 30 & 511, 12);
        Table(12, Address >> 21 & 511, 13);
        Assert.Equal(0, Hypercall((ulong)HypercallNumber.UpdateVaMapping, Address, 0x9063, 2));
        Assert.Equal(0x9063UL, Entry(13, (int)(Address >> 12 & 511)));
        Assert.Equal([(VmCall.Invalidate, Address, 0UL)], Machine.Calls);
    }

    [Fact]
    public void VaMappingWithoutTableIsInvalid() =>
        Assert.Equal(Errno.Invalid, Hypercall((ulong)HypercallNumber.UpdateVaMapping, 0xffff_8880_0000_0000, 1, 0));

    [Fact]
    public void PinMarksAndUnpinDrops()
    {
        Words[0] = 0;
        Words[1] = 33;
        Assert.Equal(0, Hypercall(Mmuext, Page, 1, 0, DomainId.Self));
        Assert.Equal(1UL << 33, Entry(Machine.BitmapFrame, 0));
        Words[0] = 4;
        Assert.Equal(0, Hypercall(Mmuext, Page, 1, 0, DomainId.Self));
        Assert.Equal(0UL, Entry(Machine.BitmapFrame, 0));
        Assert.Equal((33UL << 12) | (ulong)NoteKind.Drop, Machine.Note(0));
    }

    [Fact]
    public void RootsAreLoadedOnceAtTheEndAndCoverFlushes()
    {
        (ulong Command, ulong Argument)[] operations = [(6, 0), (5, 14), (15, 15), (7, 0x1000)];
        for (int i = 0; i < operations.Length; i++)
        {
            Words[3 * i] = operations[i].Command;
            Words[(3 * i) + 1] = operations[i].Argument;
        }

        Assert.Equal(0, Hypercall(Mmuext, Page, 4, 0, DomainId.Self));
        Assert.Equal([(VmCall.LoadRoot, 14UL, 15UL)], Machine.Calls);
    }

    [Fact]
    public void ManyInvalidationsBecomeAFlush()
    {
        for (int i = 0; i < 6; i++)
        {
            Words[3 * i] = 7;
            Words[(3 * i) + 1] = (ulong)i << 12;
        }

        Assert.Equal(0, Hypercall(Mmuext, Page, 6, 0, DomainId.Self));
        Assert.Equal([(VmCall.Flush, 0UL, 0UL)], Machine.Calls);
    }

    [Fact]
    public void MulticallStoresResultsAndFlushesOnce()
    {
        Multi(0, (ulong)HypercallNumber.StackSwitch, 0xe02b, 0x1234);
        Multi(1, 63, 0, 0);
        Assert.Equal(0, Hypercall((ulong)HypercallNumber.Multicall, Page, 2));
        Assert.Equal(0UL, Words[1]);
        Assert.Equal(Errno.NoCall, (long)Words[9]);
        Assert.Equal(0x1234UL, Machine.State->KernelSp);
        Assert.Contains("no hypercall 0x3f", Machine.LogText, System.StringComparison.Ordinal);
    }

    [Fact]
    public void MulticallStopsForAnEventAndIsMadeAgain()
    {
        Hypercall((ulong)HypercallNumber.XenVersion);
        Machine.State->VcpuInfo->UpcallMask = 0;
        Machine.State->VcpuInfo->UpcallPending = 1;
        Machine.State->ExitRip = 0x1002;
        Multi(0, (ulong)HypercallNumber.StackSwitch, 0, 1);
        Multi(1, (ulong)HypercallNumber.StackSwitch, 0, 2);
        Assert.Equal((long)HypercallNumber.Multicall, Hypercall((ulong)HypercallNumber.Multicall, Page, 2));
        Assert.Equal(1UL, Machine.State->KernelSp);
        Assert.Equal(Page + 64, Machine.State->Frame.Rdi);
        Assert.Equal(1UL, Machine.State->Frame.Rsi);
        Assert.Equal(0x1000UL, Machine.State->ExitRip);
    }

    [Fact]
    public void MulticallThatWasCalledIsMadeAgainFromTheRomsEntry()
    {
        Hypercall((ulong)HypercallNumber.XenVersion);
        Machine.State->VcpuInfo->UpcallMask = 0;
        Machine.State->VcpuInfo->UpcallPending = 1;
        Machine.State->ExitRip = 0;
        Multi(0, (ulong)HypercallNumber.StackSwitch, 0, 1);
        Multi(1, (ulong)HypercallNumber.StackSwitch, 0, 2);
        Assert.Equal((long)HypercallNumber.Multicall, Hypercall((ulong)HypercallNumber.Multicall, Page, 2));
        Assert.Equal(Machine.HypercallCallEntry, Machine.State->ExitRip);
    }

    private static void Table(ulong frame, ulong index, ulong next) => ((ulong*)Machine.Window(frame << 12))[index] = (next << 12) | 0x67;

    private void Multi(int index, ulong number, ulong first, ulong second)
    {
        Words[8 * index] = number;
        Words[(8 * index) + 2] = first;
        Words[(8 * index) + 3] = second;
    }
}

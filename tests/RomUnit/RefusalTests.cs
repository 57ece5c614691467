using Tierce.Rom.State;
using Tierce.Rom.Xen;

namespace Tierce.Rom.Tests;

/// <summary>Hypercalls that this guest may not make, or makes with arguments that make no sense: the errors are those of Xen 4.17.</summary>
public unsafe class RefusalTests : GuestFixture
{
    [Theory]
    [InlineData(0u, 0, 0u, -38L)]
    [InlineData(1u, 0, 0u, -2L)]
    [InlineData(0u, 4, 0u, -22L)]
    [InlineData(0u, 4032, 0u, -22L)]
    [InlineData(0u, 0, 0xffff_fffeu, -22L)]
    public void ControlBlocksOfTheFifoInterface(uint virtualCpu, int offset, uint frame, long result)
    {
        Words[0] = frame;
        ((uint*)Page)[2] = (uint)offset;
        ((uint*)Page)[3] = virtualCpu;
        Assert.Equal(result, Hypercall((ulong)HypercallNumber.EventChannelOp, 11, Page));
        Assert.Equal(Errno.Fault, Hypercall((ulong)HypercallNumber.EventChannelOp, 11, 0x1000));
        Assert.Equal(Errno.NotSupported, Hypercall((ulong)HypercallNumber.EventChannelOp, 12, Page));
    }

    [Fact]
    public void PrioritiesAndPhysicalInterruptsOfEvents()
    {
        ulong events = (ulong)HypercallNumber.EventChannelOp;
        *(uint*)Page = 1;
        ((uint*)Page)[1] = 3;
        Assert.Equal(Errno.NoCall, Hypercall(events, 13, Page));
        ((uint*)Page)[1] = 16;
        Assert.Equal(Errno.Invalid, Hypercall(events, 13, Page));
        Assert.Equal(Errno.Invalid, Hypercall(events, 2, Page));
    }

    [Fact]
    public void ResetClosesEveryPortOfTheCallersOwn()
    {
        ulong events = (ulong)HypercallNumber.EventChannelOp;
        Words[0] = DomainId.Self | ((ulong)DomainId.Self << 16);
        Assert.Equal(0, Hypercall(events, 6, Page));
        uint port = ((uint*)Page)[1];
        Assert.True(Events.Find(port) != null);
        Words[0] = 0;
        Assert.Equal(Errno.Permission, Hypercall(events, 10, Page));
        Words[0] = 7;
        Assert.Equal(Errno.NoDomain, Hypercall(events, 10, Page));
        Words[0] = DomainId.Own;
        Assert.Equal(0, Hypercall(events, 10, Page));
        Assert.True(Events.Find(port) == null && Events.Find(1) == null);
    }

    [Theory]
    [InlineData(7UL, 0x0300_0001u, -1L)]
    [InlineData(7UL, 1u, -13L)]
    [InlineData(35UL, 0x15u, -1L)]
    [InlineData(36UL, 0x15u, -1L)]
    [InlineData(36UL, 0x14u, -13L)]
    [InlineData(37UL, 0u, -1L)]
    [InlineData(48UL, 0u, -1L)]
    [InlineData(40UL, 0u, -95L)]
    [InlineData(38UL, 0u, -38L)]
    public void CallsOfTheControlDomain(ulong number, uint version, long result)
    {
        ((uint*)Page)[1] = version;
        Assert.Equal(result, Hypercall(number, Page));
    }

    [Fact]
    public void AssistsAreKnownOrRefused()
    {
        ulong assist = (ulong)HypercallNumber.VmAssist;
        foreach (ulong type in new ulong[] { 0, 1, 2, 3, 4, 5, 32 })
        {
            Assert.Equal(0, Hypercall(assist, 0, type));
            Assert.Equal(type == 2 ? Errno.Invalid : 0, Hypercall(assist, 1, type));
            Assert.Equal(Errno.NoCall, Hypercall(assist, 2, type));
        }

        Assert.Equal(Errno.Invalid, Hypercall(assist, 0, 6));
        Assert.Equal(Errno.Invalid, Hypercall(assist, 0, 64));
    }

    [Fact]
    public void FramesThatAreGivenBackComeBackEmpty()
    {
        ulong memory = (ulong)HypercallNumber.MemoryOp;
        ulong* list = Words + 16;
        list[0] = 30;
        list[1] = 31;
        list[2] = 30;
        Words[0] = (ulong)list;
        Words[1] = 3;
        Words[2] = 0;
        Words[3] = DomainId.Self;
        *(ulong*)Machine.Window(31 << 12) = 7;
        Assert.Equal(2, Hypercall(memory, 1, Page));
        ulong* table = (ulong*)Machine.Window(Machine.MachineToPhysicalFrame << 12);
        Assert.Equal((ulong.MaxValue, ulong.MaxValue, 32UL), (table[30], table[31], table[32]));
        *(ushort*)(Page + 512) = DomainId.Self;
        Assert.Equal((long)Machine.RamFrames - 2, Hypercall(memory, 3, Page + 512));
        Assert.Equal((long)Machine.RamFrames, Hypercall(memory, 4, Page + 512));

        // Of one extent of order 1; then what was not given back.
        Words[1] = 2;
        Words[2] = 1;
        list[1] = 40;
        Assert.Equal(1, Hypercall(memory, 6, Page));
        Assert.Equal((30UL, 31UL), (table[30], table[31]));
        Assert.Equal(0UL, *(ulong*)Machine.Window(31 << 12));
        Assert.Equal((long)Machine.RamFrames, Hypercall(memory, 3, Page + 512));
        list[0] = Machine.RamFrames;
        Assert.Equal(0, Hypercall(memory, 1, Page));
        Words[2] = 10;
        Assert.Equal(0, Hypercall(memory, 1, Page));
        Assert.Equal(0, Hypercall(memory, 1, 0x1000));
    }

    [Fact]
    public void MemoryOfOthersIsNotTold()
    {
        ulong memory = (ulong)HypercallNumber.MemoryOp;
        *(ushort*)Page = 0;
        Assert.Equal(Errno.Permission, Hypercall(memory, 3, Page));
        *(ushort*)Page = 9;
        Assert.Equal(Errno.NoDomain, Hypercall(memory, 14, Page));
        Assert.Equal(Errno.Fault, Hypercall(memory, 4, 0x1000));
        Assert.Equal(Errno.Permission, Hypercall(memory, 10, Page));
    }

    [Fact]
    public void VersionsThatXenTellsTheControlDomainAlone()
    {
        ulong version = (ulong)HypercallNumber.XenVersion;
        Assert.Equal(0, Hypercall(version, 9, Page));
        Assert.Equal("<denied>"u8.ToArray(), new System.ReadOnlySpan<byte>((void*)Page, 8).ToArray());
        Assert.Equal(Errno.Permission, Hypercall(version, 10, Page));
        Assert.Equal(4096, Hypercall(version, 7));
        Assert.Equal(Errno.Invalid, Hypercall(version, 7, Page));
    }

    [Fact]
    public void ConsoleTakesTextsOfAnySizeAndUnknownOperationsNot()
    {
        ulong console = (ulong)HypercallNumber.ConsoleIo;
        for (int i = 0; i < 8192; i++)
        {
            ((byte*)Page)[i] = (byte)'x';
        }

        Assert.Equal(0, Hypercall(console, 0, 5000, Page));
        Assert.Equal(new string('x', 5000), Machine.LogText);
        Assert.Equal(Errno.Fault, Hypercall(console, 0, 1, 0x1000));
        Assert.Equal(Errno.NoCall, Hypercall(console, 2, 1, Page));
        Assert.Equal(0, Hypercall(console, 1, 1, Page));
        Assert.Equal(Errno.TooMuch, Hypercall(console, 1, 0x8000_0000, Page));
    }

    [Fact]
    public void NmiHandlerIsThatOfItsSoftwareInterrupt()
    {
        Words[0] = 0x5000;
        Assert.Equal(0, Hypercall((ulong)HypercallNumber.NmiOp, 0, Page));
        Assert.Equal(0x5000UL, (&Machine.State->Traps + 2)->Address);
        Assert.Equal(TrapEntry.MaskEvents, (&Machine.State->Traps + 2)->Flags);
        Assert.Equal(0, Hypercall((ulong)HypercallNumber.NmiOp, 1));
        Assert.Equal(0UL, (&Machine.State->Traps + 2)->Address);
        Assert.Equal(Errno.NoCall, Hypercall((ulong)HypercallNumber.NmiOp, 2));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void IretEndsAMulticall(bool called)
    {
        ulong* stack = Words + 64;
        Machine.State->ExitRip = called ? 0 : 0x1234UL;
        Machine.State->ExitRsp = (ulong)stack;
        *stack = 0x5678;
        Words[0] = 23;
        Words[8] = (ulong)HypercallNumber.XenVersion;
        Words[9] = 99;
        Hypercall((ulong)HypercallNumber.Multicall, Page, 2);
        Assert.Equal(99UL, Words[9]);
        Assert.Equal(0u, Machine.State->InMulticall);
        Assert.Equal(called ? 0 : Machine.IretEntry, Machine.State->ExitRip);
        Assert.Equal(called ? Machine.IretEntry : 0x5678, *stack);
    }
}

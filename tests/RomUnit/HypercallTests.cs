using System.Text;
using Tierce.Abi;
using Tierce.Rom.State;
using Tierce.Rom.Xen;

namespace Tierce.Rom.Tests;

/// <summary>The hypercalls that set tables and tell facts.</summary>
public unsafe class HypercallTests : GuestFixture
{
    [Fact]
    public void VersionAndFeatures()
    {
        Assert.Equal((4 << 16) | 17, Hypercall((ulong)HypercallNumber.XenVersion));
        Assert.Equal(0, Hypercall((ulong)HypercallNumber.XenVersion, 6, Page));

        // Linux requires these two: MMU_PT_UPDATE_PRESERVE_AD and the grant map bits.
        uint features = ((uint*)Page)[1];
        Assert.Equal((1u << 5) | (1u << 7), features & ((1u << 5) | (1u << 7)));
        Assert.Equal(0u, features & 0b1111);
    }

    [Fact]
    public void TrapTableIsTakenUntilItsEndAndCleared()
    {
        Words[0] = 14 | (4 << 8);
        Words[1] = 0xffff_ffff_8100_0000;
        Words[2] = 0x80 | (7 << 8);
        Words[3] = 0xffff_ffff_8100_0100;
        Assert.Equal(0, Hypercall((ulong)HypercallNumber.SetTrapTable, Page));
        TrapEntry* traps = &Machine.State->Traps;
        Assert.Equal(0xffff_ffff_8100_0000, traps[14].Address);
        Assert.Equal(4, traps[14].Flags);
        Assert.Equal(0xffff_ffff_8100_0100, traps[0x80].Address);
        Assert.Equal(0, Hypercall((ulong)HypercallNumber.SetTrapTable, 0));
        Assert.Equal(0UL, traps[14].Address);
    }

    [Fact]
    public void CallbacksRegister()
    {
        Words[0] = 2 | (1 << 16);
        Words[1] = 0xffff_ffff_8200_0000;
        Assert.Equal(0, Hypercall((ulong)HypercallNumber.CallbackOp, 0, Page));
        Assert.Equal(0xffff_ffff_8200_0000, Machine.State->SyscallCallback);
        Assert.Equal(1, Machine.State->SyscallMasks);
        Words[0] = 6;
        Assert.Equal(Errno.NoCall, Hypercall((ulong)HypercallNumber.CallbackOp, 0, Page));
    }

    [Fact]
    public void EntriesOf32BitCodeStandInTheTrapTableAndStayThere()
    {
        TrapEntry* traps = &Machine.State->Traps;
        Words[0] = 5 | (1 << 16);
        Words[1] = 0xffff_ffff_8200_0000;
        Assert.Equal(0, Hypercall((ulong)HypercallNumber.CallbackOp, 0, Page));
        Words[0] = 7;
        Words[1] = 0xffff_ffff_8200_0100;
        Assert.Equal(0, Hypercall((ulong)HypercallNumber.CallbackOp, 0, Page));
        Words[0] = EntryVector.Sysenter;
        Words[1] = 0x1000;
        Words[2] = EntryVector.CompatSyscall;
        Words[3] = 0x1000;
        Words[5] = 0;
        Assert.Equal(0, Hypercall((ulong)HypercallNumber.SetTrapTable, Page));
        Assert.Equal(0, Hypercall((ulong)HypercallNumber.SetTrapTable, 0));
        Assert.Equal(0xffff_ffff_8200_0000, traps[EntryVector.Sysenter].Address);
        Assert.Equal(TrapEntry.MaskEvents, traps[EntryVector.Sysenter].Flags);
        Assert.Equal(0xffff_ffff_8200_0100, traps[EntryVector.CompatSyscall].Address);
        Assert.Equal(0, traps[EntryVector.CompatSyscall].Flags);
    }

    [Fact]
    public void KernelIsToldOfDescriptorsThatChange()
    {
        ulong update = (ulong)HypercallNumber.UpdateDescriptor;
        Words[0] = 9;
        Words[1] = 10;
        Assert.Equal(0, Hypercall((ulong)HypercallNumber.SetGdt, Page, 600));
        Assert.Equal([(VmCall.LoadDescriptors, 0UL, 0UL)], Machine.Calls);
        Assert.Equal(10u, Machine.VCpu->GdtFrames[1]);
        Assert.Equal(600u, Machine.VCpu->GdtEntries);

        Machine.Calls.Clear();
        Assert.Equal(0, Hypercall(update, (10 << 12) | 0x28, 0x1122));
        Assert.Equal([(VmCall.LoadDescriptors, 0UL, 517UL)], Machine.Calls);
        Assert.Equal(0, Hypercall(update, (10 << 12) | 0x28, 0x1122));
        Assert.Equal(0, Hypercall(update, (11 << 12) | 0x28, 0x1122));
        Assert.Single(Machine.Calls);
    }

    [Fact]
    public void DebugRegistersReachTheKernelOnce()
    {
        ulong set = (ulong)HypercallNumber.SetDebugRegister, get = (ulong)HypercallNumber.GetDebugRegister;
        Assert.Equal(0, Hypercall(set, 0, 0x1000));
        Assert.Equal(0, Hypercall(set, 0, 0x1000));
        Assert.Equal(0, Hypercall(set, 6, 0xffff_0ff0));
        Assert.Equal([(VmCall.SetDebugRegister, 0UL, 0x1000UL)], Machine.Calls);
        Assert.Equal(0x1000, Hypercall(get, 0));
        Assert.Equal(Errno.Invalid, Hypercall(set, 4, 0));
        Assert.Equal(Errno.Invalid, Hypercall(get, 8));
    }

    [Fact]
    public void MemoryMapIsOnePieceOfRam()
    {
        Words[0] = 128;
        Words[1] = Page + 4096;
        Assert.Equal(0, Hypercall((ulong)HypercallNumber.MemoryOp, 9, Page));
        Assert.Equal(1u, *(uint*)Page);
        Assert.Equal(0UL, Words[512]);
        Assert.Equal(Machine.RamFrames << 12, Words[513]);
        Assert.Equal(1u, *(uint*)(Page + 4112));
    }

    [Fact]
    public void GrantTableLiesWhereTheMonitorPutIt()
    {
        Words[0] = DomainId.Self | (2UL << 32);
        Words[2] = Page + 4096;
        Assert.Equal(0, Hypercall((ulong)HypercallNumber.GrantTableOp, 2, Page, 1));
        Assert.Equal(0, *(short*)(Page + 8));
        Assert.Equal(Machine.GrantFrame + 1, Words[513]);
        Words[0] = 2;
        Assert.Equal(Errno.NoCall, Hypercall((ulong)HypercallNumber.GrantTableOp, 8, Page, 1));
    }

    [Fact]
    public void SegmentBases()
    {
        Assert.Equal(0, Hypercall((ulong)HypercallNumber.SetSegmentBase, 0, 0x7000_0000));
        Assert.Equal(0x7000_0000UL, Machine.FsBase);
        Assert.Equal(Errno.Invalid, Hypercall((ulong)HypercallNumber.SetSegmentBase, 0, 0x8000_0000_0000));
        Assert.Equal(0, Hypercall((ulong)HypercallNumber.SetSegmentBase, 1, 0x1000));
        Assert.Equal(0, Hypercall((ulong)HypercallNumber.SetSegmentBase, 3, 0));
        Assert.Equal(
            [(VmCall.SetSegmentBase, 1UL, 0x1000UL), (VmCall.SetSegmentBase, 1UL, 0UL)], Machine.Calls);
    }

    [Fact]
    public void EmergencyConsoleGoesToTheLog()
    {
        string text = new('x', 60);
        Encoding.ASCII.GetBytes(text).CopyTo(new System.Span<byte>((void*)Page, 60));
        Assert.Equal(0, Hypercall((ulong)HypercallNumber.ConsoleIo, 0, 60, Page));
        Assert.Equal(text, Machine.LogText);
    }

    [Fact]
    public void AbsentCallIsLoggedOnce()
    {
        Assert.Equal(Errno.NoCall, Hypercall(11));
        string once = Machine.LogText;
        Assert.Equal(Errno.NoCall, Hypercall(11));
        Assert.Equal("rom: no hypercall 0xb\n", once);
        Assert.Equal(once, Machine.LogText);
    }

    [Fact]
    public void AbsentOperationIsLoggedOnceAHypercall()
    {
        Assert.Equal(Errno.NoCall, Hypercall((ulong)HypercallNumber.SchedOp, 0x14));
        string once = Machine.LogText;
        Assert.Equal(Errno.NoCall, Hypercall((ulong)HypercallNumber.SchedOp, 0x15));
        Assert.Equal("rom: no operation 0x14 of 0x1d\n", once);
        Assert.Equal(once, Machine.LogText);
    }

    [Fact]
    public void DescriptorIsWrittenToTheGuestsOwnTable()
    {
        Assert.Equal(0, Hypercall((ulong)HypercallNumber.UpdateDescriptor, (9 << 12) | 0x28, 0x1122));
        Assert.Equal(0x1122UL, ((ulong*)Machine.Window(9 << 12))[5]);
        Assert.Equal(Errno.Invalid, Hypercall((ulong)HypercallNumber.UpdateDescriptor, Machine.AllFrames << 12, 1));
    }

    [Fact]
    public void OneVirtualCpu()
    {
        Assert.Equal(1, Hypercall((ulong)HypercallNumber.VcpuOp, 3, 0));
        Assert.Equal(Errno.NoEntry, Hypercall((ulong)HypercallNumber.VcpuOp, 3, 1));
    }
}

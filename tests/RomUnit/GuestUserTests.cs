using Tierce.Abi;
using Tierce.Rom.State;
using Tierce.Rom.Xen;

namespace Tierce.Rom.Tests;

/// <summary>
/// Instructions of guest user, and of guest kernel by the same rules: CPUID after Xen's prefix, ports, software interrupts.
/// </summary>
public unsafe class GuestUserTests : GuestFixture
{
    private const ulong Code = 0x40_0ffe;
    private const ulong Code64 = 0xe033, Code32 = 0xe023, Data = 0xe02b;
    private const ulong GeneralProtection = 13, InvalidOpcode = 6;
    private const ulong UserRoot = 20;
    private const ulong InterruptFlag = 0x200;
    private RegisterFrame _frame;

    /// <summary>Maps two pages of code in guest user's tables alone.</summary>
    public GuestUserTests()
    {
        Machine.State->UserRoot = UserRoot;
        ((ulong*)Machine.Window(UserRoot << 12))[0] = (21 << 12) | 7;
        ((ulong*)Machine.Window(21 << 12))[0] = (22 << 12) | 7;
        ((ulong*)Machine.Window(22 << 12))[2] = (23 << 12) | 7;
        ((ulong*)Machine.Window(23 << 12))[0] = (24 << 12) | 5;
        ((ulong*)Machine.Window(23 << 12))[1] = (26 << 12) | 1;
    }

    private ref RegisterFrame Frame => ref _frame;

    private static void Put(ulong address, byte value) => *Machine.Window(((address & 0x1000) == 0 ? 24UL << 12 : 26UL << 12) | (address & 0xfff)) = value;

    private bool Run(ulong vector, ulong errorCode, params byte[] code)
    {
        ulong start = Code;
        foreach (byte value in code)
        {
            Put(start++, value);
        }

        fixed (RegisterFrame* frame = &_frame)
        {
            frame->Rip = Code;
            frame->Cs = frame->Cs == 0 ? Code64 : frame->Cs;
            frame->Ss = Data;
            frame->Rflags = InterruptFlag | 2;
            return Entries.EmulateUser(frame, vector, errorCode);
        }
    }

    [Fact]
    public void PrefixedCpuidTellsGuestUserOfXen()
    {
        Frame.Rax = 0x4000_0000;
        Frame.Rsp = 0x7000;
        Assert.True(Run(InvalidOpcode, 0, 0x0f, 0x0b, 0x78, 0x65, 0x6e, 0x0f, 0xa2));
        Assert.Equal(0x566e_6558UL, Frame.Rbx);
        Assert.Equal(0x4d4d_566eUL, Frame.Rdx);

        // The way back is a frame as guest kernel would make it, with the events masked as they were.
        IretFrame* back = &Machine.State->UserFrame;
        Assert.Equal((0x4000_0002UL, 0x6558_4d4dUL, Code + 7, Code64), (back->Rax, back->Rcx, back->Rip, back->Cs));
        Assert.Equal((0x7000UL, Data, 2UL), (back->Rsp, back->Ss, back->Rflags));
        Machine.State->VcpuInfo->UpcallMask = 0;
        Assert.True(Run(InvalidOpcode, 0, 0x0f, 0x0b, 0x78, 0x65, 0x6e, 0x0f, 0xa2));
        Assert.Equal(InterruptFlag | 2, back->Rflags);
    }

    [Fact]
    public void OtherInstructionsAreGuestUsersFaults()
    {
        Machine.State->IoLevel = 3;
        Assert.False(Run(InvalidOpcode, 0, 0x0f, 0x0b, 0x90));
        Assert.False(Run(InvalidOpcode, 0, 0x0f, 0x0b, 0x78, 0x65, 0x6e, 0x0f, 0x32));
        Assert.False(Run(GeneralProtection, 0, 0x0f, 0x32));
        Assert.False(Run(GeneralProtection, 0, 0x0f, 0x20, 0xc0));
        Assert.False(Run(GeneralProtection, 0, 0xf4));
        Assert.False(Run(GeneralProtection, 0, 0x0f, 0x06));
        Assert.Equal((GeneralProtection, Code, 1u), (Machine.VCpu->Vector, Machine.VCpu->Entry.Rip, Machine.VCpu->EntryUserMode));
    }

    [Theory]
    [InlineData(0u, false, false)]
    [InlineData(1u, true, false)]
    [InlineData(2u, true, false)]
    [InlineData(3u, true, true)]
    public void LevelDecidesWhoMayUsePortsAndTheInterruptFlag(uint level, bool kernel, bool user)
    {
        *(uint*)Page = level;
        Assert.Equal(0, Hypercall((ulong)HypercallNumber.PhysdevOp, 6, Page));
        foreach (byte code in new byte[] { 0xfa, 0xfb, 0xec, 0xed, 0xee, 0xef })
        {
            Assert.Equal(user, Run(GeneralProtection, 0, code));
            Assert.Equal(kernel, RunKernel(code));
        }
    }

    [Fact]
    public void ArchitecturalLevelIsThatOfTheLastReturnToUser()
    {
        Assert.Equal(0, Hypercall((ulong)HypercallNumber.VmAssist, 0, 4));
        foreach (ulong level in new ulong[] { 0, 1, 2, 3 })
        {
            Machine.State->UserFlags = level << 12;
            Assert.Equal(level == 3, Run(GeneralProtection, 0, 0xfa));
            Assert.Equal(level == 3, Run(GeneralProtection, 0, 0xee));
            Assert.True(RunKernel(0xfa));
        }

        Assert.Equal(3UL << 12, Machine.State->UserFrame.Rflags & (3 << 12));
        Assert.Equal(0, Hypercall((ulong)HypercallNumber.VmAssist, 1, 4));
        Assert.False(Run(GeneralProtection, 0, 0xfa));
        Assert.False(RunKernel(0xfa));
    }

    [Fact]
    public void HandlersThatShowTheLevelStandInTheGuestsPlacesWhileItIsShown()
    {
        RomState* state = Machine.State;
        Assert.Equal(0, Hypercall((ulong)HypercallNumber.SetCallbacks, 0x1000, 0x2000, 0x3000));
        Assert.Equal(0, Hypercall((ulong)HypercallNumber.VmAssist, 0, 4));
        Words[0] = 14;
        Words[1] = 0x4000;
        Words[3] = 0;
        Assert.Equal(0, Hypercall((ulong)HypercallNumber.SetTrapTable, Page));
        Assert.Equal((Machine.ShowInEvent, Machine.ShowInSyscall), (state->EventCallback, state->SyscallCallback));
        Assert.Equal(Machine.ShowInPageFault, (&state->Traps + 14)->Address);
        Assert.Equal((0x1000UL, 0x3000UL, 0x4000UL), (state->RealEvent, state->RealSyscall, state->RealPageFault));
        Assert.Equal(0, Hypercall((ulong)HypercallNumber.VmAssist, 1, 4));
        Assert.Equal((0x1000UL, 0x3000UL, 0x4000UL), (state->EventCallback, state->SyscallCallback, (&state->Traps + 14)->Address));
    }

    [Fact]
    public void PortsOfTheBitmapAreGuestUsersAndReadOnes()
    {
        byte* bitmap = (byte*)Page + 0x100;
        for (int i = 0; i < 8192 - 0x100; i++)
        {
            bitmap[i] = 0xff;
        }

        bitmap[0x80 / 8] = 0xfe;
        Words[0] = (ulong)bitmap;
        Words[1] = 1024;
        Assert.Equal(0, Hypercall((ulong)HypercallNumber.PhysdevOp, 7, Page));
        Frame.Rax = 0x1234;
        Assert.True(Run(GeneralProtection, 0, 0xe4, 0x80));
        Assert.Equal(0x12ffUL, Frame.Rax);
        Assert.True(Run(GeneralProtection, 0, 0xe6, 0x80));
        Assert.False(Run(GeneralProtection, 0, 0xe4, 0x81));
        Assert.False(Run(GeneralProtection, 0, 0xe5, 0x80));
        bitmap[0x80 / 8] = 0xf0;
        Assert.True(Run(GeneralProtection, 0, 0xe5, 0x80));
        Assert.Equal(0xffff_ffffUL, Frame.Rax);
        Assert.False(Run(GeneralProtection, 0, 0xfa));

        // Beyond its end, and where it cannot be read, it forbids.
        Frame.Rdx = 1023;
        bitmap[1023 / 8] = 0;
        Assert.True(Run(GeneralProtection, 0, 0xec));
        Assert.False(Run(GeneralProtection, 0, 0x66, 0xed));
        Words[1] = 0;
        Assert.Equal(0, Hypercall((ulong)HypercallNumber.PhysdevOp, 7, Page));
        Assert.False(Run(GeneralProtection, 0, 0xec));
        Words[0] = 0x1000;
        Words[1] = 65536;
        Assert.Equal(0, Hypercall((ulong)HypercallNumber.PhysdevOp, 7, Page));
        Assert.False(Run(GeneralProtection, 0, 0xec));
    }

    [Fact]
    public void PhysdevRefusesWhatXenRefuses()
    {
        ulong physdev = (ulong)HypercallNumber.PhysdevOp;
        Words[0] = 4;
        Assert.Equal(Errno.Invalid, Hypercall(physdev, 6, Page));
        Assert.Equal(Errno.Fault, Hypercall(physdev, 6, 0x1000));
        Assert.Equal(Errno.Fault, Hypercall(physdev, 7, 0x1000));
        Words[0] = 0x1000;
        Words[1] = 65537;
        Assert.Equal(Errno.Invalid, Hypercall(physdev, 7, Page));
        Words[0] = HoleLayout.RomData;
        Words[1] = 1;
        Assert.Equal(Errno.Invalid, Hypercall(physdev, 7, Page));
        Assert.Equal(Errno.Permission, Hypercall(physdev, 8, Page));
        Assert.Equal(Errno.NoCall, Hypercall(physdev, 13, Page));
    }

    [Theory]
    [InlineData(0x20, 3, true, true)]
    [InlineData(0x20, 1, false, true)]
    [InlineData(0x20, 0, false, false)]
    [InlineData(0x80, 3, true, true)]
    [InlineData(0x81, 3, true, true)]
    [InlineData(0x82, 2, false, true)]
    [InlineData(13, 3, true, true)]
    public void SoftwareInterruptGoesToItsHandlerIfTheModeMay(int vector, int level, bool user, bool kernel)
    {
        Words[0] = (ulong)(vector | ((level | 4) << 8));
        Words[1] = 0xffff_ffff_8100_0000;
        Words[3] = 0;
        Assert.Equal(0, Hypercall((ulong)HypercallNumber.SetTrapTable, Page));

        // QEMU tells twice the vector in the error code: the instruction counts.
        ulong told = ((ulong)vector << 4) | 2;
        ulong refused = ((ulong)vector << 3) | 2;
        VCpuPage* page = Machine.VCpu;
        TrapEntry* traps = &Machine.State->Traps;
        Assert.False(Run(GeneralProtection, told, 0xcd, (byte)vector));
        Assert.Equal(user ? Code + 2 : Code, page->Entry.Rip);
        Assert.Equal(user ? 0xffff_ffff_8100_0000 : GeneralProtection, user ? traps[page->Vector & 0x1ff].Address : page->Vector);
        Assert.Equal(user ? 0UL : refused, page->ErrorCode);
        Assert.Equal(user, (page->Vector & TrapEntry.Software) != 0);

        ulong start = Page + 1024;
        *(ushort*)start = (ushort)(0xcd | (vector << 8));
        fixed (RegisterFrame* frame = &_frame)
        {
            frame->Rip = start;
            Assert.False(Entries.Emulate(frame, GeneralProtection, told));
        }

        Assert.Equal(kernel ? start + 2 : start, page->Entry.Rip);
        Assert.Equal(kernel ? 0xffff_ffff_8100_0000 : GeneralProtection, kernel ? traps[page->Vector & 0x1ff].Address : page->Vector);
        Assert.Equal(kernel ? 0UL : refused, page->ErrorCode);
    }

    [Fact]
    public void SoftwareInterruptWithoutAHandlerIsAFaultThatNamesIt()
    {
        Assert.False(Run(GeneralProtection, (0x30 << 4) | 2, 0xcd, 0x30));
        Assert.Equal((GeneralProtection, (0x30UL << 3) | 2, Code), (Machine.VCpu->Vector, Machine.VCpu->ErrorCode, Machine.VCpu->Entry.Rip));

        // What is no such instruction keeps its error code.
        Assert.False(Run(GeneralProtection, 0x402, 0x90));
        Assert.Equal(0x402UL, Machine.VCpu->ErrorCode);
        Assert.False(Run(GeneralProtection, 0x28, 0xcd, 0x30));
        Assert.Equal(0x28UL, Machine.VCpu->ErrorCode);
    }

    [Fact]
    public void CodeOf32BitSegmentsIsFoundWhereItsDescriptorSays()
    {
        // An LDT entry: 32-bit code from 0x400000 on.
        Machine.VCpu->LdtEntries = 1;
        Machine.VCpu->LdtFrames[0] = 30;
        *(ulong*)Machine.Window(30 << 12) = 0x00cf_fb40_0000_ffff;
        Put(0x40_0010, 0xcd);
        Put(0x40_0011, 0x80);
        fixed (RegisterFrame* frame = &_frame)
        {
            frame->Rip = 0x10;
            frame->Cs = 7;
            Assert.False(Entries.EmulateUser(frame, GeneralProtection, 2));
            Assert.Equal((0x80UL << 3) | 2, Machine.VCpu->ErrorCode);
        }

        // What is a REX prefix in 64-bit code is an instruction of its own in 32-bit code.
        Machine.State->IoLevel = 3;
        Frame.Cs = Code32;
        Assert.False(Run(GeneralProtection, 0, 0x48, 0xec));
        Frame.Cs = Code64;
        Assert.True(Run(GeneralProtection, 0, 0x48, 0xec));
    }

    [Fact]
    public void CodeThatGuestUserDoesNotHaveIsNotRead()
    {
        Machine.State->IoLevel = 3;
        Assert.True(Run(GeneralProtection, 0, 0xec));
        ((ulong*)Machine.Window(23 << 12))[0] = 0;
        Assert.False(Run(GeneralProtection, 0, 0xec));
        ((ulong*)Machine.Window(23 << 12))[0] = (24 << 12) | 4;
        Assert.False(Run(GeneralProtection, 0, 0xec));
        ((ulong*)Machine.Window(23 << 12))[0] = (Machine.AllFrames << 12) | 5;
        Assert.False(Run(GeneralProtection, 0, 0xec));
        Machine.State->UserRoot = 0x1234_5678;
        Assert.False(Run(GeneralProtection, 0, 0xec));
    }

    private bool RunKernel(byte code)
    {
        *(byte*)(Page + 2048) = code;
        fixed (RegisterFrame* frame = &_frame)
        {
            frame->Rip = Page + 2048;
            return Entries.Emulate(frame, GeneralProtection, 0);
        }
    }
}

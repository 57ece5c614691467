using Tierce.Abi;
using Tierce.Rom.Emulate;
using Tierce.Rom.Xen;

namespace Tierce.Rom.Tests;

/// <summary>Decoding and carrying out privileged instructions.</summary>
public unsafe class EmulatorTests : GuestFixture
{
    private const ulong GeneralProtection = 13;
    private const ulong InvalidOpcode = 6;
    private RegisterFrame _frame;

    private ref RegisterFrame Frame => ref _frame;

    private bool Run(ulong vector, params byte[] code)
    {
        for (int i = 0; i < code.Length; i++)
        {
            ((byte*)Page)[i] = code[i];
        }

        fixed (RegisterFrame* frame = &_frame)
        {
            frame->Rip = Page;
            bool done = Entries.Emulate(frame, vector, 0);
            Assert.Equal(done ? Page + (ulong)code.Length : Page, frame->Rip);
            return done;
        }
    }

    [Fact]
    public void WrmsrSetsGsBaseWithoutTheKernel()
    {
        Frame.Rcx = 0xc000_0101;
        Frame.Rax = 0x8200_0000;
        Frame.Rdx = 0xffff_ffff;
        Assert.True(Run(GeneralProtection, 0x0f, 0x30));
        Assert.Equal(0xffff_ffff_8200_0000, Machine.GsBase);
        Assert.Empty(Machine.Calls);
    }

    [Fact]
    public void WrmsrOfUserGsBaseIsAKernelCallUnlessUnchanged()
    {
        Frame.Rcx = 0xc000_0102;
        Frame.Rax = 0x1000;
        Assert.True(Run(GeneralProtection, 0x0f, 0x30));
        Assert.True(Run(GeneralProtection, 0x0f, 0x30));
        Assert.Equal([(VmCall.SetSegmentBase, (ulong)SegmentBase.GsUser, 0x1000UL)], Machine.Calls);
    }

    /// <summary>Guest user can change its base by an instruction, or by loading a selector: what was set is believed until it has run.</summary>
    [Fact]
    public void UserGsBaseIsReadAgainOnceGuestUserHasRun()
    {
        Frame.Rcx = 0xc000_0102;
        Frame.Rax = 0x1000;
        Assert.True(Run(GeneralProtection, 0x0f, 0x30));
        Assert.True(Run(GeneralProtection, 0x0f, 0x32));
        Assert.Equal(0x1000UL, Frame.Rax);
        Machine.UserGsBase = 0x2000;
        Machine.State->CallsMade[CallCounts.Iret]++;
        Assert.True(Run(GeneralProtection, 0x0f, 0x32));
        Assert.Equal(0x2000UL, Frame.Rax);
        Machine.State->CallsMade[CallCounts.Iret]++;
        Frame.Rax = 0x1000;
        Assert.True(Run(GeneralProtection, 0x0f, 0x30));
        Assert.Equal(
            [(VmCall.SetSegmentBase, 1UL, 0x1000UL), (VmCall.ReadUserGsBase, 0UL, 0UL), (VmCall.SetSegmentBase, 1UL, 0x1000UL)], Machine.Calls);
    }

    /// <summary>As Linux reads a descriptor: where SGDT says, at the selector. Its programs run with Xen's.</summary>
    [Fact]
    public void SgdtLeadsToTheDescriptors()
    {
        const ulong Descriptor = 0x00cf_fb00_0000_1234, Flat = 0x00af_fb00_0000_ffff;
        Machine.VCpu->GdtEntries = 513;
        Machine.VCpu->GdtFrames[0] = 20;
        Machine.VCpu->GdtFrames[1] = 7;
        *(ulong*)Machine.Window((20 << 12) + 0x20) = Descriptor;
        *(ulong*)Machine.Window(7 << 12) = Descriptor + 1;
        Frame.Rbx = Page + 0x100;
        Assert.True(Run(GeneralProtection, 0x0f, 0x01, 0x43, 0x02));
        Assert.Equal(0xe037, *(ushort*)(Page + 0x102));
        ulong table = *(ulong*)(Page + 0x104);
        Assert.Equal((Descriptor, Descriptor + 1, Flat), (*(ulong*)(table + 0x20), *(ulong*)(table + 0x1000), *(ulong*)(table + 0xe030)));
        Machine.VCpu->GdtEntries = 1;
        Assert.True(Run(GeneralProtection, 0x0f, 0x01, 0x43, 0x02));
        Assert.Equal((0UL, 0UL), (*(ulong*)(table + 0x20), *(ulong*)(table + 0x1000)));
    }

    [Fact]
    public void OtherTablesShowNothingOfTierce()
    {
        Frame.Rbx = Page + 0x100;
        new System.Span<byte>((void*)(Page + 0x100), 16).Fill(0x5a);
        Assert.True(Run(GeneralProtection, 0x0f, 0x01, 0x0b)); // sidt (%rbx)
        Assert.Equal((0, 0UL, 0x5a), (*(ushort*)(Page + 0x100), *(ulong*)(Page + 0x102), *(byte*)(Page + 0x10a)));
        Frame.Rax = ulong.MaxValue;
        Assert.True(Run(GeneralProtection, 0x66, 0x0f, 0x00, 0xc0)); // sldt %ax
        Assert.Equal(0xffff_ffff_ffff_0000, Frame.Rax);
        Assert.True(Run(GeneralProtection, 0x0f, 0x00, 0xc8)); // str %eax
        Assert.Equal(0UL, Frame.Rax);
        Assert.True(Run(GeneralProtection, 0x49, 0x0f, 0x01, 0xe1)); // smsw %r9
        Assert.Equal(0x8005_0033UL, Frame.R9);
        Assert.True(Run(GeneralProtection, 0x0f, 0x01, 0x63, 0x08)); // smsw 8(%rbx)
        Assert.Equal(0x5a5a_0033u, *(uint*)(Page + 0x108) | 0x5a5a_0000u);
        Frame.Rbx = Machine.RamFrames;
        Assert.False(Run(GeneralProtection, 0x0f, 0x01, 0x03));
    }

    [Fact]
    public void SegmentPrefixesAddTheirBase()
    {
        Machine.GsBase = Page + 0x100;
        Frame.Rbx = 0x10;
        Assert.True(Run(GeneralProtection, 0x65, 0x0f, 0x00, 0x03)); // sldt %gs:(%rbx)
        Machine.FsBase = 0x7000;
        Assert.True(Run(GeneralProtection, 0x64, 0x0f, 0x01, 0x3b)); // invlpg %fs:(%rbx)
        Assert.Equal([(VmCall.Invalidate, 0x7010UL, 0UL)], Machine.Calls);
    }

    [Theory]
    [InlineData(0x1bu, 0xfee0_0900UL)]
    [InlineData(0x277u, 0x0000_0501_0007_0406UL)]
    [InlineData(0xc000_0080u, 0xd01UL)]
    public void KnownRegistersAreRead(uint number, ulong value)
    {
        Frame.Rcx = number;
        Frame.Rax = ulong.MaxValue;
        Frame.Rdx = ulong.MaxValue;
        Assert.True(Run(GeneralProtection, 0x0f, 0x32));
        Assert.Equal(value, (Frame.Rdx << 32) | Frame.Rax);
    }

    [Fact]
    public void UnknownRegisterIsReflected()
    {
        Frame.Rcx = 0x1234;
        Frame.Rsp = 77;
        Machine.VCpu->Vector = 99;
        Assert.False(Run(GeneralProtection, 0x0f, 0x32));
        Assert.Equal(GeneralProtection, Machine.VCpu->Vector);
        Assert.Equal(Page, Machine.VCpu->Entry.Rip);
        Assert.Equal(77UL, Machine.VCpu->Entry.Rsp);
    }

    [Fact]
    public void PortsAreAbsent()
    {
        Machine.State->IoLevel = 1;
        Frame.Rax = 0x1234;
        Assert.True(Run(GeneralProtection, 0xec));
        Assert.Equal(0x12ffUL, Frame.Rax);
        Frame.Rax = 0x1234_0000_0000;
        Assert.True(Run(GeneralProtection, 0x66, 0xed));
        Assert.Equal(0x1234_0000_ffffUL, Frame.Rax);
        Assert.True(Run(GeneralProtection, 0xe5, 0x60));
        Assert.Equal(0xffff_ffffUL, Frame.Rax);
        Frame.Rdx = 0x42;
        Frame.Rax = 0x12ff;
        Assert.True(Run(GeneralProtection, 0xec));
        Assert.Equal(0x1200UL, Frame.Rax);
        Assert.True(Run(GeneralProtection, 0xe6, 0x80));
        Assert.True(Run(GeneralProtection, 0xef));
    }

    [Fact]
    public void ControlRegistersMove()
    {
        Assert.True(Run(GeneralProtection, 0x0f, 0x20, 0xc0));
        Assert.Equal(0x8005_0033UL, Frame.Rax);
        Assert.True(Run(GeneralProtection, 0x41, 0x0f, 0x20, 0xd9));
        Assert.Equal(Machine.RootFrame << 12, Frame.R9);
        Frame.Rbx = 0x1234_0620;
        Assert.True(Run(GeneralProtection, 0x0f, 0x22, 0xe3));
        Assert.True(Run(GeneralProtection, 0x0f, 0x20, 0xe1));
        Assert.Equal(0x1234_0620UL, Frame.Rcx);
        Assert.False(Run(GeneralProtection, 0x0f, 0x20, 0xc8));
    }

    [Fact]
    public void InvalidatePageComputesItsAddress()
    {
        // invlpg 0x10(%rbx,%rcx,8)
        Frame.Rbx = 0x1000;
        Frame.Rcx = 2;
        Assert.True(Run(GeneralProtection, 0x0f, 0x01, 0x7c, 0xcb, 0x10));
        Assert.Equal([(VmCall.Invalidate, 0x1020UL, 0UL)], Machine.Calls);
    }

    [Fact]
    public void ExtendedStateIsASubsetOfWhatTheProcessorHasOn()
    {
        Machine.NativeCpuid[(1, 0)] = (0, 0, CpuidMasks.Leaf1EcxXsave, 0);
        Frame.Rax = 7;
        Assert.True(Run(GeneralProtection, 0x0f, 0x01, 0xd1));
        Assert.Equal(7UL, Machine.State->Xcr0);
        Frame.Rax = 0xe7;
        Assert.False(Run(GeneralProtection, 0x0f, 0x01, 0xd1));
        Frame.Rax = 6;
        Assert.False(Run(GeneralProtection, 0x0f, 0x01, 0xd1));
    }

    [Theory]
    [InlineData((byte)0x0f, (byte)0x0b)]
    [InlineData((byte)0x90, (byte)0x90)]
    public void OtherInstructionsAreReflected(byte first, byte second)
    {
        Assert.False(Run(InvalidOpcode, first, second, 0x90));
        Assert.False(Run(GeneralProtection, first, second, 0x90));
    }

    [Fact]
    public void CodeThatEndsAtABadPageIsReflected()
    {
        Machine.BadPage = Page + 4096;
        *(byte*)(Page + 4095) = 0x0f;
        fixed (RegisterFrame* frame = &_frame)
        {
            frame->Rip = Page + 4095;
            Assert.False(Entries.Emulate(frame, GeneralProtection, 0));
        }
    }

    [Fact]
    public void SelectorFaultsAreTheGuests()
    {
        *(ushort*)Page = 0x300f;
        fixed (RegisterFrame* frame = &_frame)
        {
            frame->Rip = Page;
            Assert.False(Entries.Emulate(frame, GeneralProtection, 0x28));
        }
    }

    [Theory]
    [InlineData(true, 0x8000_0021u, 1u << 6)]
    [InlineData(false, 0x8000_0008u, 0u)]
    public void ThatNullSelectorsClearTheBaseIsToldWhereTheyDo(bool clears, uint lastLeaf, uint told)
    {
        Machine.NullClearsBase = clears;
        Machine.NativeCpuid[(0x8000_0000, 0)] = (0x8000_000a, 0, 0, 0);
        CpuidResult result;
        CpuidPolicy.Query(0x8000_0000, 0, &result);
        Assert.Equal(lastLeaf, result.Eax);
        CpuidPolicy.Query(0x8000_0021, 0, &result);
        Assert.Equal((told, 0u, 0u, 0u), (result.Eax, result.Ebx, result.Ecx, result.Edx));
    }

    [Fact]
    public void ForcedCpuidTellsXen()
    {
        Frame.Rax = 0x4000_0000;
        Assert.True(Run(InvalidOpcode, 0x0f, 0x0b, 0x78, 0x65, 0x6e, 0x0f, 0xa2));
        Assert.Equal(0x566e_6558UL, Frame.Rbx);
        Assert.Equal(0x6558_4d4dUL, Frame.Rcx);
        Assert.Equal(0x4d4d_566eUL, Frame.Rdx);
        Assert.Equal(0x4000_0002UL, Frame.Rax);
    }

    [Fact]
    public void HiddenFeaturesAreHidden()
    {
        foreach ((uint, uint) leaf in ((uint, uint)[])[(1, 0), (7, 0), (0x8000_0001, 0)])
        {
            Machine.NativeCpuid[leaf] = (uint.MaxValue, uint.MaxValue, uint.MaxValue, uint.MaxValue);
        }

        CpuidResult result;
        CpuidPolicy.Query(1, 0, &result);
        Assert.Equal(0u, result.Edx & CpuidMasks.Leaf1Edx);
        Assert.Equal(0u, result.Ecx & CpuidMasks.Leaf1Ecx);
        Assert.NotEqual(0u, result.Ecx & CpuidMasks.Leaf1EcxHypervisor);
        Assert.NotEqual(0u, result.Ecx & CpuidMasks.Leaf1EcxAvx);
        CpuidPolicy.Query(7, 0, &result);
        Assert.Equal((1u, 1u << 2), (result.Ebx & 1, result.Ecx & (1 << 2))); // FSGSBASE, UMIP
        Assert.Equal(0u, (result.Ebx & CpuidMasks.Leaf7Ebx) | (result.Ecx & CpuidMasks.Leaf7Ecx) | (result.Edx & CpuidMasks.Leaf7Edx));
        Assert.Equal(0u, result.Ebx & CpuidMasks.Leaf7EbxAvx512);
        Assert.NotEqual(0u, result.Ebx & CpuidMasks.Leaf7EbxAvx);
        CpuidPolicy.Query(0x8000_0001, 0, &result);
        Assert.Equal(0u, (result.Edx & CpuidMasks.Extended1Edx) | (result.Ecx & CpuidMasks.Extended1Ecx));
        Assert.NotEqual(0u, result.Edx & (1u << 11));
    }

    [Fact]
    public void StateAreaSizesFollowTheVirtualXcr0()
    {
        Machine.NativeCpuid[(1, 0)] = (0, 0, CpuidMasks.Leaf1EcxXsave, 0);
        Machine.NativeCpuid[(13, 0)] = (0x2ff, 2696, 2696, 0);
        Machine.NativeCpuid[(13, 2)] = (256, 576, 0, 0);
        Machine.NativeCpuid[(13, 9)] = (8, 2688, 0, 0);
        Machine.State->Xcr0 = 1;
        CpuidResult result;
        CpuidPolicy.Query(13, 0, &result);
        Assert.Equal(7u, result.Eax);
        Assert.Equal(576u, result.Ebx);
        Assert.Equal(832u, result.Ecx);
        Machine.State->Xcr0 = 7;
        CpuidPolicy.Query(13, 0, &result);
        Assert.Equal(832u, result.Ebx);
        CpuidPolicy.Query(13, 9, &result);
        Assert.Equal(0u, result.Eax);
    }
}

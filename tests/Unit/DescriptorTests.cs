using System.Runtime.InteropServices;
using Tierce.Abi;

namespace Tierce.Unit;

/// <summary>What of a guest's descriptors reaches the processor's tables, and which breakpoints.</summary>
public sealed unsafe class DescriptorTests : IDisposable
{
    private const ulong FlatCode32 = 0x00cf_fb00_0000_ffff, FlatCode64 = 0x00af_fb00_0000_ffff, FlatData = 0x00cf_f300_0000_ffff;
    private const ulong Ours = 0x1234_5678_9abc_def0;
    private const int OurIndex = 14 * 512;

    private readonly PerCpu* cpu = New<PerCpu>();
    private readonly VCpuPage* page = New<VCpuPage>();
    private readonly VCpuPage* otherPage = New<VCpuPage>();
    private readonly VCpu* vcpu = New<VCpu>();
    private readonly VCpu* other = New<VCpu>();
    private readonly Guest* guest = New<Guest>();

    public DescriptorTests()
    {
        Machine.Reset();
        new Span<byte>(Machine.DescriptorTable(0), 0x1_0000).Clear();
        new Span<byte>(Machine.DescriptorTable(1), 0x1_0000).Clear();
        Machine.DescriptorTable(0)[OurIndex] = Ours;
        guest->Initialise(100, 64, 0);
        new Span<byte>(guest->FrameAddress(0), 64 * 4096).Clear();
        vcpu->Guest = guest;
        vcpu->Page = page;
        other->Guest = guest;
        other->Page = otherPage;
    }

    public void Dispose()
    {
        foreach (nint memory in new[] { (nint)cpu, (nint)page, (nint)otherPage, (nint)vcpu, (nint)other, (nint)guest })
        {
            NativeMemory.AlignedFree((void*)memory);
        }
    }

    [Theory]
    [InlineData(FlatCode32, FlatCode32)]
    [InlineData(FlatCode64, FlatCode64)]
    [InlineData(FlatData, FlatData)]
    [InlineData(0x00af_9a00_0000_ffff, FlatCode64)] // DPL 0, not accessed yet
    [InlineData(0x00cf_b200_0000_ffff, FlatData)] // DPL 1
    [InlineData(0x00af_7b00_0000_ffff, 0x00af_7b00_0000_ffff)] // not present, and harmless: loading it raises an exception
    [InlineData(0x0000_6c00_0008_0000, 0x0000_6c00_0008_0000)] // a call gate that is not present
    [InlineData(0x0000_8900_0000_0067, 0)] // task state
    [InlineData(0x0000_e200_0000_ffff, 0)] // LDT
    [InlineData(0xffff_ec00_0008_0000, 0)] // call gate
    [InlineData(0xffff_ee00_0008_0000, 0)] // interrupt gate
    [InlineData(0x00ef_fb00_0000_ffff, 0)] // code of both sizes
    public void Code_and_data_alone_pass_with_privilege_3(ulong wanted, ulong stands) => Assert.Equal(stands, Descriptor.Sanitise(wanted));

    [Fact]
    public void Iret_loads_what_fits_alone()
    {
        Assert.True(Descriptor.IsCode(FlatCode64, ulong.MaxValue));
        Assert.True(Descriptor.IsCode(FlatCode32, 0xffff_ffff));
        Assert.False(Descriptor.IsCode(FlatCode32, 0x1_0000_0000));
        Assert.True(Descriptor.IsCode(0x0040_fb00_0000_00ff, 0xff));
        Assert.False(Descriptor.IsCode(0x0040_fb00_0000_00ff, 0x100));
        Assert.False(Descriptor.IsCode(FlatData, 0));
        Assert.False(Descriptor.IsCode(0x00af_9b00_0000_ffff, 0)); // ours, DPL 0
        Assert.False(Descriptor.IsCode(0, 0));
        Assert.True(Descriptor.IsStack(FlatData));
        Assert.False(Descriptor.IsStack(0x00cf_f100_0000_ffff)); // read only
        Assert.False(Descriptor.IsStack(FlatCode32));
        Assert.False(Descriptor.IsStack(0x00cf_9300_0000_ffff)); // ours, DPL 0
    }

    /// <summary>Which exception comes instead, with which error code, and that the guest's kernel sees what it asked for.</summary>
    [Theory]
    [InlineData(0x37, 0x2f, 0x1000, 0, 0)]
    [InlineData(0x3f, 0x2f, 0x1000, 11, 0x3c)] // code that is not present
    [InlineData(0x37, 0x27, 0x1000, 12, 0x24)] // a stack that is not present
    [InlineData(0x3f, 0x27, 0x1000, 11, 0x3c)] // the code is checked first
    [InlineData(0x2f, 0x2f, 0x1000, 13, 0x2c)] // data as code
    [InlineData(0x37, 0x37, 0x1000, 13, 0x34)] // code as a stack
    [InlineData(0x33, 0x2f, 0x1000, 13, 0x30)] // nothing there
    [InlineData(0x36, 0x2f, 0x1000, 13, 0x34)] // privilege 2
    [InlineData(0x37, 0x2f, 0x1_0000_0000, 13, 0)] // beyond the limit
    [InlineData(Thread.UserCode, Thread.UserData, 0x7fff_ffff_ffff, 0, 0)]
    [InlineData(Thread.UserCode, Thread.UserData, 0x8000_0000_0000, 13, 0)] // not canonical
    [InlineData(Thread.UserCode, Thread.UserData, 0x7fff_ffff_ffff_ffff, 13, 0)]
    public void Iret_that_would_fault_is_told_apart(ulong code, ulong stack, ulong address, uint vector, ulong error)
    {
        Machine.DescriptorTable(1)[4] = FlatData & ~(1UL << 47);
        Machine.DescriptorTable(1)[5] = FlatData;
        Machine.DescriptorTable(1)[6] = FlatCode32;
        Machine.DescriptorTable(1)[7] = FlatCode32 & ~(1UL << 47);
        RegisterFrame frame = new() { Cs = code, Ss = stack, Rip = address, Rflags = ulong.MaxValue };
        ulong fault = ResumeState.ToGuestUser(&frame);
        Assert.Equal((vector, error), (ResumeState.FaultVector(fault), ResumeState.FaultCode(fault)));
        Assert.Equal((code, stack, address), (frame.Cs, frame.Ss, frame.Rip));
        Assert.Equal(0x25_4fd7UL, frame.Rflags);
    }

    [Fact]
    public void Selectors_without_privilege_3_find_nothing()
    {
        Machine.DescriptorTable(0)[6] = FlatCode64;
        Machine.DescriptorTable(1)[6] = FlatData;
        Assert.Equal(FlatCode64, DescriptorTables.Find(0x33));
        Assert.Equal(FlatData, DescriptorTables.Find(0x37));
        Assert.Equal(0UL, DescriptorTables.Find(0x30));
        Assert.Equal(0UL, DescriptorTables.Find(0x3f));
    }

    [Fact]
    public void Tables_are_read_when_told_and_when_another_ran()
    {
        page->GdtEntries = 16;
        page->GdtFrames[0] = 3;
        page->LdtEntries = 600;
        page->LdtFrames[0] = 4;
        page->LdtFrames[1] = 5;
        ulong* gdt = (ulong*)guest->FrameAddress(3);
        ulong* second = (ulong*)guest->FrameAddress(5);
        gdt[6] = FlatCode64;
        gdt[20] = FlatData; // beyond the limit
        second[87] = FlatData;
        Assert.True(DescriptorTables.Switch(cpu, vcpu));
        Assert.Equal(FlatCode64, Machine.DescriptorTable(0)[6]);
        Assert.Equal(0UL, Machine.DescriptorTable(0)[20]);
        Assert.Equal(FlatData, Machine.DescriptorTable(1)[599]);
        Assert.False(DescriptorTables.Switch(cpu, vcpu));

        gdt[7] = FlatData;
        Assert.Equal(0UL, Machine.DescriptorTable(0)[7]);
        DescriptorTables.Load(cpu, vcpu, 0, 7, 1);
        Assert.Equal(FlatData, Machine.DescriptorTable(0)[7]);

        Assert.True(DescriptorTables.Switch(cpu, other));
        Assert.Equal(0UL, Machine.DescriptorTable(0)[6]);
        Assert.Equal(0UL, Machine.DescriptorTable(0)[7]);
        Assert.Equal(0UL, Machine.DescriptorTable(1)[599]);
        Assert.Equal(Ours, Machine.DescriptorTable(0)[OurIndex]);
    }

    [Theory]
    [InlineData(FlatCode64, FlatData, 0x33, 0x2b)]
    [InlineData(FlatCode32, FlatData, Thread.UserCode, Thread.UserData)]
    [InlineData(FlatCode64, FlatCode64, Thread.UserCode, Thread.UserData)]
    [InlineData(0, FlatData, Thread.UserCode, Thread.UserData)]
    public void Linux_selectors_count_as_flat_where_they_are(ulong code, ulong data, ulong codeSelector, ulong dataSelector)
    {
        ulong* gdt = (ulong*)guest->FrameAddress(3);
        gdt[5] = data;
        gdt[6] = code;
        page->GdtFrames[0] = 3;
        page->GdtEntries = 16;
        Assert.True(DescriptorTables.Switch(cpu, vcpu));
        Assert.Equal((codeSelector, dataSelector), (cpu->OtherUserCode, cpu->OtherUserData));

        gdt[6] = 0;
        DescriptorTables.Load(cpu, vcpu, 0, 6, 1);
        Assert.Equal((uint)Thread.UserCode, cpu->OtherUserCode);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Whatever_a_guest_writes_ours_stay_and_its_are_harmless(int seed)
    {
        Scribble(new Random(seed), sanitised: true);
        Assert.Equal(0, Harmful());
    }

    [Fact]
    public void What_a_guest_writes_unchecked_is_noticed()
    {
        Scribble(new Random(1), sanitised: false);
        Assert.NotEqual(0, Harmful());
    }

    [Fact]
    public void Breakpoints_keep_off_the_hole()
    {
        Assert.Equal(Status.Ok, DebugRegisters.Set(&vcpu->Debug, 0, HoleLayout.UserLimit - 8));
        Assert.Equal(Status.Ok, DebugRegisters.Set(&vcpu->Debug, 3, HoleLayout.End));
        Assert.Equal(HoleLayout.End, vcpu->Debug.Addresses[3]);
        foreach (ulong address in new[] { HoleLayout.UserLimit, HoleLayout.Start - 1, HoleLayout.Start, HoleLayout.KernelImage, HoleLayout.End - 1 })
        {
            Assert.Equal(Status.BadArgument, DebugRegisters.Set(&vcpu->Debug, 3, address));
        }

        Assert.Equal(HoleLayout.End, vcpu->Debug.Addresses[3]);
        Assert.Equal(Status.BadArgument, DebugRegisters.Set(&vcpu->Debug, 4, 0));
        Assert.Equal(Status.BadArgument, DebugRegisters.Set(&vcpu->Debug, 6, 0));
    }

    [Theory]
    [InlineData(0x1, 0x1)]
    [InlineData(0xd_0002, 0xd_0002)]
    [InlineData(0x2_0001, 0)] // a port
    [InlineData(0xc_0001, 0)] // an instruction of four bytes
    [InlineData(0x2_0005, 0x2_0004)]
    [InlineData(0xffff_ffff_0000_2c01, 0x1)] // general detection, transactions
    [InlineData(0x2400, 0)]
    public void Control_is_masked(ulong wanted, ulong loaded)
    {
        Assert.Equal(Status.Ok, DebugRegisters.Set(&vcpu->Debug, 7, wanted));
        Assert.Equal(loaded, vcpu->Debug.Control);
        Assert.Equal(loaded, Machine.DebugControl);
    }

    /// <summary>Random frames, counts and descriptors, and calls with random ranges; without the check as a kernel would do that forgot it.</summary>
    private void Scribble(Random random, bool sanitised)
    {
        random.NextBytes(new Span<byte>(guest->FrameAddress(0), 64 * 4096));
        for (int round = 0; round < 50; round++)
        {
            random.NextBytes(new Span<byte>(&page->GdtEntries, 8));
            for (int i = 0; i < 14; i++)
            {
                page->GdtFrames[i] = (uint)random.Next(0, 80);
                page->LdtFrames[i] = (uint)random.Next(0, 80);
            }

            cpu->DescriptorOwner = random.Next(4) == 0 ? null : cpu->DescriptorOwner;
            DescriptorTables.Switch(cpu, vcpu);
            DescriptorTables.Load(cpu, vcpu, round & 1, (ulong)random.NextInt64(), (ulong)random.NextInt64());
            DescriptorTables.Load(cpu, vcpu, round & 1, (ulong)random.Next(9000), ulong.MaxValue);
        }

        if (!sanitised)
        {
            new Span<ulong>(guest->FrameAddress(0), 512).CopyTo(new Span<ulong>(Machine.DescriptorTable(0), 512));
        }
    }

    /// <summary>Entries of the guest's that are neither absent nor code or data of privilege 3, and ours that have changed.</summary>
    private static int Harmful()
    {
        int harmful = Machine.DescriptorTable(0)[OurIndex] == Ours ? 0 : 1;
        for (int i = 0; i < 16 * 512; i++)
        {
            const ulong present = 1UL << 47;
            foreach (ulong entry in new[] { i < OurIndex ? Machine.DescriptorTable(0)[i] : 0, Machine.DescriptorTable(1)[i] })
            {
                bool harmless = (entry & present) == 0 || ((entry >> 40) & 0xf1) == 0xf1;
                harmful += harmless ? 0 : 1;
            }
        }

        return harmful;
    }

    private static T* New<T>()
        where T : unmanaged
    {
        void* memory = NativeMemory.AlignedAlloc((nuint)sizeof(T), 64);
        new Span<byte>(memory, sizeof(T)).Clear();
        return (T*)memory;
    }
}

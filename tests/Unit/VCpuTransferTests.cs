using System.Runtime.InteropServices;
using Tierce.Abi;

namespace Tierce.Unit;

/// <summary>The state of a virtual CPU, saved and loaded.</summary>
public sealed unsafe class VCpuTransferTests : IDisposable
{
    private const ulong UserTarget = 0x1000, KernelTarget = 0x2000, Frames = 64;

    private readonly PerCpu* cpu = New<PerCpu>();
    private readonly Guest* guest = New<Guest>();
    private readonly VCpu* vcpu = New<VCpu>();
    private readonly VCpu* other = New<VCpu>();
    private readonly VCpuState* state = New<VCpuState>();
    private readonly VCpuState* again = New<VCpuState>();

    public VCpuTransferTests()
    {
        Machine.Reset();
        guest->Initialise(100, Frames, 0);
        cpu->GuestUserSyscall = UserTarget;
        cpu->GuestKernelSyscall = KernelTarget;
        foreach (nint each in new[] { (nint)vcpu, (nint)other })
        {
            VCpu* one = (VCpu*)each;
            one->Thread = New<Thread>();
            one->Thread->VCpu = one;
            one->Guest = guest;
        }
    }

    public void Dispose()
    {
        foreach (nint memory in new[] { (nint)vcpu->Thread, (nint)other->Thread, (nint)cpu, (nint)guest, (nint)vcpu, (nint)other, (nint)state, (nint)again })
        {
            NativeMemory.AlignedFree((void*)memory);
        }
    }

    [Theory]
    [InlineData(0UL)]
    [InlineData(1UL)]
    public void What_is_saved_of_one_is_what_is_saved_of_the_one_that_it_was_loaded_into(ulong userMode)
    {
        Fill(userMode);
        VCpuTransfer.Save(cpu, vcpu, state);
        Assert.Equal(Status.Ok, VCpuTransfer.Load(cpu, other, state));
        VCpuTransfer.Save(cpu, other, again);
        Assert.Equal(new ReadOnlySpan<byte>(state, sizeof(VCpuState)).ToArray(), new ReadOnlySpan<byte>(again, sizeof(VCpuState)).ToArray());
        Assert.Equal((userMode, VCpuPhase.Asking, 7UL, 9UL), (again->UserMode, again->Phase, again->KernelRootFrame, again->UserRootFrame));
        Assert.Equal((0x1234_5000UL, 0x33UL, 5UL), (again->TlsBase, again->Selectors, again->Registers.R15));
        Assert.Equal((0x4000UL, 0x3UL, 77UL), (again->DebugAddresses[2], again->DebugControl, again->TimerDeadline));
        Assert.True(other->EventCheck && other->Thread->Timer.Armed);
        Assert.Equal(userMode != 0 ? UserTarget : KernelTarget, other->SyscallTarget);
    }

    [Fact]
    public void No_field_is_left_out()
    {
        new Span<byte>(vcpu->Thread, sizeof(RegisterFrame)).Fill(1);
        Fill(1);
        VCpuTransfer.Save(cpu, vcpu, state);
        foreach (System.Reflection.FieldInfo field in typeof(VCpuState).GetFields().Where(field => !field.IsLiteral))
        {
            int offset = (int)Marshal.OffsetOf<VCpuState>(field.Name);
            Assert.True(new ReadOnlySpan<byte>((byte*)state + offset, Math.Min(8, sizeof(VCpuState) - offset)).ContainsAnyExcept((byte)0), field.Name);
        }
    }

    [Fact]
    public void What_the_processor_still_holds_is_saved_too()
    {
        Fill(0);
        Cpu.TlsBase = 0x7000;
        Cpu.OtherLocalBase = 0x8000;
        VCpuTransfer.Save(cpu, vcpu, state);
        Assert.Equal((0x1234_5000UL, 0x1234_7000UL, 0UL), (state->TlsBase, state->OtherLocalBase, state->UserMode));
        cpu->Current = vcpu->Thread;
        cpu->SyscallTarget = UserTarget;
        cpu->DescriptorOwner = vcpu;
        VCpuTransfer.Save(cpu, vcpu, state);
        Assert.Equal((0x7000UL, 0x8000UL, 1UL), (state->TlsBase, state->OtherLocalBase, state->UserMode));
    }

    [Fact]
    public void A_state_from_elsewhere_is_made_harmless()
    {
        Fill(0);
        VCpuTransfer.Save(cpu, vcpu, state);
        state->Registers.Rip = 0x0001_0000_0000_0000;
        state->Registers.Cs = 8;
        state->Registers.Rflags = ulong.MaxValue;
        state->LocalBase = 0x0000_8000_0000_0000;
        state->DebugControl = 0xffff_ffff_ffff_ffff;
        Assert.Equal(Status.Ok, VCpuTransfer.Load(cpu, other, state));
        Thread* thread = other->Thread;
        Assert.Equal(PageEntry.Canonical(thread->Frame.Rip), thread->Frame.Rip);
        Assert.Equal(Thread.UserCode, thread->Frame.Cs);
        Assert.Equal(ResumeState.FlagsChoice | ResumeState.FlagsFixed, thread->Frame.Rflags);
        Assert.Equal(0xffff_8000_0000_0000, thread->LocalBase);
        Assert.Equal(DebugRegisters.Harmless(ulong.MaxValue), other->Debug.Control);
    }

    [Theory]
    [InlineData(Status.BadArgument, 2U, 0UL, 7UL, 9UL, 0UL)]
    [InlineData(Status.BadArgument, 0U, 0UL, 7UL, 9UL, 0UL)]
    [InlineData(Status.BadArgument, 1U, 1UL, 7UL, 0UL, 0UL)]
    [InlineData(Status.BadArgument, 1U, 0UL, 7UL, 9UL, HoleLayout.Start)]
    [InlineData(Status.BadFrame, 1U, 0UL, Frames, 9UL, 0UL)]
    [InlineData(Status.BadFrame, 1U, 0UL, 7UL, Frames, 0UL)]
    public void What_cannot_be_loaded_changes_nothing(Status expected, uint version, ulong userMode, ulong kernelRoot, ulong userRoot, ulong breakpoint)
    {
        Fill(0);
        VCpuTransfer.Save(cpu, vcpu, state);
        state->Version = version;
        state->UserMode = userMode;
        state->KernelRootFrame = kernelRoot;
        state->UserRootFrame = userRoot;
        state->DebugAddresses[3] = breakpoint;
        VCpuTransfer.Save(cpu, other, again);
        byte[] before = new ReadOnlySpan<byte>(again, sizeof(VCpuState)).ToArray();
        Assert.Equal(expected, VCpuTransfer.Load(cpu, other, state));
        VCpuTransfer.Save(cpu, other, again);
        Assert.Equal(before, new ReadOnlySpan<byte>(again, sizeof(VCpuState)).ToArray());
    }

    /// <summary>A virtual CPU with a different value in each place.</summary>
    private void Fill(ulong userMode)
    {
        Thread* thread = vcpu->Thread;
        vcpu->Phase = VCpuPhase.Asking;
        vcpu->Crash = CrashReason.BadRoot;
        vcpu->CrashDetail = 3;
        vcpu->SyscallTarget = userMode != 0 ? UserTarget : KernelTarget;
        vcpu->Roots.KernelRootFrame = 7;
        vcpu->Roots.UserRootFrame = 9;
        vcpu->Roots.FaultAddress = 0x6000;
        for (int i = 0; i < 4; i++)
        {
            vcpu->Debug.Addresses[i] = 0x2000 + ((ulong)i << 12);
        }

        vcpu->Debug.Control = 0x3;
        thread->Frame.R15 = 5;
        thread->Frame.Rip = 0x40_0000;
        thread->Frame.Cs = Thread.UserCode;
        thread->Frame.Ss = Thread.UserData;
        thread->Frame.Rflags = ResumeState.FlagsFixed;
        thread->TlsBase = 0x1234_5000;
        thread->LocalBase = 0x1234_6000;
        thread->OtherLocalBase = 0x1234_7000;
        thread->Selectors = 0x33;
        cpu->Timers.Arm(&thread->Timer, 77, TimerKind.VCpu, thread);
    }

    private static T* New<T>()
        where T : unmanaged
    {
        T* memory = (T*)NativeMemory.AlignedAlloc((nuint)sizeof(T), 4096);
        new Span<byte>(memory, sizeof(T)).Clear();
        return memory;
    }
}

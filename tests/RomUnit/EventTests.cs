using Tierce.Abi;
using Tierce.Rom.State;
using Tierce.Rom.Xen;

namespace Tierce.Rom.Tests;

/// <summary>Event channels, VMINT and waiting.</summary>
public unsafe class EventTests : GuestFixture
{
    private const ulong Channel = (ulong)HypercallNumber.EventChannelOp;

    private const int InputConsumed = 768, InputProduced = 769, OutputConsumed = 770, OutputProduced = 771;

    private uint* Arguments => (uint*)Page;

    private static uint* XenRing => (uint*)Machine.Window(Machine.Info->ConsoleFrame << 12);

    private static ByteRingHeader* Input => (ByteRingHeader*)Machine.Window(Machine.Info->InputFrame << 12);

    [Fact]
    public void StoreAndConsoleAreBoundToTheMonitor()
    {
        Arguments[0] = 2;
        XenRing[OutputProduced] = 1;
        Assert.Equal(0, Hypercall(Channel, 4, Page));
        Arguments[0] = 1;
        Assert.Equal(0, Hypercall(Channel, 4, Page));
        Assert.Equal([(VmCall.NotifyMonitor, 0x20UL, 0UL), (VmCall.NotifyMonitor, 0x10UL, 0UL)], Machine.Calls);
    }

    [Fact]
    public void TimerBecomesItsPort()
    {
        uint port = BindTimer();
        Machine.VCpu->Pending = VCpuEvent.Timer;
        Machine.State->VcpuInfo->UpcallMask = 0;
        Assert.True(Entries.Vmint(Machine.State, Machine.VCpu));
        Assert.Equal(0UL, Machine.VCpu->Pending);
        Assert.Equal(1UL << (int)port, Shared->Pending);
        Assert.Equal(1UL, Machine.State->VcpuInfo->PendingSelector);
    }

    [Fact]
    public void MaskedUpcallGoesBack()
    {
        BindTimer();
        Machine.VCpu->Pending = VCpuEvent.Timer;
        Assert.False(Entries.Vmint(Machine.State, Machine.VCpu));
        Assert.Equal(1, Machine.State->VcpuInfo->UpcallPending);
    }

    [Fact]
    public void MaskedPortKeepsItsBitOnly()
    {
        uint port = BindTimer();
        Shared->Mask = 1UL << (int)port;
        Machine.VCpu->Pending = VCpuEvent.Timer;
        Entries.Vmint(Machine.State, Machine.VCpu);
        Assert.Equal(1UL << (int)port, Shared->Pending);
        Assert.Equal(0, Machine.State->VcpuInfo->UpcallPending);

        // Unmasking by hypercall raises what came meanwhile.
        Arguments[0] = port;
        Assert.Equal(0, Hypercall(Channel, 9, Page));
        Assert.Equal(1, Machine.State->VcpuInfo->UpcallPending);
    }

    [Fact]
    public void InRomTextVmintOnlyRestarts()
    {
        BindTimer();
        Machine.State->VcpuInfo->UpcallMask = 0;
        Machine.VCpu->Pending = VCpuEvent.Timer;
        Machine.VCpu->Usr.Rip = HoleLayout.RomText + 0x123;
        Assert.False(Entries.Vmint(Machine.State, Machine.VCpu));
        Assert.Equal(HoleLayout.RomText + 0x100, Machine.VCpu->Usr.Rip);
        Assert.Equal(1, Machine.State->VcpuInfo->UpcallPending);
    }

    [Fact]
    public void UserCodeAtARomAddressIsNotTheRom()
    {
        BindTimer();
        Machine.State->VcpuInfo->UpcallMask = 0;
        Machine.VCpu->Pending = VCpuEvent.Timer;
        Machine.VCpu->Usr.Rip = HoleLayout.RomText + 0x123;
        Machine.VCpu->UserMode = 1;
        Assert.True(Entries.Vmint(Machine.State, Machine.VCpu));
    }

    [Fact]
    public void MonitorEventIsFoundInSharedInfo()
    {
        Hypercall((ulong)HypercallNumber.XenVersion);
        MoveVcpuInfo();
        Machine.State->VcpuInfo->UpcallPending = 0;
        Machine.State->VcpuInfo->PendingSelector = 0;
        Machine.State->VcpuInfo->UpcallMask = 0;
        Shared->Pending = 1 << 2;
        Machine.VCpu->Pending = VCpuEvent.Monitor;
        Assert.True(Entries.Vmint(Machine.State, Machine.VCpu));
        VcpuInfo* moved = (VcpuInfo*)(Machine.Window(5 << 12) + 64);
        Assert.Equal(1UL, moved->PendingSelector);
        Assert.Equal(1, moved->UpcallPending);
    }

    [Fact]
    public void VcpuInfoMovesOnceAndKeepsItsClock()
    {
        Assert.Equal(0, MoveVcpuInfo());
        VcpuInfo* moved = (VcpuInfo*)(Machine.Window(5 << 12) + 64);
        Assert.Equal(1, moved->UpcallMask);
        Assert.Equal(1, moved->UpcallPending);
        Assert.Equal(ulong.MaxValue, moved->PendingSelector);
        Assert.Equal(0x8000_0000u, moved->Time.TscToSystemMul);
        Assert.Equal(2u, moved->Time.Version);
        Assert.Equal(Errno.Invalid, MoveVcpuInfo());
    }

    [Fact]
    public void BlockUnmasksAndWaitsForTheTimer()
    {
        BindTimer();
        Machine.OnBlock = () => Machine.VCpu->Pending = VCpuEvent.Timer;
        Assert.Equal(0, Hypercall((ulong)HypercallNumber.SchedOp, 1));
        Assert.Equal(0, Machine.State->VcpuInfo->UpcallMask);
        Assert.Equal(1, Machine.State->VcpuInfo->UpcallPending);
        Assert.Equal([(VmCall.Block, 0UL, 0UL)], Machine.Calls);
    }

    [Fact]
    public void BlockWithSomethingPendingDoesNotWait()
    {
        BindTimer();
        Machine.VCpu->Pending = VCpuEvent.Timer;
        Assert.Equal(0, Hypercall((ulong)HypercallNumber.SchedOp, 1));
        Assert.Empty(Machine.Calls);
    }

    [Fact]
    public void PortsAreBoundAndClosed()
    {
        uint port = BindTimer();
        Assert.Equal(3u, port);
        Assert.Equal(Errno.Exists, Hypercall(Channel, 1, Page));
        Arguments[0] = DomainId.Self;
        Arguments[1] = port;
        Assert.Equal(0, Hypercall(Channel, 5, Page));
        Assert.Equal((uint)PortKind.Virq, Arguments[2]);
        Arguments[0] = port;
        Assert.Equal(0, Hypercall(Channel, 3, Page));
        Assert.Equal(Errno.Invalid, Hypercall(Channel, 3, Page));
        Assert.Equal(3u, BindTimer());
    }

    [Fact]
    public void FifoInterfaceIsRefused() => Assert.Equal(Errno.NoCall, Hypercall(Channel, 11, Page));

    [Fact]
    public void IpiRaisesItself()
    {
        Arguments[0] = 0;
        Assert.Equal(0, Hypercall(Channel, 7, Page));
        Arguments[0] = Arguments[1];
        Assert.Equal(0, Hypercall(Channel, 4, Page));
        Assert.Equal(1UL << (int)Arguments[0], Shared->Pending);
    }

    [Fact]
    public void LoopbackReachesTheOtherEnd()
    {
        Arguments[0] = DomainId.Self | ((uint)DomainId.Self << 16);
        Assert.Equal(0, Hypercall(Channel, 6, Page));
        uint first = Arguments[1];
        Arguments[0] = DomainId.Self;
        Assert.Equal(0, Hypercall(Channel, 0, Page));
        Arguments[0] = Arguments[2];
        Assert.Equal(0, Hypercall(Channel, 4, Page));
        Assert.Equal(1UL << (int)first, Shared->Pending);
    }

    [Fact]
    public void ShutdownAsksTheMonitor()
    {
        Arguments[0] = 1;
        Hypercall((ulong)HypercallNumber.SchedOp, 2, Page);
        Assert.Equal((ulong)MonitorRequest.Shutdown, Machine.VCpu->Request);
        Assert.Equal(1UL, Machine.VCpu->RequestArg0);
        Assert.Equal([(VmCall.RequestMonitor, 0UL, 0UL)], Machine.Calls);
    }

    [Fact]
    public void ConsoleInputIsMovedAndTellsTheGuest()
    {
        Hypercall((ulong)HypercallNumber.XenVersion);
        Fill(3000);
        Machine.VCpu->Pending = VCpuEvent.Console;
        Machine.State->VcpuInfo->UpcallMask = 0;
        Assert.True(Entries.Vmint(Machine.State, Machine.VCpu));
        Assert.Equal((1024U, 1024U), (XenRing[InputProduced], Input->Consumed));
        Assert.Equal(1UL << 2, Shared->Pending);
        Assert.Empty(Machine.Calls);
        Assert.Equal((byte)7, ((byte*)XenRing)[7]);

        // The guest has read some: it gets as much again, and the monitor has nothing to do.
        XenRing[InputConsumed] = 500;
        Arguments[0] = 2;
        Assert.Equal(0, Hypercall(Channel, 4, Page));
        Assert.Equal((1524U, 1524U), (XenRing[InputProduced], Input->Consumed));
        Assert.Equal((byte)(1500 % 251), ((byte*)XenRing)[1500 % 1024]);
        Assert.Empty(Machine.Calls);
    }

    /// <summary>
    /// The guest reads on after an event came: that event would find nothing. It gets an event for input that it has not read, and for
    /// output that the monitor took.
    /// </summary>
    [Theory]
    [InlineData(10, 0, false)]
    [InlineData(9, 0, true)]
    [InlineData(10, 8, true)]
    public void AnEventForWhatTheGuestHasReadIsWithdrawn(uint read, uint outputTaken, bool stays)
    {
        Hypercall((ulong)HypercallNumber.XenVersion);
        Arguments[0] = 2;
        XenRing[OutputProduced] = 8;
        Assert.Equal(0, Hypercall(Channel, 4, Page));
        Fill(10);
        Machine.VCpu->Pending = VCpuEvent.Console;
        Entries.Vmint(Machine.State, Machine.VCpu);
        Assert.Equal(1UL << 2, Shared->Pending);
        XenRing[InputConsumed] = read;
        XenRing[OutputConsumed] = outputTaken;
        Assert.Equal(0, Hypercall(Channel, 4, Page));
        Assert.Equal(stays ? 1UL << 2 : 0, Shared->Pending);
    }

    /// <summary>Linux yields while its console has no room: it sleeps until the monitor has taken some, and only then.</summary>
    [Theory]
    [InlineData(2048, true)]
    [InlineData(2047, false)]
    public void YieldWaitsWhileTheConsoleIsFull(uint produced, bool waits)
    {
        XenRing[OutputProduced] = produced;
        Assert.Equal(0, Hypercall((ulong)HypercallNumber.SchedOp, 0));
        Assert.Equal(waits ? [(VmCall.Block, 0UL, 0UL)] : [], Machine.Calls);
    }

    [Fact]
    public void DriverThatWaitsForRoomIsToldByTheMonitor()
    {
        Fill(10);
        Input->ProducerWaits = 1;
        Machine.VCpu->Pending = VCpuEvent.Console;
        Entries.Vmint(Machine.State, Machine.VCpu);
        Assert.Equal([(VmCall.NotifyMonitor, 0x20UL, 0UL)], Machine.Calls);
    }

    [Theory]
    [InlineData(0x8000_0000, 0, 0)]
    [InlineData(10, 0, 5000)]
    [InlineData(10, 0x7fff_ffff, 0)]
    public void MadIndicesHarmNobody(uint produced, uint xenProduced, uint xenConsumed)
    {
        Input->Produced = produced;
        XenRing[InputProduced] = xenProduced;
        XenRing[InputConsumed] = xenConsumed;
        Machine.VCpu->Pending = VCpuEvent.Console;
        Entries.Vmint(Machine.State, Machine.VCpu);
        Assert.Equal(0UL, Shared->Pending);
        Assert.Equal(xenProduced, XenRing[InputProduced]);
    }

    /// <summary>VMINT finds VMUSR in the middle of it.</summary>
    [Fact]
    public void VmintLeavesInputToWhoTakesIt()
    {
        Hypercall((ulong)HypercallNumber.XenVersion);
        Fill(10);
        Machine.State->Input.Taking = 1;
        Machine.VCpu->Pending = VCpuEvent.Console;
        Assert.False(Entries.Vmint(Machine.State, Machine.VCpu));
        Assert.Equal((0U, 1U), (Input->Consumed, Machine.State->Input.More));
    }

    private static void Fill(uint count)
    {
        for (uint i = 0; i < count; i++)
        {
            ((byte*)Input)[Abi.ConsoleInput.Data + i] = (byte)(i % 251);
        }

        Input->Produced = count;
    }

    private uint BindTimer()
    {
        Arguments[0] = 0;
        Arguments[1] = 0;
        Assert.Equal(0, Hypercall(Channel, 1, Page));
        return Arguments[2];
    }

    private long MoveVcpuInfo()
    {
        Words[0] = 5;
        Words[1] = 64;
        return Hypercall((ulong)HypercallNumber.VcpuOp, 10, 0, Page);
    }
}

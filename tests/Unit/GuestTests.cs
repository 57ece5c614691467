using Tierce.Abi;
using Tierce.KernelHost;

namespace Tierce.Unit;

public sealed unsafe class GuestTests : IDisposable
{
    private const ulong All = (ulong)CapRights.All;
    private readonly Board board = new();

    public GuestTests()
    {
        board.Derive(100, 0, 2048);
        board.Derive(101, 2048, 64);
        board.Ok(KernelCall.NotificationCreate, 102);
        board.Ok(KernelCall.GuestCreate, 100, 101, 103, 5, 6);
    }

    public void Dispose() => board.Dispose();

    [Fact]
    public void Cache_memory_is_the_kernels_and_frames_are_not()
    {
        Assert.Equal(Status.BadState, board.Call(KernelCall.MemoryMap, 101, 0, 0x7000_0000, 1UL << 32, (ulong)CapRights.Read, 200));
        board.Ok(KernelCall.MemoryMap, 100, 0, 0x7000_0000, 1UL << 32, (ulong)CapRights.Read, 200);
        board.Derive(104, 100, 64);
        Assert.Equal(Status.BadState, board.Call(KernelCall.DomainCreate, 104, 105));
        Assert.Equal(Status.BadState, board.Call(KernelCall.GuestCreate, 104, 101, 105));
    }

    [Fact]
    public void Memory_and_cache_may_not_overlap()
    {
        board.Derive(110, 4096, 128);
        board.Derive(111, 4100, 16);
        Assert.Equal(Status.BadArgument, board.Call(KernelCall.GuestCreate, 110, 111, 112));
        Assert.Equal(Status.BadFrame, board.Call(KernelCall.GuestCreate, 100, 111, 112, 1 << 20, 0));
        Assert.Equal(1, GuestSpace.Live);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(101)]
    [InlineData(103)]
    public void Revocation_of_any_part_destroys_guest_and_virtual_cpus(ulong slot)
    {
        board.Ok(KernelCall.VCpuCreate, 103, 106, 7 | (9UL << 48), 102, 1, 0);
        board.Ok(KernelCall.VCpuCreate, 103, 107, 8 | (9UL << 48), 102, 1, 0);
        board.Ok(KernelCall.VCpuControl, 106, (ulong)VCpuOperation.Start);
        Assert.Equal(2, VCpu.Live);
        board.Finish(slot == 103 ? KernelCall.CapDelete : KernelCall.CapRevoke, slot);
        Assert.Equal((0, 0), (GuestSpace.Live, VCpu.Live));
        Assert.True(Board.Find(board.Root, 103) == null && Board.Find(board.Root, 106) == null && Board.Find(board.Root, 107) == null);
        board.Ok(KernelCall.MemoryMap, 101, 0, 0x7000_0000, 1UL << 32, (ulong)CapRights.Read, 200);
        Assert.Equal(1U << board.Root->Priority, board.Cpu->ReadyMask);
    }

    [Fact]
    public void The_monitor_is_signalled_as_long_as_its_notification_lives()
    {
        board.Ok(KernelCall.VCpuCreate, 103, 106, 7 | (9UL << 48), 102, 2, 0);
        Thread* thread = (Thread*)Board.Find(board.Root, 106)->Object;
        ThreadLife.NotifyMonitor(board.Cpu, thread, 0x80);
        ThreadLife.NotifyMonitor(board.Cpu, thread, 0);
        board.Ok(KernelCall.NotificationWait, 102, 1);
        Assert.Equal(0x82UL, board.Root->Frame.Rsi);
        board.Finish(KernelCall.CapRevoke, 102);
        ThreadLife.NotifyMonitor(board.Cpu, thread, 0x80);
        Assert.Equal(Status.TimedOut, board.Call(KernelCall.NotificationWait, 102, 1));
    }

    [Fact]
    public void Failed_creation_gives_the_pages_back()
    {
        ulong left = board.RootDomainPointer->Pool.Available;
        Assert.Equal(Status.BadFrame, board.Call(KernelCall.VCpuCreate, 103, 106, 5000, 102, 2, 0));
        Assert.Equal(left, board.RootDomainPointer->Pool.Available);
        Assert.Equal(Status.BadArgument, board.Call(KernelCall.VCpuCreate, 103, 106, 7 | (32UL << 48), 102, 2, 0));
        Assert.Equal(Status.BadFrame, board.Call(KernelCall.GuestMap, 103, HoleLayout.Window, 2040, 9, (ulong)CapRights.Read));
    }

    [Fact]
    public void The_monitors_death_takes_the_virtual_cpus_in_its_pool()
    {
        board.CreateDomain(300, 8192);
        Thread* monitor = board.CreateThread(301, 310);
        board.Ok(KernelCall.CapDelegate, 103, 301, 5, All);
        board.Ok(KernelCall.CapDelegate, 102, 301, 6, All);
        Assert.Equal(Status.Ok, board.Call(monitor, KernelCall.VCpuCreate, 5, 7, 7, 6, 1, 0));
        Assert.Equal(1, VCpu.Live);
        board.Finish(KernelCall.CapRevoke, 300);
        Assert.Equal((1, 0), (GuestSpace.Live, VCpu.Live));
    }
}

using Tierce.Abi;
using Tierce.KernelHost;

namespace Tierce.Unit;

/// <summary>A monitor connects doorbells of its virtual CPU with notifications that it may signal.</summary>
public sealed unsafe class DoorbellTests : IDisposable
{
    private const ulong Events = 102, Cpu = 106, BackEnd = 107;
    private readonly Board board = new();

    public DoorbellTests()
    {
        board.Derive(100, 0, 2048);
        board.Derive(101, 2048, 64);
        board.Ok(KernelCall.NotificationCreate, Events);
        board.Ok(KernelCall.NotificationCreate, BackEnd);
        board.Ok(KernelCall.GuestCreate, 100, 101, 103, 5, 6);
        board.Ok(KernelCall.VCpuCreate, 103, Cpu, 7 | (9UL << 48), Events, 1, 0);
    }

    public void Dispose() => board.Dispose();

    private Thread* Virtual => (Thread*)Board.Find(board.Root, Cpu)->Object;

    private void Ring(int doorbell) => Doorbells.Ring(board.Cpu, Virtual, (ulong)doorbell);

    private ulong Bits => ((Notification*)Board.Find(board.Root, BackEnd)->Object)->Bits;

    [Fact]
    public void Each_rings_its_own_bits()
    {
        board.Ok(KernelCall.VCpuConnect, Cpu, 0, BackEnd, 4);
        board.Ok(KernelCall.VCpuConnect, Cpu, VCpuDoorbell.Count - 1, BackEnd, 8);
        Ring(VCpuDoorbell.Count - 1);
        Assert.Equal(8UL, Bits);
        Ring(0);
        Ring(1);
        Ring(VCpuDoorbell.Count);
        Assert.Equal(12UL, Bits);
    }

    [Fact]
    public void It_is_connected_once_and_can_be_disconnected()
    {
        board.Ok(KernelCall.VCpuConnect, Cpu, 2, BackEnd, 4);
        Assert.Equal(Status.BadState, board.Call(KernelCall.VCpuConnect, Cpu, 2, BackEnd, 4));
        board.Ok(KernelCall.VCpuConnect, Cpu, 2, 0, 0);
        board.Ok(KernelCall.VCpuConnect, Cpu, 2, 0, 0);
        Ring(2);
        Assert.Equal(0UL, Bits);
    }

    [Fact]
    public void Bad_calls_are_refused()
    {
        Assert.Equal(Status.BadArgument, board.Call(KernelCall.VCpuConnect, Cpu, VCpuDoorbell.Count, BackEnd, 4));
        Assert.Equal(Status.BadArgument, board.Call(KernelCall.VCpuConnect, Cpu, 0, BackEnd, 0));
        Assert.Equal(Status.BadCapability, board.Call(KernelCall.VCpuConnect, BackEnd, 0, BackEnd, 4));
        Assert.Equal(Status.BadCapability, board.Call(KernelCall.VCpuConnect, Cpu, 0, Cpu, 4));
        board.Ok(KernelCall.CapDelegate, BackEnd, 0, 120, (ulong)CapRights.Receive);
        board.Ok(KernelCall.CapDelegate, Cpu, 0, 121, (ulong)(CapRights.All & ~CapRights.Control));
        Assert.Equal(Status.Denied, board.Call(KernelCall.VCpuConnect, Cpu, 0, 120, 4));
        Assert.Equal(Status.Denied, board.Call(KernelCall.VCpuConnect, 121, 0, BackEnd, 4));
    }

    [Fact]
    public void It_ends_with_either_side()
    {
        board.Ok(KernelCall.VCpuConnect, Cpu, 0, BackEnd, 4);
        board.Finish(KernelCall.CapRevoke, BackEnd);
        Ring(0);
        Assert.Equal(0UL, Bits);
        board.Ok(KernelCall.VCpuConnect, Cpu, 0, BackEnd, 4);
        board.Finish(KernelCall.CapDelete, Cpu);
        Assert.True(Board.Find(board.Root, BackEnd)->FirstChild == null);
    }
}

using Tierce.Abi;
using Tierce.KernelHost;

namespace Tierce.Unit;

public sealed unsafe class NotificationTests : IDisposable
{
    private const ulong All = (ulong)CapRights.All;
    private readonly Board board = new();
    private readonly Thread* waiter;

    public NotificationTests()
    {
        waiter = board.CreateThread(0, 110);
        board.Ok(KernelCall.NotificationCreate, 100);
    }

    public void Dispose() => board.Dispose();

    [Fact]
    public void Bits_gather_until_they_are_taken()
    {
        board.Ok(KernelCall.NotificationSignal, 100, 1);
        board.Ok(KernelCall.NotificationSignal, 100, 4);
        board.Ok(KernelCall.NotificationWait, 100);
        Assert.Equal(5UL, board.Root->Frame.Rsi);
        Assert.Equal(Status.TimedOut, board.Call(KernelCall.NotificationWait, 100, 1));
    }

    [Fact]
    public void A_waiter_is_woken()
    {
        board.Call(waiter, KernelCall.NotificationWait, 100);
        board.Ok(KernelCall.CapDelegate, 100, 0, 101, All, 8);
        board.Ok(KernelCall.NotificationSignal, 101, 3);
        Assert.Equal((0UL, 0x300UL), (waiter->Frame.Rax, waiter->Frame.Rsi));
        Assert.True(waiter->Queued);
    }

    [Fact]
    public void Deadlines_pass()
    {
        board.Call(waiter, KernelCall.NotificationWait, 100, 5000);
        Assert.Equal(5000UL, Machine.ArmedDeadline);
        Machine.Tsc = 4999;
        ExpiredTimers.Handle(board.Cpu, 4999);
        Assert.Equal(WaitKind.Notification, waiter->Wait);
        ExpiredTimers.Handle(board.Cpu, 5000);
        Assert.Equal(unchecked((ulong)Status.TimedOut), waiter->Frame.Rax);
        board.Ok(KernelCall.NotificationSignal, 100, 1);
        board.Ok(KernelCall.NotificationWait, 100);
    }

    [Fact]
    public void A_signal_cancels_the_deadline()
    {
        board.Call(waiter, KernelCall.NotificationWait, 100, 5000);
        board.Ok(KernelCall.NotificationSignal, 100, 1);
        Assert.False(waiter->Timer.Armed);
    }

    [Fact]
    public void A_stopped_waiter_gets_its_bits_but_does_not_run()
    {
        board.Call(waiter, KernelCall.NotificationWait, 100);
        board.Ok(KernelCall.ThreadControl, 110, (ulong)ThreadOperation.Stop);
        board.Ok(KernelCall.NotificationSignal, 100, 1);
        Assert.False(waiter->Queued);
        Assert.Equal(1UL, waiter->Frame.Rsi);
        board.Ok(KernelCall.ThreadControl, 110, (ulong)ThreadOperation.Start);
        Assert.True(waiter->Queued);
    }

    [Fact]
    public void Destruction_wakes_the_waiter()
    {
        board.Call(waiter, KernelCall.NotificationWait, 100);
        board.Ok(KernelCall.CapDelete, 100);
        Assert.Equal(unchecked((ulong)Status.Gone), waiter->Frame.Rax);
    }
}

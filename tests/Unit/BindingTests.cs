using Tierce.Abi;
using Tierce.KernelHost;

namespace Tierce.Unit;

/// <summary>Bits of a notification that go to a virtual CPU, and drivers' last call.</summary>
public sealed unsafe class BindingTests : IDisposable
{
    private const ulong All = (ulong)CapRights.All;
    private const ulong Events = 102, Cpu = 106;
    private const ulong Input = 8, Room = 16;
    private readonly Board board = new();

    public BindingTests()
    {
        board.Derive(100, 0, 2048);
        board.Derive(101, 2048, 64);
        board.Ok(KernelCall.NotificationCreate, Events);
        board.Ok(KernelCall.GuestCreate, 100, 101, 103, 5, 6);
        board.Ok(KernelCall.VCpuCreate, 103, Cpu, 7 | (9UL << 48), Events, 1, 0);
        VCpu.Raised = 0;
    }

    public void Dispose() => board.Dispose();

    [Fact]
    public void A_bound_bit_goes_to_the_virtual_cpu_and_others_to_who_waits()
    {
        board.Ok(KernelCall.VCpuBind, Cpu, Events, Input, VCpuEvent.Console);
        board.Ok(KernelCall.NotificationSignal, Events, Input);
        Assert.Equal(VCpuEvent.Console, VCpu.Raised);
        Assert.Equal(Status.TimedOut, board.Call(KernelCall.NotificationWait, Events, 1));
        board.Ok(KernelCall.NotificationSignal, Events, Input | Room);
        Assert.Equal(Room, Taken());
    }

    [Fact]
    public void Neither_binding_nor_taking_it_back_loses_or_doubles_a_bit()
    {
        board.Ok(KernelCall.NotificationSignal, Events, Input);
        board.Ok(KernelCall.VCpuBind, Cpu, Events, Input, VCpuEvent.Console);
        Assert.Equal(Input, Taken());
        board.Ok(KernelCall.NotificationSignal, Events, Input);
        Assert.Equal(VCpuEvent.Console, VCpu.Raised);
        board.Ok(KernelCall.VCpuBind, Cpu, Events);
        Assert.Equal(Status.TimedOut, board.Call(KernelCall.NotificationWait, Events, 1));
        VCpu.Raised = 0;
        board.Ok(KernelCall.NotificationSignal, Events, Input);
        Assert.Equal((0UL, Input), (VCpu.Raised, Taken()));
        board.Ok(KernelCall.VCpuBind, Cpu, Events);
        board.Ok(KernelCall.VCpuBind, Cpu, Events, Room, VCpuEvent.Monitor);
        board.Ok(KernelCall.NotificationSignal, Events, Room);
        Assert.Equal(VCpuEvent.Monitor, VCpu.Raised);
    }

    [Fact]
    public void It_wants_the_right_to_wait_and_the_right_to_control()
    {
        Domain* domain = board.CreateDomain(200, 4096);
        Thread* other = board.CreateThread(201, 110);
        Assert.True(domain != null);
        board.Ok(KernelCall.CapDelegate, Events, 201, 5, (ulong)CapRights.Send);
        board.Ok(KernelCall.CapDelegate, Events, 201, 6, (ulong)CapRights.Receive);
        board.Ok(KernelCall.CapDelegate, Cpu, 201, 7, (ulong)CapRights.Control);
        board.Ok(KernelCall.CapDelegate, Cpu, 201, 8, (ulong)(CapRights.All & ~CapRights.Control));
        Assert.Equal(Status.Denied, board.Call(other, KernelCall.VCpuBind, 7, 5, Input, VCpuEvent.Console));
        Assert.Equal(Status.Denied, board.Call(other, KernelCall.VCpuBind, 8, 6, Input, VCpuEvent.Console));
        Assert.Equal(Status.BadCapability, board.Call(other, KernelCall.VCpuBind, 6, 6, Input, VCpuEvent.Console));
        Assert.Equal(Status.BadArgument, board.Call(other, KernelCall.VCpuBind, 7, 6, Input, VCpuEvent.Timer));
        Assert.Equal(Status.BadArgument, board.Call(other, KernelCall.VCpuBind, 7, 6, Input, 0));
        Assert.Equal(Status.Ok, board.Call(other, KernelCall.VCpuBind, 7, 6, Input, VCpuEvent.Console));
        Assert.Equal(Status.BadState, board.Call(other, KernelCall.VCpuBind, 7, 6, Room, VCpuEvent.Console));
    }

    [Theory]
    [InlineData(Cpu)]
    [InlineData(103)]
    [InlineData(Events)]
    public void It_ends_with_either_side(ulong slot)
    {
        board.Ok(KernelCall.CapDelegate, Events, 0, 120, All);
        board.Ok(KernelCall.VCpuBind, Cpu, Events, Input, VCpuEvent.Console);
        if (slot == Events)
        {
            board.Finish(KernelCall.CapRevoke, Events);
        }

        board.Finish(KernelCall.CapDelete, slot);
        if (slot != Events)
        {
            board.Ok(KernelCall.NotificationSignal, Events, Input);
            Assert.Equal((0UL, Input), (VCpu.Raised, Taken()));
        }

        board.Finish(KernelCall.CapRevoke, 100);
        Assert.Equal(0, GuestSpace.Live);
    }

    [Fact]
    public void A_capability_that_made_it_takes_it_along()
    {
        board.CreateDomain(200, 4096);
        Thread* monitor = board.CreateThread(201, 110);
        board.Ok(KernelCall.CapDelegate, Events, 201, 6, All);
        board.Ok(KernelCall.CapDelegate, Cpu, 201, 7, All);
        Assert.Equal(Status.Ok, board.Call(monitor, KernelCall.VCpuBind, 7, 6, Input, VCpuEvent.Console));
        board.Finish(KernelCall.CapRevoke, 200);
        board.Ok(KernelCall.NotificationSignal, Events, Input);
        Assert.Equal((0UL, Input), (VCpu.Raised, Taken()));
        board.Ok(KernelCall.VCpuBind, Cpu, Events, Input, VCpuEvent.Console);
    }

    [Fact]
    public void Signal_and_wait_are_one_call()
    {
        Thread* waiter = board.CreateThread(0, 110);
        board.Ok(KernelCall.NotificationCreate, 120);
        board.Call(waiter, KernelCall.NotificationWait, Events);
        board.Call(board.Root, KernelCall.SignalWait, Events, Room, 120);
        Assert.Equal((0UL, Room), (waiter->Frame.Rax, waiter->Frame.Rsi));
        Assert.True(board.Cpu->Current == waiter);
        Assert.Equal(WaitKind.Notification, board.Root->Wait);
        Assert.Equal(Status.Ok, board.Call(waiter, KernelCall.NotificationSignal, 120, 5));
        Assert.Equal((0UL, 5UL), (board.Root->Frame.Rax, board.Root->Frame.Rsi));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_event_for_a_virtual_cpu_that_is_ready_and_a_wait_are_one_call(bool straight)
    {
        board.TriesDirect = straight;
        board.Ok(KernelCall.NotificationCreate, 120);
        board.Ok(KernelCall.VCpuBind, Cpu, Events, Input, VCpuEvent.Monitor);
        board.Ok(KernelCall.VCpuControl, Cpu, (ulong)VCpuOperation.Start);
        Thread* vcpu = (Thread*)Board.Find(board.Root, Cpu)->Object;
        int before = board.Direct;
        board.Call(board.Root, KernelCall.SignalWait, Cpu, VCpuEvent.Console | VCpuEvent.Timer, 120);
        Assert.Equal(VCpuEvent.Console, VCpu.Raised);
        Assert.True(board.Cpu->Current == vcpu && board.Root->Wait == WaitKind.Notification);
        Notification.Signal(board.Cpu, (Notification*)Board.Find(board.Root, 120)->Object, 1);
        board.Exit();
        Assert.True(board.Cpu->Current == board.Root);
        board.Call(board.Root, KernelCall.SignalWait, Events, Input, 120);
        Assert.Equal(VCpuEvent.Console | VCpuEvent.Monitor, VCpu.Raised);
        Assert.True(board.Cpu->Current == vcpu && board.Root->Wait == WaitKind.Notification);
        Assert.Equal(straight ? 2 : 0, board.Direct - before);
    }

    [Fact]
    public void Signal_and_wait_take_what_is_there_and_fail_before_they_signal()
    {
        board.Ok(KernelCall.SignalWait, Events, 3, Events);
        Assert.Equal(3UL, board.Root->Frame.Rsi);
        Assert.Equal(Status.BadCapability, board.Call(KernelCall.SignalWait, Events, 3, 99));
        Assert.Equal(Status.TimedOut, board.Call(KernelCall.NotificationWait, Events, 1));
        board.Ok(KernelCall.CapDelegate, Events, 0, 121, (ulong)CapRights.Send);
        Assert.Equal(Status.Denied, board.Call(KernelCall.SignalWait, Events, 3, 121));
        Assert.Equal(Status.TimedOut, board.Call(KernelCall.NotificationWait, Events, 1));
        Assert.Equal(Status.TimedOut, board.Call(KernelCall.SignalWait, Events, 0, Events, 1));
    }

    private ulong Taken()
    {
        board.Ok(KernelCall.NotificationWait, Events, 1);
        return board.Root->Frame.Rsi;
    }
}

using Tierce.Abi;
using Tierce.KernelHost;

namespace Tierce.Unit;

public sealed unsafe class CapabilityTests : IDisposable
{
    private const ulong All = (ulong)CapRights.All;
    private readonly Board board = new();

    public void Dispose() => board.Dispose();

    [Fact]
    public void Slots_are_checked()
    {
        Assert.Equal(Status.BadCapability, board.Call(KernelCall.NotificationSignal, 0));
        Assert.Equal(Status.BadCapability, board.Call(KernelCall.NotificationSignal, RootInfo.LogSlot));
        Assert.Equal(Status.BadCapability, board.Call(KernelCall.NotificationSignal, ulong.MaxValue));
        Assert.Equal(Status.BadArgument, board.Call(KernelCall.EndpointCreate, 0));
        Assert.Equal(Status.BadArgument, board.Call(KernelCall.EndpointCreate, CapabilitySpace.Limit));
        Assert.Equal(Status.SlotTaken, board.Call(KernelCall.EndpointCreate, RootInfo.LogSlot));
        Assert.Equal(Status.Ok, board.Call(KernelCall.EndpointCreate, CapabilitySpace.Limit - 1));
        Assert.Equal(Status.BadCall, board.Call((KernelCall)200));
    }

    [Fact]
    public void Rights_only_shrink()
    {
        board.Ok(KernelCall.NotificationCreate, 100);
        board.Ok(KernelCall.CapDelegate, 100, 0, 101, (ulong)(CapRights.Send | CapRights.Delegate));
        board.Ok(KernelCall.CapDelegate, 101, 0, 102, All);
        Assert.Equal(CapRights.Send | CapRights.Delegate, Board.Find(board.Root, 102)->Rights);
        board.Ok(KernelCall.CapDelegate, 101, 0, 103, (ulong)CapRights.Send);
        Assert.Equal(Status.Denied, board.Call(KernelCall.CapDelegate, 103, 0, 104, All));
        Assert.Equal(Status.Denied, board.Call(KernelCall.NotificationWait, 103, 1));
        Assert.Equal(Status.Ok, board.Call(KernelCall.NotificationSignal, 103, 1));
    }

    [Fact]
    public void Badges_are_not_forged()
    {
        board.Ok(KernelCall.EndpointCreate, 100);
        board.Ok(KernelCall.CapDelegate, 100, 0, 101, All, 7);
        Assert.Equal(7UL, Board.Find(board.Root, 101)->A);
        Assert.Equal(Status.Denied, board.Call(KernelCall.CapDelegate, 101, 0, 102, All, 8));
        board.Ok(KernelCall.CapDelegate, 101, 0, 102, All);
        Assert.Equal(7UL, Board.Find(board.Root, 102)->A);
        Assert.Equal(Status.BadArgument, board.Call(KernelCall.CapDelegate, 100, 0, 103, All, 1UL << 63));
        Assert.Equal(Status.BadArgument, board.Call(KernelCall.CapDelegate, RootInfo.LogSlot, 0, 103, All, 1));
    }

    [Fact]
    public void Revocation_takes_what_was_derived_from_everybody()
    {
        Domain* domain = board.CreateDomain(200, 0);
        board.Ok(KernelCall.NotificationCreate, 100);
        board.Ok(KernelCall.CapDelegate, 100, 201, 5, All);
        board.Ok(KernelCall.CapDelegate, 100, 0, 101, All);
        board.Ok(KernelCall.CapDelegate, 101, 201, 6, All);
        Assert.True(domain->Capabilities.Find(5) != null && domain->Capabilities.Find(6) != null);
        board.Finish(KernelCall.CapRevoke, 101);
        Assert.True(domain->Capabilities.Find(5) != null && domain->Capabilities.Find(6) == null);
        board.Finish(KernelCall.CapRevoke, 100);
        Assert.True(domain->Capabilities.Find(5) == null && Board.Find(board.Root, 101) == null);
        Assert.True(Board.Find(board.Root, 100) != null);
    }

    [Fact]
    public void Deletion_lifts_what_was_derived()
    {
        board.Ok(KernelCall.NotificationCreate, 100);
        board.Ok(KernelCall.CapDelegate, 100, 0, 101, All);
        board.Ok(KernelCall.CapDelegate, 101, 0, 102, All);
        board.Ok(KernelCall.CapDelete, 101);
        Assert.True(Board.Find(board.Root, 102)->Parent == Board.Find(board.Root, 100));
        board.Finish(KernelCall.CapRevoke, 100);
        Assert.True(Board.Find(board.Root, 102) == null);
    }

    [Fact]
    public void The_last_capability_destroys_the_object()
    {
        board.Ok(KernelCall.Null);
        ulong before = board.RootDomainPointer->Pool.Available;
        board.Ok(KernelCall.NotificationCreate, 70);
        board.Ok(KernelCall.CapDelegate, 70, 0, 71, All);
        ulong with = board.RootDomainPointer->Pool.Available;
        board.Ok(KernelCall.CapDelete, 70);
        Assert.Equal(with, board.RootDomainPointer->Pool.Available);
        board.Ok(KernelCall.CapDelete, 71);
        Assert.Equal(with + 1, board.RootDomainPointer->Pool.Available);
        Assert.True(before - board.RootDomainPointer->Pool.Available <= 1);
    }

    [Fact]
    public void Long_revocation_is_cut_and_makes_progress()
    {
        board.Ok(KernelCall.NotificationCreate, 100);
        for (ulong i = 0; i < 1000; i++)
        {
            // A chain: each derived from the one before.
            board.Ok(KernelCall.CapDelegate, 100 + i, 0, 101 + i, All);
        }

        int calls = board.Finish(KernelCall.CapRevoke, 100);
        Assert.InRange(calls, 3, 1000);
        for (ulong i = 1; i <= 1000; i++)
        {
            Assert.True(Board.Find(board.Root, 100 + i) == null);
        }

        for (ulong i = 0; i < 1000; i++)
        {
            board.Ok(KernelCall.CapDelegate, 100, 0, 101 + i, All);
        }

        // Deleting lifts a thousand children, in steps too.
        board.Ok(KernelCall.CapDelegate, 100, 0, 2000, All);
        Assert.InRange(board.Finish(KernelCall.CapRevoke, 100), 3, 100);
    }

    [Fact]
    public void A_pool_that_is_used_up_fails_only_its_owner()
    {
        Domain* domain = board.CreateDomain(200, 0, Domain.LeastPages);
        Thread* thread = board.CreateThread(201, 100);
        Status status = Status.Ok;
        ulong slot = 1;
        while (status == Status.Ok)
        {
            status = board.Call(thread, KernelCall.EndpointCreate, slot++);
        }

        Assert.Equal(Status.NoMemory, status);
        Assert.Equal(0UL, domain->Pool.Available);
        Assert.Equal(Status.NoMemory, board.Call(KernelCall.ThreadCreate, 201, 101, 0, 0, 1));
        Assert.Equal(Status.NoMemory, board.Call(KernelCall.CapDelegate, RootInfo.LogSlot, 201, 1000, All));
        Assert.Equal(Status.Ok, board.Call(KernelCall.EndpointCreate, 102));
        Assert.Equal(Status.Ok, board.Call(thread, KernelCall.CapDelete, 1));
        Assert.Equal(1UL, domain->Pool.Available);
    }
}

using Tierce.Abi;
using Tierce.KernelHost;

namespace Tierce.Unit;

public sealed unsafe class IpcTests : IDisposable
{
    private const ulong All = (ulong)CapRights.All;
    private readonly Board board = new();
    private readonly Thread* client;
    private readonly Thread* server;

    public IpcTests()
    {
        board.CreateDomain(200, 0);
        board.CreateDomain(300, 64);
        client = board.CreateThread(201, 110);
        server = board.CreateThread(301, 111);
        board.Ok(KernelCall.EndpointCreate, 100);
        board.Ok(KernelCall.CapDelegate, 100, 201, 5, (ulong)CapRights.Send, 42);
        board.Ok(KernelCall.CapDelegate, 100, 301, 5, (ulong)CapRights.Receive);
    }

    public void Dispose() => board.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_call_is_received_and_answered(bool receiverFirst)
    {
        if (receiverFirst)
        {
            board.Call(server, KernelCall.IpcReceive, 5);
            Assert.Equal(WaitKind.Receive, server->Wait);
        }

        board.Call(client, KernelCall.IpcCall, 5, 1, 2, 3, 4, 6);
        if (!receiverFirst)
        {
            Assert.Equal(WaitKind.Call, client->Wait);
            board.Call(server, KernelCall.IpcReceive, 5);
        }

        Assert.Equal(WaitKind.Reply, client->Wait);
        Assert.Equal(WaitKind.None, server->Wait);
        Assert.Equal((0UL, 42UL, 1UL, 2UL, 3UL), (server->Frame.Rax, server->Frame.Rdi, server->Frame.Rsi, server->Frame.Rdx, server->Frame.R10));
        Assert.Equal((4UL, 6UL), (server->Frame.R8, server->Frame.R9));
        Assert.Equal(Status.BadState, board.Call(server, KernelCall.IpcReceive, 5));
        Assert.Equal(Status.Ok, board.Call(server, KernelCall.IpcReply, 0, 11, 12, 13, 14, 15));
        Assert.Equal(WaitKind.None, client->Wait);
        Assert.Equal((0UL, 0UL, 11UL, 15UL), (client->Frame.Rax, client->Frame.Rdi, client->Frame.Rsi, client->Frame.R9));
        Assert.Equal(Status.Gone, board.Call(server, KernelCall.IpcReply));
    }

    [Fact]
    public void Reply_and_receive_in_one_call()
    {
        board.Call(client, KernelCall.IpcCall, 5, 1);
        board.Call(server, KernelCall.IpcReplyReceive, 5);
        board.Call(server, KernelCall.IpcReplyReceive, 5, 9);
        Assert.Equal(9UL, client->Frame.Rsi);
        Assert.Equal(WaitKind.Receive, server->Wait);
        board.Call(client, KernelCall.IpcCall, 5, 2);
        Assert.Equal(2UL, server->Frame.Rsi);
    }

    [Fact]
    public void Rights_are_needed()
    {
        Assert.Equal(Status.Denied, board.Call(client, KernelCall.IpcReceive, 5));
        Assert.Equal(Status.Denied, board.Call(server, KernelCall.IpcCall, 5));
    }

    [Fact]
    public void A_capability_travels_with_the_call()
    {
        Assert.Equal(Status.Ok, board.Call(client, KernelCall.NotificationCreate, 7));
        board.Call(server, KernelCall.IpcReceive, 5 | (9UL << 32));
        board.Call(client, KernelCall.IpcCall, 5 | (7UL << 32));
        Assert.Equal(42UL | Endpoint.CapabilityReceived, server->Frame.Rdi);
        Assert.True(Board.Find(server, 9)->Parent == Board.Find(client, 7));
        board.Call(server, KernelCall.IpcReply);
        Assert.Equal(Status.Ok, board.Call(client, KernelCall.CapRevoke, 7));
        Assert.True(Board.Find(server, 9) == null);
    }

    [Fact]
    public void What_can_not_travel_is_refused_or_left_out()
    {
        Assert.Equal(Status.BadCapability, board.Call(client, KernelCall.IpcCall, 5 | (70UL << 32)));
        Assert.Equal(Status.Denied, board.Call(client, KernelCall.IpcCall, 5 | (5UL << 32)));
        Assert.Equal(Status.Ok, board.Call(client, KernelCall.NotificationCreate, 7));
        board.Call(server, KernelCall.IpcReceive, 5);
        board.Call(client, KernelCall.IpcCall, 5 | (7UL << 32));
        Assert.Equal(42UL, server->Frame.Rdi);
        Assert.Equal(Status.SlotTaken, board.Call(server, KernelCall.IpcReplyReceive, 5 | (5UL << 32)));
    }

    [Fact]
    public void Partners_that_go_are_noticed()
    {
        board.Call(client, KernelCall.IpcCall, 5);
        board.Call(server, KernelCall.IpcReceive, 5);
        ThreadLife.Fault(board.Cpu, server, 13, 0, 0);
        Assert.Equal(unchecked((ulong)Status.Gone), client->Frame.Rax);
        Assert.Equal(WaitKind.None, client->Wait);
        board.Call(client, KernelCall.IpcCall, 5);
        board.Finish(KernelCall.CapDelete, 110);
        Thread* other = board.CreateThread(301, 112);
        board.Call(other, KernelCall.IpcReceive, 5);
        Assert.Equal(WaitKind.Receive, other->Wait);
        board.Finish(KernelCall.CapRevoke, 100);
        Assert.Equal(WaitKind.Receive, other->Wait);
        board.Finish(KernelCall.CapDelete, 100);
        Assert.Equal(unchecked((ulong)Status.Gone), other->Frame.Rax);
    }

    [Fact]
    public void A_client_that_goes_is_forgotten()
    {
        board.Call(client, KernelCall.IpcCall, 5);
        board.Call(server, KernelCall.IpcReceive, 5);
        board.Finish(KernelCall.CapRevoke, 200);
        Assert.True(server->Client == null);
        board.Call(server, KernelCall.IpcReplyReceive, 5);
        Assert.Equal(WaitKind.Receive, server->Wait);
    }
}

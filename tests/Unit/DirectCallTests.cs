using System.Globalization;
using System.Text;
using Tierce.Abi;
using Tierce.KernelHost;

namespace Tierce.Unit;

/// <summary>Calls and interrupts that pass the processor straight on leave everything as the long way does.</summary>
public sealed unsafe class DirectCallTests
{
    private const int Threads = 5;
    private const int Steps = 400;
    private const ulong FirstEndpoint = 150, FirstNotification = 160;
    private const int Each = 2;

    [Fact]
    public void The_short_way_and_the_long_way_lead_to_the_same()
    {
        int direct = 0;
        int interrupts = Machine.Ended;
        for (int seed = 1; seed <= 200; seed++)
        {
            string shortWay = Run(seed, triesDirect: true, ref direct);
            int none = 0;
            Assert.Equal(Run(seed, triesDirect: false, ref none), shortWay);
            Assert.Equal(0, none);
        }

        interrupts = Machine.Ended - interrupts;
        Assert.True(direct > 1000 && interrupts > 100, $"only {direct} calls and {interrupts} interrupts took the short way");
    }

    [Theory]
    [InlineData(10, 10, true)]
    [InlineData(10, 14, true)]
    [InlineData(14, 10, false)]
    public void A_server_is_reached_at_once_if_it_is_as_urgent_as_its_client(int clientPriority, int serverPriority, bool expected)
    {
        using Board board = new();
        board.Ok(KernelCall.EndpointCreate, 100);
        Thread* client = board.CreateThread(0, 110, clientPriority);
        Thread* server = board.CreateThread(0, 111, serverPriority);
        _ = board.CreateThread(0, 112, 9);
        board.Call(server, KernelCall.IpcReceive, 100);
        board.Ok(KernelCall.NotificationCreate, 101);
        board.Call(KernelCall.NotificationWait, 101);
        int before = board.Direct;
        Assert.True(board.Cpu->Current == client);
        board.Call(client, KernelCall.IpcCall, 100, 7);
        Assert.Equal(expected, board.Direct > before);
        Assert.True(board.Cpu->Current == server);
        Assert.Equal(7UL, server->Frame.Rsi);
    }

    [Fact]
    public void A_suspended_server_gets_its_message_and_does_not_run()
    {
        using Board board = new();
        board.Ok(KernelCall.EndpointCreate, 100);
        Thread* client = board.CreateThread(0, 110);
        Thread* server = board.CreateThread(0, 111);
        board.Call(server, KernelCall.IpcReceive, 100);
        board.Ok(KernelCall.ThreadControl, 111, (ulong)ThreadOperation.Stop);
        board.Ok(KernelCall.NotificationCreate, 101);
        board.Call(KernelCall.NotificationWait, 101);
        int before = board.Direct;
        board.Call(client, KernelCall.IpcCall, 100, 7);
        Assert.Equal(7UL, server->Frame.Rsi);
        Assert.False(server->Queued);
        Assert.Equal(before, board.Direct);
    }

    private static string Run(int seed, bool triesDirect, ref int direct)
    {
        using Board board = new();
        board.TriesDirect = triesDirect;
        Random random = new(seed);
        Thread*[] threads = new Thread*[Threads];
        Notification*[] notifications = new Notification*[Each];
        for (ulong i = 0; i < Each; i++)
        {
            board.Ok(KernelCall.EndpointCreate, FirstEndpoint + i);
            board.Ok(KernelCall.NotificationCreate, FirstNotification + i);
            notifications[i] = (Notification*)Board.Find(board.Root, FirstNotification + i)->Object;
            board.Ok(KernelCall.InterruptBind, RootInfo.FirstInterruptSlot + i, FirstNotification + i, 256, i);
        }

        for (int i = 0; i < Threads; i++)
        {
            threads[i] = board.CreateThread(0, 110 + (ulong)i, 10 + random.Next(5));
        }

        board.Ok(KernelCall.ThreadControl, 110, (ulong)ThreadOperation.SetPriority, 10);
        board.Ok(KernelCall.ThreadControl, 112, (ulong)ThreadOperation.SetBudget, 1000 | (10_000UL << 32));
        Scheduler.Suspend(board.Cpu, board.Root);
        board.Exit();
        StringBuilder story = new();
        for (int step = 0; step < Steps; step++)
        {
            Thread* actor = board.Cpu->Current;
            if (!actor->Queued)
            {
                // All wait: an interrupt comes.
                Notification.Signal(board.Cpu, notifications[random.Next(Each)], 1);
                board.Exit();
                actor = board.Cpu->Current;
            }
            else if (random.Next(6) == 0)
            {
                board.Interrupt(random.Next(Each));
                actor = board.Cpu->Current;
            }

            if (!actor->Queued)
            {
                break;
            }

            KernelCall call = Pick(random, Index(threads, actor));
            ulong slot = (call >= KernelCall.NotificationSignal ? FirstNotification : FirstEndpoint) + (random.Next(10) == 0 ? 1UL : 0);
            ulong rsi = call == KernelCall.NotificationWait ? (random.Next(8) == 0 ? 1_000_000_000UL : 0) : (ulong)random.Next(1, 100);
            Machine.Tsc += (ulong)random.Next(30_000);
            ulong rdx = call == KernelCall.SignalWait ? FirstNotification + (ulong)random.Next(Each) : (ulong)step;
            Status status = board.Call(actor, call, slot, rsi, rdx);
            story.Append(CultureInfo.InvariantCulture, $"{step} {call} {(actor->Wait == WaitKind.None ? status : Status.Ok)} {Index(threads, board.Cpu->Current)} {board.Cpu->ReadyMask:x} {board.Cpu->SliceTimer.Armed} {Machine.Masked[0]} {Machine.Masked[1]}");
            Tell(story, threads);
            story.Append('\n');
        }

        direct += board.Direct;
        return story.ToString();
    }

    /// <summary>Servers serve and clients call, mostly; now and then anybody does anything.</summary>
    private static KernelCall Pick(Random random, int actor) =>
        random.Next(10) == 0 ? KernelCall.IpcCall + random.Next(KernelCall.NotificationWait - KernelCall.IpcCall + 1)
            : actor switch
            {
                0 => KernelCall.IpcReplyReceive,
                1 => KernelCall.NotificationWait,
                2 => random.Next(2) == 0 ? KernelCall.SignalWait : KernelCall.NotificationWait,
                _ => random.Next(2) == 0 ? KernelCall.IpcCall : KernelCall.NotificationSignal,
            };

    private static void Tell(StringBuilder story, Thread*[] threads)
    {
        foreach (Thread* thread in threads)
        {
            RegisterFrame* frame = &thread->Frame;
            story.Append(CultureInfo.InvariantCulture, $" | {thread->Wait} {thread->Queued} {thread->BudgetTimer.Armed} {thread->BudgetUsed} {thread->SliceLeft} {thread->SliceStart} {(thread->Wait == WaitKind.Call ? thread->Badge : 0)} {Index(threads, thread->Client)}")
                .Append(CultureInfo.InvariantCulture, $" {Index(threads, thread->Server)} {(thread->Wait == WaitKind.None ? frame->Rax : 0)} {frame->Rdi} {frame->Rsi} {frame->Rdx}");
        }
    }

    private static int Index(Thread*[] threads, Thread* thread)
    {
        int index = 0;
        while (index < threads.Length && threads[index] != thread)
        {
            index++;
        }

        return index;
    }
}

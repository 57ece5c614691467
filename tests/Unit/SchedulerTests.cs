using Tierce.Abi;
using Tierce.KernelHost;

namespace Tierce.Unit;

public sealed unsafe class SchedulerTests : IDisposable
{
    private readonly Board board = new();

    public void Dispose() => board.Dispose();

    [Fact]
    public void The_highest_priority_runs()
    {
        Thread* low = board.CreateThread(0, 100, 3);
        Thread* high = board.CreateThread(0, 101, 20);
        Assert.True(board.Cpu->Current == board.Root);
        Suspend(board.Root);
        Assert.True(board.Cpu->Current == high);
        Suspend(high);
        Assert.True(board.Cpu->Current == low);
        Suspend(low);
        Assert.True(Scheduler.Choose(board.Cpu) == null);
        Scheduler.Resume(board.Cpu, low);
        Assert.True(board.Cpu->Reschedule);
    }

    [Fact]
    public void Equals_take_turns_by_time_slice()
    {
        Thread* first = board.CreateThread(0, 100, 5);
        Thread* second = board.CreateThread(0, 101, 5);
        Suspend(board.Root);
        Assert.True(board.Cpu->Current == first);
        ulong end = Machine.ArmedDeadline;
        Assert.Equal(Machine.Tsc + first->Slice, end);
        Tick(end);
        Assert.True(board.Cpu->Current == second);
        Tick(Machine.ArmedDeadline);
        Assert.True(board.Cpu->Current == first);
    }

    [Fact]
    public void A_preempted_thread_goes_on_with_the_rest_of_its_slice()
    {
        Thread* first = board.CreateThread(0, 100, 5);
        _ = board.CreateThread(0, 101, 5);
        Suspend(board.Root);
        Machine.Tsc += first->Slice / 2;
        Scheduler.Resume(board.Cpu, board.Root);
        board.Exit();
        Assert.True(board.Cpu->Current == board.Root);
        Machine.Tsc += 1000;
        Suspend(board.Root);
        Assert.True(board.Cpu->Current == first);
        Assert.Equal(first->Slice - (first->Slice / 2), first->SliceLeft);
    }

    [Fact]
    public void A_lone_thread_needs_no_slice_timer_until_it_has_company()
    {
        Thread* first = board.CreateThread(0, 100, 5);
        Thread* second = board.CreateThread(0, 101, 5);
        Scheduler.Suspend(board.Cpu, second);
        Suspend(board.Root);
        Assert.True(board.Cpu->Current == first);
        Assert.False(board.Cpu->SliceTimer.Armed);
        Scheduler.Resume(board.Cpu, second);
        Assert.True(board.Cpu->SliceTimer.Armed);
        Assert.False(board.Cpu->Reschedule);
    }

    /// <summary>The running thread has the grace, the woken one runs, and then the first goes on with the rest of its slice.</summary>
    [Fact]
    public void A_thread_that_ends_a_wait_comes_before_those_that_wait_for_their_turn()
    {
        Thread* first = board.CreateThread(0, 100, 5);
        Thread* second = board.CreateThread(0, 101, 5);
        Thread* waiter = board.CreateThread(0, 102, 5);
        Suspend(board.Root);
        Wait(waiter, 1000);
        Assert.True(board.Cpu->Current == first);
        Machine.Tsc += 100_000;
        Wake(waiter);
        Assert.True(board.Cpu->Current == first);
        Assert.Equal(Machine.Tsc + Scheduler.ToTicks(Scheduler.Grace), board.Cpu->SliceTimer.Deadline);
        Tick(board.Cpu->SliceTimer.Deadline);
        Assert.True(board.Cpu->Current == waiter);
        Wait(waiter, 1000);
        Assert.True(board.Cpu->Current == first);
        Assert.Equal(first->Slice - 100_000 - Scheduler.ToTicks(Scheduler.Grace), first->SliceLeft);
        Tick(board.Cpu->SliceTimer.Deadline);
        Assert.True(board.Cpu->Current == second);
    }

    /// <summary>A thread that waits again and again gets no more than the others: what it uses is charged, and in the end it waits for its turn.</summary>
    [Fact]
    public void Short_waits_bring_no_more_than_a_slice()
    {
        Thread* first = board.CreateThread(0, 100, 5);
        Thread* waiter = board.CreateThread(0, 101, 5);
        Suspend(board.Root);
        ulong used = 0;
        for (int wait = 0; ; wait++)
        {
            Assert.True(wait < 100, "the slice does not run down");
            Scheduler.Block(board.Cpu, waiter, WaitKind.Notification);
            board.Exit();
            Assert.True(board.Cpu->Current == first);
            Wake(waiter);
            if (board.Cpu->SliceTimer.Deadline - Machine.Tsc > Scheduler.ToTicks(Scheduler.Grace))
            {
                break;
            }

            Tick(board.Cpu->SliceTimer.Deadline);
            Assert.True(board.Cpu->Current == waiter);
            Machine.Tsc += 1_000_000;
            used += 1_000_000;
        }

        Assert.InRange(used, waiter->Slice, waiter->Slice + 1_000_000);
        Tick(board.Cpu->SliceTimer.Deadline);
        Assert.True(board.Cpu->Current == waiter);
    }

    [Fact]
    public void Yield_lets_equals_run()
    {
        Thread* first = board.CreateThread(0, 100, 5);
        Thread* second = board.CreateThread(0, 101, 5);
        Suspend(board.Root);
        board.Call(first, KernelCall.Yield);
        Assert.True(board.Cpu->Current == second);
        board.Call(second, KernelCall.Yield);
        Assert.True(board.Cpu->Current == first);
    }

    [Fact]
    public void Nobody_creates_threads_above_himself()
    {
        Thread* low = board.CreateThread(0, 100, 3);
        Assert.Equal(Status.Denied, board.Call(low, KernelCall.ThreadCreate, 0, 101, 0, 0, 4));
        Assert.Equal(Status.Ok, board.Call(low, KernelCall.ThreadCreate, 0, 101, 0, 0, 3));
        Assert.Equal(Status.Denied, board.Call(low, KernelCall.ThreadControl, 101, (ulong)ThreadOperation.SetPriority, 4));
        Assert.Equal(Status.BadArgument, board.Call(KernelCall.ThreadCreate, 0, 102, 0, 0, 32));
    }

    [Theory]
    [InlineData(1u, 0u)]
    [InlineData(0x8000_0000u, 31u)]
    [InlineData(0x0001_0001u, 16u)]
    public void Highest_bit(uint mask, uint expected) => Assert.Equal(expected, Scheduler.Highest(mask));

    /// <summary>A thread, which needs not be the running one, runs for a time and begins to wait.</summary>
    private void Wait(Thread* thread, ulong ticks)
    {
        Machine.Tsc += thread == board.Cpu->Current ? ticks : 0;
        Scheduler.Block(board.Cpu, thread, WaitKind.Notification);
        board.Exit();
    }

    private void Wake(Thread* thread)
    {
        Scheduler.MakeReady(board.Cpu, thread);
        board.Exit();
    }

    private void Suspend(Thread* thread)
    {
        Scheduler.Suspend(board.Cpu, thread);
        board.Exit();
    }

    private void Tick(ulong now)
    {
        Machine.Tsc = now;
        ExpiredTimers.Handle(board.Cpu, now);
        board.Exit();
    }
}

using Tierce.Abi;
using Tierce.KernelHost;

namespace Tierce.Unit;

/// <summary>
/// A thread that has used up its budget runs at the lowest priority until its period ends. A microsecond is <see cref="Microsecond"/> ticks
/// here.
/// </summary>
public sealed unsafe class BudgetTests : IDisposable
{
    private readonly Board board = new();
    private readonly Thread* driver;
    private readonly Thread* other;

    public BudgetTests()
    {
        board.Ok(KernelCall.NotificationCreate, 100);
        driver = board.CreateThread(0, 110, 24);
        other = board.CreateThread(0, 111, 8);
        board.Ok(KernelCall.ThreadControl, 110, (ulong)ThreadOperation.SetBudget, 1000 | (10_000UL << 32));
        board.Call(driver, KernelCall.NotificationWait, 100);
        board.Call(board.Root, KernelCall.ThreadControl, 999);
        Scheduler.Suspend(board.Cpu, board.Root);

        // It could run when its budget was set: that period ends here.
        Pass(10_000);
    }

    private static ulong Microsecond => Scheduler.ToTicks(1);

    public void Dispose() => board.Dispose();

    [Fact]
    public void Beyond_its_budget_it_gives_way_until_the_period_ends()
    {
        Wake();
        Assert.True(board.Cpu->Current == driver);
        Pass(1000);
        Assert.True(driver->OverBudget && board.Cpu->Current == other);
        Assert.Equal((0, 1UL), (driver->Priority, board.Cpu->Counters.BudgetsUsedUp));
        Pass(8990);
        Assert.True(board.Cpu->Current == other);
        Pass(10);
        Assert.True(board.Cpu->Current == driver);
        Assert.Equal(24, driver->Priority);
        Pass(1000);
        Assert.True(board.Cpu->Current == other);
    }

    [Fact]
    public void What_it_uses_in_pieces_counts()
    {
        for (int i = 0; i < 20; i++)
        {
            Wake();
            Assert.True(board.Cpu->Current == (i < 10 ? driver : other), $"piece {i}");
            if (i < 10)
            {
                Pass(100);
                Assert.Equal(i == 9, driver->OverBudget);
            }

            if (board.Cpu->Current == driver)
            {
                board.Call(driver, KernelCall.NotificationWait, 100);
                Pass(100);
            }
        }
    }

    [Fact]
    public void One_that_waits_costs_nothing_and_starts_with_all_of_it()
    {
        Assert.False(driver->BudgetTimer.Armed);
        Wake();
        Pass(600);
        board.Call(driver, KernelCall.NotificationWait, 100);
        Pass(9410);
        Assert.False(driver->BudgetTimer.Armed);
        Wake();
        Pass(900);
        Assert.False(driver->OverBudget);
    }

    [Fact]
    public void Alone_it_goes_on()
    {
        Scheduler.Suspend(board.Cpu, other);
        Wake();
        Pass(2000);
        Assert.True(driver->OverBudget && board.Cpu->Current == driver);
    }

    [Fact]
    public void Its_priority_and_budget_can_be_changed_meanwhile()
    {
        Wake();
        Pass(1000);
        Budget.SetPriority(board.Cpu, driver, 20);
        Assert.Equal(0, driver->Priority);
        Budget.Set(board.Cpu, driver, 0, 0);
        Assert.Equal(20, driver->Priority);
        Pass(100_000);
        Assert.False(driver->OverBudget || driver->BudgetTimer.Armed);
    }

    [Theory]
    [InlineData(99, 10_000)]
    [InlineData(2000, 1000)]
    [InlineData(1000, 1_000_001)]
    [InlineData(0, 1000)]
    public void Senseless_ones_are_refused(ulong budget, ulong period)
    {
        Scheduler.Resume(board.Cpu, board.Root);
        Assert.Equal(Status.BadArgument, board.Call(KernelCall.ThreadControl, 110, (ulong)ThreadOperation.SetBudget, budget | (period << 32)));
    }

    [Fact]
    public void One_that_is_over_it_can_be_destroyed()
    {
        Wake();
        Pass(1000);
        Scheduler.Resume(board.Cpu, board.Root);
        board.Finish(KernelCall.CapDelete, 110);
        Pass(20_000);
        Assert.Equal(0UL, board.Cpu->Timers.Count);
    }

    private void Wake()
    {
        Notification* notification = (Notification*)Board.Find(board.Root, 100)->Object;
        Notification.Signal(board.Cpu, notification, 1);
        board.Exit();
    }

    private void Pass(ulong microseconds)
    {
        Machine.Tsc += microseconds * Microsecond;
        ExpiredTimers.Handle(board.Cpu, Machine.Tsc);
        board.Exit();
    }
}

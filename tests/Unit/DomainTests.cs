using Tierce.Abi;
using Tierce.KernelHost;

namespace Tierce.Unit;

public sealed unsafe class DomainTests : IDisposable
{
    private const ulong All = (ulong)CapRights.All;
    private readonly Board board = new();

    public void Dispose() => board.Dispose();

    [Fact]
    public void Starts_with_the_kernels_slots_and_nothing_else()
    {
        Domain* domain = board.CreateDomain(200, 0);
        ulong* top = (ulong*)Machine.ToVirtual(domain->TopTable);
        for (int i = 0; i < 512; i++)
        {
            bool kernel = i is >= HoleLayout.FirstKernelSlot and < HoleLayout.EndSlot;
            Assert.Equal(kernel ? ((ulong)i << 12) | 3 : 0UL, top[i]);
        }
    }

    [Fact]
    public void Destruction_returns_the_memory()
    {
        board.CreateDomain(200, 0);
        Thread* thread = board.CreateThread(201, 100);
        board.Ok(KernelCall.NotificationCreate, 101);
        board.Ok(KernelCall.CapDelegate, 101, 201, 5, All);
        Assert.Equal(Status.Ok, board.Call(thread, KernelCall.EndpointCreate, 6));
        board.Finish(KernelCall.CapRevoke, 200);
        Assert.True(Board.Find(board.Root, 201) == null && Board.Find(board.Root, 100) == null);
        Assert.True(Board.Find(board.Root, 101) != null);
        Assert.True(Board.Find(board.Root, 200)->FirstChild == null);
        board.Ok(KernelCall.MemoryMap, 200, 0, 0x7000_0000, 64UL << 32, (ulong)CapRights.Read, 300);
    }

    [Fact]
    public void Deleting_the_last_capability_destroys_it()
    {
        board.CreateDomain(200, 0);
        board.Ok(KernelCall.CapDelegate, 201, 0, 202, All);
        board.Finish(KernelCall.CapDelete, 201);
        Assert.True(Board.Find(board.Root, 200)->FirstChild != null);
        board.Finish(KernelCall.CapDelete, 202);
        Assert.True(Board.Find(board.Root, 200)->FirstChild == null);
    }

    [Fact]
    public void A_domain_that_holds_capabilities_of_itself_can_still_be_destroyed()
    {
        board.CreateDomain(200, 0);
        board.Ok(KernelCall.CapDelegate, 201, 201, 5, All);
        board.Ok(KernelCall.CapDelegate, 200, 201, 6, All);
        board.Finish(KernelCall.CapDelete, 201);
        Assert.True(Board.Find(board.Root, 200)->FirstChild != null);
        board.Finish(KernelCall.CapRevoke, 200);
        Assert.True(Board.Find(board.Root, 200)->FirstChild == null);
    }

    [Fact]
    public void A_chain_of_domains_goes_without_recursion()
    {
        // Each holds the only capability of the next: destroying the first takes them all.
        const int count = 200;
        ulong slot = 1000;
        for (ulong i = 0; i < count; i++)
        {
            board.CreateDomain(slot + (2 * i), 16 * i, 16);
        }

        for (ulong i = 0; i + 1 < count; i++)
        {
            ulong holder = slot + (2 * i) + 1;
            board.Ok(KernelCall.CapDelegate, holder + 2, holder, 5, All);
        }

        for (ulong i = 1; i < count; i++)
        {
            board.Finish(KernelCall.CapDelete, slot + (2 * i) + 1);
            Assert.True(Board.Find(board.Root, slot + (2 * i))->FirstChild != null);
        }

        int calls = board.Finish(KernelCall.CapDelete, slot + 1);
        Assert.InRange(calls, 2, 1000);
        for (ulong i = 0; i < count; i++)
        {
            Assert.True(Board.Find(board.Root, slot + (2 * i))->FirstChild == null);
        }
    }

    [Fact]
    public void Two_domains_that_hold_each_other_go_together()
    {
        board.CreateDomain(200, 0);
        board.CreateDomain(300, 64);
        board.Ok(KernelCall.CapDelegate, 201, 301, 5, All);
        board.Ok(KernelCall.CapDelegate, 301, 201, 5, All);
        board.Finish(KernelCall.CapDelete, 301);
        board.Finish(KernelCall.CapRevoke, 200);
        Assert.True(Board.Find(board.Root, 300)->FirstChild == null);
    }

    [Fact]
    public void A_domain_that_destroys_itself_just_ends()
    {
        board.CreateDomain(200, 0);
        Thread* thread = board.CreateThread(201, 100);
        board.Ok(KernelCall.CapDelegate, 201, 201, 5, All);
        board.Finish(KernelCall.CapDelete, 201);
        board.Call(thread, KernelCall.CapDelete, 5);
        board.Finish(KernelCall.CapRevoke, 200);
        Assert.True(Board.Find(board.Root, 100) == null);
        Assert.True(board.Cpu->Current == board.Root);
    }

    [Fact]
    public void Supervisors_learn_of_faults_and_ends()
    {
        board.Ok(KernelCall.NotificationCreate, 100);
        board.Derive(200, 0, 64);
        board.Ok(KernelCall.DomainCreate, 200, 201, 100, 4);
        Thread* first = board.CreateThread(201, 101);
        Thread* second = board.CreateThread(201, 102);
        board.Call(first, KernelCall.ThreadExit, 3);
        Assert.Equal(Status.TimedOut, board.Call(KernelCall.NotificationWait, 100, 1));
        ThreadLife.Fault(board.Cpu, second, 14, 6, 0x1234);
        board.Ok(KernelCall.NotificationWait, 100, 1);
        Assert.Equal(4UL, board.Root->Frame.Rsi);
        Assert.Contains("vector 14", Machine.LogText.ToString(), StringComparison.Ordinal);
        Assert.Equal(Status.BadState, board.Call(KernelCall.ThreadControl, 102, (ulong)ThreadOperation.Start));
    }

    [Fact]
    public void Pools_have_bounds()
    {
        board.Derive(100, 0, Domain.LeastPages - 1);
        Assert.Equal(Status.BadArgument, board.Call(KernelCall.DomainCreate, 100, 101));
        board.Derive(102, 0, 64);
        board.Ok(KernelCall.MemoryDerive, 102, 0, 64, (ulong)CapRights.Read, 103);
        Assert.Equal(Status.Denied, board.Call(KernelCall.DomainCreate, 103, 101));
        Assert.Equal(Status.BadState, board.Call(KernelCall.DomainCreate, 102, 101));
    }
}

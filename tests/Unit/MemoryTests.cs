using Tierce.Abi;
using Tierce.KernelHost;

namespace Tierce.Unit;

public sealed unsafe class MemoryTests : IDisposable
{
    private const ulong All = (ulong)CapRights.All;
    private const ulong Read = (ulong)CapRights.Read;
    private const ulong ReadWrite = (ulong)(CapRights.Read | CapRights.Write);
    private const ulong Address = 0x7000_0000;
    private readonly Board board = new();

    public void Dispose() => board.Dispose();

    [Fact]
    public void Mapping_and_deleting()
    {
        board.Derive(100, 8, 8);
        board.Ok(KernelCall.MemoryMap, 100, 0, Address, 2 | (3UL << 32), ReadWrite, 101);
        ulong first = Board.Find(board.Root, 100)->A;
        Assert.Equal(((first + 2) << 12) | 7 | (1UL << 63), Entry(Address));
        Assert.Equal(((first + 4) << 12) | 7 | (1UL << 63), Entry(Address + 0x2000));
        Assert.Equal(0UL, Entry(Address + 0x3000));
        Assert.Equal(Status.BadState, board.Call(KernelCall.MemoryMap, 100, 0, Address + 0x2000, 1UL << 32, Read, 102));
        int flushed = Machine.TlbPages;
        board.Ok(KernelCall.CapDelete, 101);
        Assert.Equal(flushed + 3, Machine.TlbPages);
        Assert.Equal(0UL, Entry(Address));
    }

    [Fact]
    public void Rights_decide_access()
    {
        board.Ok(KernelCall.MemoryDerive, Board.Memory, 0, 4, Read, 100);
        Assert.Equal(Status.Denied, board.Call(KernelCall.MemoryMap, 100, 0, Address, 1UL << 32, ReadWrite, 101));
        board.Ok(KernelCall.MemoryMap, 100, 0, Address, 1UL << 32, Read, 101);
        Assert.Equal(5UL | (1UL << 63), Entry(Address) & ~0x000f_ffff_ffff_f000UL);
        Assert.Equal(Status.BadArgument, board.Call(KernelCall.MemoryMap, 100, 0, Address, 1UL << 32, 0, 102));
        Assert.Equal(Status.BadArgument, board.Call(KernelCall.MemoryMap, 100, 0, Address, 1UL << 32, Read | 8, 102));
    }

    [Theory]
    [InlineData(Address + 1, 1)]
    [InlineData(HoleLayout.UserLimit, 1)]
    [InlineData(HoleLayout.UserLimit - 4096, 2)]
    [InlineData(HoleLayout.KernelImage, 1)]
    [InlineData(Address, 0)]
    [InlineData(Address, 513)]
    [InlineData(0xffff_ffff_ffff_f000, 2)]
    public void Bad_ranges_are_refused(ulong address, ulong pages)
    {
        board.Derive(100, 0, 1024);
        Assert.Equal(Status.BadArgument, board.Call(KernelCall.MemoryMap, 100, 0, address, pages << 32, Read, 101));
    }

    [Fact]
    public void Aligned_blocks_become_large_pages()
    {
        board.Derive(100, 0, 4096);
        ulong skip = (512 - (Board.Find(board.Root, 100)->A % 512)) % 512;
        ulong frame = Board.Find(board.Root, 100)->A + skip;
        board.Ok(KernelCall.MemoryMap, 100, 0, Address, skip | (512UL << 32), ReadWrite, 101);
        Assert.Equal((frame << 12) | 0x87 | (1UL << 63), Entry(Address));
        Assert.Equal(Status.BadState, board.Call(KernelCall.MemoryMap, 100, 0, Address + 0x5000, 1UL << 32, Read, 102));
        board.Ok(KernelCall.CapDelete, 101);
        board.Ok(KernelCall.MemoryMap, 100, 0, Address + 0x5000, 1UL << 32, Read, 102);
        board.Ok(KernelCall.CapDelete, 102);

        // A table stands there now: the same block is mapped page by page.
        board.Ok(KernelCall.MemoryMap, 100, 0, Address, skip | (512UL << 32), ReadWrite, 101);
        Assert.Equal(((frame + 511) << 12) | 7 | (1UL << 63), Entry(Address + (511 << 12)));
    }

    [Theory]
    [InlineData(1UL << 21)]
    [InlineData(1UL << 30)]
    [InlineData(1UL << 39)]
    public void The_tables_a_mapping_needs_are_counted_exactly(ulong border)
    {
        board.Derive(90, 4096, 8);
        Domain* domain = board.CreateDomain(200, 0, 16);
        ulong left = domain->Pool.Available;
        ulong address = border - 0x2000 + (5UL << 39);
        board.Ok(KernelCall.MemoryMap, 90, 201, address, 4UL << 32, Read, 95);
        ulong used = left - domain->Pool.Available;
        Assert.Equal(border == 1UL << 39 ? 6UL : border == 1UL << 30 ? 5UL : 4UL, used);

        // With one page less than that, the call fails and changes nothing; with just as many, it succeeds.
        board.Ok(KernelCall.CapDelete, 95);
        Domain* exact = board.CreateDomain(300, 64, 16);
        while (exact->Pool.Available >= used)
        {
            exact->Pool.Take();
        }

        ulong before = exact->Pool.Available;
        Assert.Equal(Status.NoMemory, board.Call(KernelCall.MemoryMap, 90, 301, address, 4UL << 32, Read, 95));
        Assert.Equal(before, exact->Pool.Available);
        Domain* enough = board.CreateDomain(400, 128, 16);
        while (enough->Pool.Available > used)
        {
            enough->Pool.Take();
        }

        Assert.Equal(Status.Ok, board.Call(KernelCall.MemoryMap, 90, 401, address, 4UL << 32, Read, 95));
        Assert.Equal(0UL, enough->Pool.Available);
    }

    [Fact]
    public void Revoking_memory_unmaps_it_everywhere()
    {
        Domain* domain = board.CreateDomain(200, 0);
        board.Derive(100, 100, 8);
        board.Ok(KernelCall.CapDelegate, 100, 201, 5, All);
        Thread* thread = board.CreateThread(201, 110);
        Assert.Equal(Status.Ok, board.Call(thread, KernelCall.MemoryMap, 5, 0, Address, 8UL << 32, ReadWrite, 6));
        Assert.NotEqual(0UL, AddressSpace.Translate(domain->TopTable, Address));
        board.Finish(KernelCall.CapRevoke, 100);
        Assert.Equal(0UL, AddressSpace.Translate(domain->TopTable, Address));
        Assert.True(domain->Capabilities.Find(6) == null && domain->FirstMapping == null);
    }

    [Fact]
    public void Kernel_memory_can_not_be_mapped_by_whatever_capability()
    {
        board.Derive(100, 0, 256);
        board.Ok(KernelCall.MemoryDerive, 100, 16, 64, All, 101);
        board.Ok(KernelCall.DomainCreate, 101, 102);
        Assert.Equal(Status.BadState, board.Call(KernelCall.MemoryMap, 101, 0, Address, 1UL << 32, Read, 103));
        Assert.Equal(Status.BadState, board.Call(KernelCall.MemoryMap, 100, 0, Address, 10 | (7UL << 32), Read, 103));
        Assert.Equal(Status.BadState, board.Call(KernelCall.MemoryMap, Board.Memory, 0, Address, 79 | (1UL << 32), Read, 103));
        Assert.Equal(Status.BadState, board.Call(KernelCall.DomainCreate, 101, 103));
        board.Ok(KernelCall.MemoryMap, 100, 0, Address, 10 | (6UL << 32), Read, 103);
        board.Ok(KernelCall.MemoryMap, Board.Memory, 0, Address + 0x10000, 80 | (1UL << 32), Read, 104);
    }

    [Fact]
    public void Mapped_memory_can_not_become_the_kernels()
    {
        board.Derive(100, 0, 64);
        board.Ok(KernelCall.MemoryMap, Board.Memory, 0, Address, 63 | (1UL << 32), Read, 103);
        Assert.Equal(Status.BadState, board.Call(KernelCall.DomainCreate, 100, 102));
        board.Ok(KernelCall.CapDelete, 103);
        board.Ok(KernelCall.DomainCreate, 100, 102);
    }

    private ulong Entry(ulong address) => AddressSpace.Translate(board.RootDomainPointer->TopTable, address);
}

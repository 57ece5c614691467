using Tierce.Abi;
using Tierce.KernelHost;

namespace Tierce.Unit;

/// <summary>A back end copies what the guest grants it, as long as the guest grants it, and nothing else.</summary>
public sealed unsafe class GrantTests : IDisposable
{
    /// <summary>The guest's pages in root's memory: 64 of RAM, then two of the grant table.</summary>
    private const ulong GuestFirst = 64, Ram = 64, TablePages = 2, All = Ram + TablePages;
    private const ulong Guest = 100, Grants = 101, Buffer = 102, Operations = 103;
    private const ushort Peer = 3;
    private const ulong Every = (ulong)CapRights.All;

    private readonly Board board = new();

    public GrantTests()
    {
        board.Derive(Guest, GuestFirst, All);
        board.Derive(Buffer, 256, 4);
        board.Derive(Operations, 260, 2);
        board.Ok(KernelCall.GrantsDerive, Guest, Grants, Ram, TablePages, Ram, Peer);
    }

    public void Dispose() => board.Dispose();

    private ref uint Flags(uint reference) => ref ((uint*)Page(Guest, Ram))[reference * 2];

    private void Grant(uint reference, uint frame, uint flags = GrantTable.PermitAccess, ushort peer = Peer)
    {
        ((uint*)Page(Guest, Ram))[(reference * 2) + 1] = frame;
        Flags(reference) = flags | ((uint)peer << GrantTable.PeerShift);
    }

    private byte* Page(ulong slot, ulong page) => Machine.ToVirtual((Board.Find(board.Root, slot)->A + page) << 12);

    private GrantOperation* Operation(int index) => (GrantOperation*)Page(Operations, 0) + index;

    private GrantCopyResult Copy(uint reference, ushort offset, ushort length, uint place, GrantCopyFlags flags, ulong grants = Grants)
    {
        *Operation(0) = new GrantOperation { Reference = reference, GuestOffset = offset, Length = length, BufferOffset = place, Flags = (ushort)flags, Result = 77 };
        board.Ok(KernelCall.GrantCopy, grants, Buffer, Operations, 0, 1);
        Assert.Equal(1UL, board.Root->Frame.Rsi);
        return (GrantCopyResult)Operation(0)->Result;
    }

    [Theory]
    [InlineData(0, 4096, 0)]
    [InlineData(512, 512, 4096 + 512)]
    [InlineData(4092, 4, 8190)]
    [InlineData(1, 1, 16383)]
    public void Granted_bytes_move_both_ways(int offset, int length, int place)
    {
        Grant(5, 7);
        for (int i = 0; i < 4096; i++)
        {
            Page(Guest, 7)[i] = (byte)(i * 7);
        }

        Assert.Equal(GrantCopyResult.Ok, Copy(5, (ushort)offset, (ushort)length, (uint)place, GrantCopyFlags.None));
        for (int i = 0; i < length; i++)
        {
            Assert.Equal((byte)((offset + i) * 7), Page(Buffer, 0)[place + i]);
            Page(Buffer, 0)[place + i] = (byte)i;
        }

        Assert.Equal(GrantCopyResult.Ok, Copy(5, (ushort)offset, (ushort)length, (uint)place, GrantCopyFlags.ToGuest));
        for (int i = 0; i < 4096; i++)
        {
            bool inside = i >= offset && i < offset + length;
            Assert.Equal(inside ? (byte)(i - offset) : (byte)(i * 7), Page(Guest, 7)[i]);
        }

        Assert.Equal(GrantTable.PermitAccess | ((uint)Peer << 16), Flags(5));
    }

    [Fact]
    public void The_buffer_may_be_the_memory_of_the_operations()
    {
        Grant(1, 2);
        Page(Guest, 2)[9] = 42;
        Assert.Equal(GrantCopyResult.Ok, Copy(1, 9, 1, 4096, GrantCopyFlags.Own));
        Assert.Equal(42, Page(Operations, 1)[0]);
    }

    [Theory]
    [InlineData(0U, Peer)]
    [InlineData(2U, Peer)]
    [InlineData(3U, Peer)]
    [InlineData(1U, (ushort)0)]
    [InlineData(1U, (ushort)4)]
    public void What_the_guest_does_not_grant_the_peer_stays_closed(uint flags, ushort peer)
    {
        Grant(0, 7, flags, peer);
        Assert.Equal(GrantCopyResult.NotGranted, Copy(0, 0, 4, 0, GrantCopyFlags.None));
        Assert.Equal(GrantCopyResult.NotGranted, Copy(0, 0, 4, 0, GrantCopyFlags.ToGuest));
    }

    [Fact]
    public void An_ended_grant_is_closed_at_once()
    {
        Grant(0, 7);
        Assert.Equal(GrantCopyResult.Ok, Copy(0, 0, 4, 0, GrantCopyFlags.None));
        Flags(0) = 0;
        Assert.Equal(GrantCopyResult.NotGranted, Copy(0, 0, 4, 0, GrantCopyFlags.None));
    }

    [Fact]
    public void A_grant_for_reading_is_not_written()
    {
        Grant(0, 7, GrantTable.PermitAccess | GrantTable.ReadOnly);
        Assert.Equal(GrantCopyResult.Ok, Copy(0, 0, 4, 0, GrantCopyFlags.None));
        Page(Buffer, 0)[0] = 1;
        Assert.Equal(GrantCopyResult.Denied, Copy(0, 0, 4, 0, GrantCopyFlags.ToGuest));
        Assert.Equal(0, Page(Guest, 7)[0]);
    }

    [Fact]
    public void A_capability_without_a_right_does_not_lend_it()
    {
        Grant(0, 7);
        board.Ok(KernelCall.CapDelegate, Grants, 0, 110, (ulong)CapRights.Read);
        Assert.Equal(GrantCopyResult.Denied, Copy(0, 0, 4, 0, GrantCopyFlags.ToGuest, 110));
        Assert.Equal(GrantCopyResult.Ok, Copy(0, 0, 4, 0, GrantCopyFlags.None, 110));
    }

    [Theory]
    [InlineData(Ram)]
    [InlineData(Ram + 1)]
    [InlineData(0xffff_ffff)]
    public void Frames_beyond_the_guests_ram_are_refused(ulong frame)
    {
        Grant(0, (uint)frame);
        Assert.Equal(GrantCopyResult.BadFrame, Copy(0, 0, 4, 0, GrantCopyFlags.ToGuest));
        Assert.Equal(GrantTable.PermitAccess | ((uint)Peer << 16), Flags(0));
    }

    [Theory]
    [InlineData(1024U)]
    [InlineData(0xffff_ffffU)]
    public void References_beyond_the_table_are_refused(uint reference) =>
        Assert.Equal(GrantCopyResult.BadReference, Copy(reference, 0, 4, 0, GrantCopyFlags.None));

    [Theory]
    [InlineData(0, 0, 0U, 0)]
    [InlineData(4096, 1, 0U, 0)]
    [InlineData(1, 4096, 0U, 0)]
    [InlineData(0xffff, 0xffff, 0U, 0)]
    [InlineData(0, 4, 16384U, 0)]
    [InlineData(0, 4, 16381U, 0)]
    [InlineData(0, 4, 0xffff_ffffU, 0)]
    [InlineData(0, 4, 8192U, 2)]
    [InlineData(0, 4, 0U, 4)]
    public void Ranges_that_leave_page_or_buffer_are_refused(int offset, int length, uint place, int flags)
    {
        Grant(0, 7);
        Assert.Equal(GrantCopyResult.BadRange, Copy(0, (ushort)offset, (ushort)length, place, (GrantCopyFlags)flags));
    }

    /// <summary>Pages of a pool are the kernel's, whatever capability names them.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Memory_of_the_kernel_is_not_reached(bool inGuest)
    {
        Grant(0, 7);
        ulong first = inGuest ? GuestFirst + 7 : 256;
        board.Derive(120, first, 1);
        FrameTable.Add(Board.Find(board.Root, 120)->A, 1, kernel: true);
        Assert.Equal(inGuest ? GrantCopyResult.BadFrame : GrantCopyResult.BadRange, Copy(0, 0, 4, 0, GrantCopyFlags.ToGuest));
    }

    [Fact]
    public void Operations_and_table_in_memory_of_the_kernel_are_not_used()
    {
        Grant(600, 7);
        board.Derive(120, GuestFirst + Ram + 1, 1);
        board.Derive(124, 260, 1);
        Assert.Equal(GrantCopyResult.Ok, Copy(600, 0, 4, 0, GrantCopyFlags.None));
        FrameTable.Add(Board.Find(board.Root, 120)->A, 1, kernel: true);
        Assert.Equal(GrantCopyResult.BadReference, Copy(600, 0, 4, 0, GrantCopyFlags.None));
        FrameTable.Add(Board.Find(board.Root, 124)->A, 1, kernel: true);
        Assert.Equal(Status.BadState, board.Call(KernelCall.GrantCopy, Grants, Buffer, Operations, 0, 1));
    }

    [Fact]
    public void A_call_stops_for_a_thread_that_has_to_run_and_goes_on()
    {
        Grant(0, 7);
        for (int i = 0; i < 3; i++)
        {
            *Operation(i) = new GrantOperation { Reference = 0, Length = 4096, BufferOffset = (uint)i * 4096, Result = 77 };
        }

        Machine.HasToSwitch = true;
        Assert.Equal(Status.Again, board.Call(KernelCall.GrantCopy, Grants, Buffer, Operations, 0, 3));
        Assert.Equal(1UL, board.Root->Frame.Rsi);
        Assert.Equal([0, 77, 77], new[] { Operation(0)->Result, Operation(1)->Result, Operation(2)->Result });
        Machine.HasToSwitch = false;
        board.Ok(KernelCall.GrantCopy, Grants, Buffer, Operations, 1, 2);
        Assert.Equal(0, Operation(2)->Result);
    }

    [Fact]
    public void Bad_calls_are_refused()
    {
        Assert.Equal(Status.BadArgument, board.Call(KernelCall.GrantCopy, Grants, Buffer, Operations, 0, 0));
        Assert.Equal(Status.BadArgument, board.Call(KernelCall.GrantCopy, Grants, Buffer, Operations, 511, 2));
        Assert.Equal(Status.BadArgument, board.Call(KernelCall.GrantCopy, Grants, Buffer, Operations, ulong.MaxValue, 2));
        Assert.Equal(Status.BadCapability, board.Call(KernelCall.GrantCopy, Guest, Buffer, Operations, 0, 1));
        Assert.Equal(Status.BadCapability, board.Call(KernelCall.GrantCopy, Grants, Grants, Operations, 0, 1));
        board.Ok(KernelCall.CapDelegate, Buffer, 0, 110, (ulong)CapRights.Read);
        Assert.Equal(Status.Denied, board.Call(KernelCall.GrantCopy, Grants, 110, Operations, 0, 1));
        Assert.Equal(Status.Denied, board.Call(KernelCall.GrantCopy, Grants, Buffer, 110, 0, 1));
    }

    [Theory]
    [InlineData(All, 1, Ram, Peer)]
    [InlineData(Ram, 3, Ram, Peer)]
    [InlineData(Ram, 0, Ram, Peer)]
    [InlineData(Ram, 2, 0, Peer)]
    [InlineData(Ram, 2, All + 1, Peer)]
    [InlineData(Ram, 2, Ram, 0x1_0000)]
    public void Descriptions_that_leave_the_memory_are_refused(ulong table, ulong pages, ulong frames, ulong peer) =>
        Assert.Equal(Status.BadArgument, board.Call(KernelCall.GrantsDerive, Guest, 110, table, pages, frames, peer));

    [Fact]
    public void Revoking_the_guests_memory_ends_all_copies()
    {
        board.CreateDomain(200, 0);
        Thread* backEnd = board.CreateThread(201, 130);
        board.Ok(KernelCall.CapDelegate, Grants, 201, 5, Every);
        board.Ok(KernelCall.CapDelegate, Buffer, 201, 6, Every);
        Grant(0, 7);
        *Operation(0) = new GrantOperation { Length = 4, Result = 77 };
        Assert.Equal(Status.Ok, board.Call(backEnd, KernelCall.GrantCopy, 5, 6, 6, 0, 1));
        board.Finish(KernelCall.CapRevoke, Guest);
        Assert.Equal(Status.BadCapability, board.Call(backEnd, KernelCall.GrantCopy, 5, 6, 6, 0, 1));
        Assert.Equal(Status.BadCapability, board.Call(KernelCall.GrantCopy, Grants, Buffer, Operations, 0, 1));
    }
}

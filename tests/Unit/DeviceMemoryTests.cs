using Tierce.Abi;
using Tierce.KernelHost;

namespace Tierce.Unit;

/// <summary>Memory of devices, interrupts that devices raise by a message, and doorbells of virtual CPUs.</summary>
public sealed unsafe class DeviceMemoryTests : IDisposable
{
    private const ulong Device = RootInfo.FirstDeviceSlot;
    private const ulong Message = RootInfo.FirstMessageSlot + 3;
    private const int MessageNumber = RootInfo.InterruptSlots + 3;
    private const ulong Read = (ulong)CapRights.Read, ReadWrite = (ulong)(CapRights.Read | CapRights.Write), Execute = (ulong)CapRights.Execute;
    private const ulong Address = 0x7000_0000;
    private const ulong Uncached = 0x18, NoExecute = 1UL << 63, User = 5, Writable = 2;

    private readonly Board board = new();

    public void Dispose() => board.Dispose();

    private ulong Entry(ulong address) => AddressSpace.Translate(board.RootDomainPointer->TopTable, address);

    [Fact]
    public void It_is_mapped_uncached_and_never_executed()
    {
        board.Ok(KernelCall.MemoryDerive, Device, 2, 4, ReadWrite, 100);
        board.Ok(KernelCall.MemoryMap, 100, 0, Address, 1 | (1UL << 32), ReadWrite, 101);
        Assert.Equal(((Board.DeviceFirst + 3) << 12) | User | Writable | Uncached | NoExecute, Entry(Address));
        Assert.Equal(Status.Denied, board.Call(KernelCall.MemoryMap, Device, 0, Address + 4096, 1UL << 32, Read | Execute, 102));
        board.Ok(KernelCall.CapDelete, 101);
        Assert.Equal(0UL, Entry(Address));
    }

    [Fact]
    public void It_serves_as_no_other_memory()
    {
        Assert.Equal(Status.BadCapability, board.Call(KernelCall.DomainCreate, Device, 100));
        Assert.Equal(Status.BadCapability, board.Call(KernelCall.GuestCreate, Device, Device, 100));
        Assert.Equal(Status.BadCapability, board.Call(KernelCall.GrantsDerive, Device, 100, 0, 1, 1, 0));
        Assert.Equal(Status.BadArgument, board.Call(KernelCall.MemoryDerive, Device, Board.DevicePages, 1, Read, 100));
    }

    [Fact]
    public void Revoking_it_unmaps()
    {
        board.Ok(KernelCall.MemoryMap, Device, 0, Address, 2UL << 32, Read, 100);
        board.Finish(KernelCall.CapRevoke, Device);
        Assert.Equal(0UL, Entry(Address));
        Assert.Equal(0UL, Entry(Address + 4096));
    }

    [Fact]
    public void A_message_becomes_a_signal_and_has_no_mask()
    {
        board.Ok(KernelCall.NotificationCreate, 100);
        Assert.Equal(Status.BadArgument, board.Call(KernelCall.InterruptBind, Message, 100, 16, 1));
        InterruptLine.Raise(board.Cpu, MessageNumber);
        board.Ok(KernelCall.InterruptBind, Message, 100, 16, 0);
        InterruptLine.Raise(board.Cpu, MessageNumber);
        InterruptLine.Raise(board.Cpu, MessageNumber);
        board.Ok(KernelCall.NotificationWait, 100, 1);
        Assert.Equal(16UL, board.Root->Frame.Rsi);
        InterruptLine.Raise(board.Cpu, MessageNumber);
        board.Ok(KernelCall.NotificationWait, 100, 1);
        Assert.Equal(16UL, board.Root->Frame.Rsi);
        board.Finish(KernelCall.CapRevoke, Message);
        InterruptLine.Raise(board.Cpu, MessageNumber);
        Assert.Equal(0UL, ((Notification*)Board.Find(board.Root, 100)->Object)->Bits);
    }

    [Fact]
    public void Root_finds_devices_and_messages_in_its_information()
    {
        RootInfo* info = (RootInfo*)Machine.ToVirtual(Entry(RootInfo.Address) & 0x000f_ffff_ffff_f000);
        Assert.Equal((1UL, Board.DeviceFirst, Board.DevicePages), (info->DeviceCount, info->DeviceFirst[0], info->DevicePages[0]));
        Assert.Equal((Machine.MessageAddress, Machine.FirstMessageData), (info->MessageAddress, info->FirstMessageData));
    }
}

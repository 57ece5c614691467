using System.Runtime.InteropServices;
using Tierce.Abi;
using Tierce.Drivers.BlockBack;
using Tierce.Runtime;
using Tierce.Runtime.Devices;

namespace Tierce.User.Disks;

/// <summary>
/// One disk of a back end, with a guest's pages and grants, a driver that moves data between the back end's buffers and a disk of bytes, and
/// the kernel's copy between them. The kernel checks that no copy leaves a page or a buffer.
/// </summary>
public sealed unsafe class HostedBackEnd : HostedDomain
{
    /// <summary>Pages of the guest, one for each grant reference.</summary>
    public const int GuestPages = 64, PageSize = 4096;

    /// <summary>Sectors of the disk.</summary>
    public const int Sectors = 4096;

    private const uint ChannelSlot = 10, PeerSlot = 11, BufferSlot = 12, MemorySlot = 13, GrantsSlot = 14, GuestSlot = 15, DriverHeads = 85;

    private readonly byte[] _guest = new byte[GuestPages * PageSize];
    private readonly byte[] _pool = new byte[(int)new BlockShapes(DriverHeads).Pages * PageSize];
    private readonly List<BlockRequest> _inDriver = [];
    private BlockDevice _device;
    private CopyList _copies;
    private SlotAllocator _slots = new(1000);
    private uint _taken, _answered, _wish;

    /// <summary>A back end whose driver has said what the disk is.</summary>
    public HostedBackEnd()
    {
        List(StartupPurpose.BlockChannel, ChannelSlot);
        List(StartupPurpose.Peer, PeerSlot, 1);
        List(StartupPurpose.GuestEvent, GuestSlot);
        List(StartupPurpose.BufferPool, BufferSlot, new BlockShapes(DriverHeads).Pages);
        List(StartupPurpose.Memory, MemorySlot);
        List(StartupPurpose.Grants, GrantsSlot);
        _device.Open(Startup, 0, ref _slots);
        _copies = new CopyList(Startup, 1, ref _slots);
        Channel->Sectors = Sectors;
        Channel->BlockSize = 512;
        Channel->Heads = DriverHeads;
        Channel->Features = BlockFeatures.Flush;
        Channel->Generation = 1;
        Granted.AsSpan().Fill(true);
    }

    /// <summary>The disk.</summary>
    public byte[] Disk { get; } = new byte[Sectors * 512];

    /// <summary>Whether a reference is granted.</summary>
    public bool[] Granted { get; } = new bool[GuestPages];

    /// <summary>Copies that succeed before one fails; negative: none fails.</summary>
    public int FailsAfter { get; set; } = -1;

    /// <summary>Copies that were made.</summary>
    public int Copies { get; private set; }

    /// <summary>Flushes that the driver was asked for.</summary>
    public int Flushes { get; private set; }

    /// <summary>Whether the back end serves a ring.</summary>
    public bool IsConnected => _device.IsConnected;

    /// <summary>Whether the driver has none of its parts.</summary>
    public bool IsIdle => _device.IsIdle;

    /// <summary>Requests that the driver has and has not answered.</summary>
    public int InDriver => _inDriver.Count;

    /// <summary>Whether one of them is a flush.</summary>
    public bool HasFlush => _inDriver.Exists(request => request.Head == 0);

    /// <summary>The channel with the driver.</summary>
    public BlockChannel* Channel => (BlockChannel*)Mapped(ChannelSlot);

    /// <summary>A page of the guest.</summary>
    public Span<byte> Page(int reference) => _guest.AsSpan(reference * PageSize, PageSize);

    /// <summary>A word of a page.</summary>
    public ref uint Word(int reference, int offset) => ref MemoryMarshal.Cast<byte, uint>(Page(reference))[offset / 4];

    /// <summary>The monitor's wish: serve the ring in that page.</summary>
    public bool Connect(uint reference) => _device.Connect(ref _copies, reference, ++_wish);

    /// <summary>The monitor's wish: serve none.</summary>
    public void Disconnect() => _device.Disconnect();

    /// <summary>Runs the back end until it would wait.</summary>
    /// <param name="rang">The guest has rung.</param>
    public void Run(bool rang = true)
    {
        if (rang)
        {
            _device.Look();
        }

        int rounds = 0;
        do
        {
            _device.StopWaiting();
            while (_device.Pump(ref _copies))
            {
                Assert.True(++rounds < 10_000, "the back end does not come to rest");
            }
        }
        while (_device.Finish(ref _copies, out _, out _) && ++rounds < 10_000);
        Assert.True(rounds < 10_000, "the back end does not come to rest");
        Assert.Equal(0, _copies.Count);
        TakeRequests();
    }

    /// <summary>The driver answers one of its requests: moves the data, then says how it went.</summary>
    public void Answer(int index, BlockResult result = BlockResult.Ok)
    {
        BlockRequest request = _inDriver[index];
        _inDriver.RemoveAt(index);
        Assert.True(new BlockShapes(DriverHeads).TryGet(request.Head, out BlockShape shape), $"there is no head {request.Head}");
        long first = (long)Math.Min(request.Sector, Sectors) * 512;
        if (request.Head == 0)
        {
            Flushes++;
        }
        else if (first + shape.Bytes > Disk.Length)
        {
            result = BlockResult.Refused;
        }
        else if (result == BlockResult.Ok)
        {
            Span<byte> onDisk = Disk.AsSpan((int)first, (int)shape.Bytes);
            Span<byte> buffer = _pool.AsSpan((int)shape.Offset, (int)shape.Bytes);
            (shape.FromDisk ? onDisk : buffer).CopyTo(shape.FromDisk ? buffer : onDisk);
        }

        Say(request.Tag, (uint)result);
    }

    /// <summary>The driver writes an answer, right or wrong.</summary>
    public void Say(uint tag, uint result)
    {
        (&Channel->FirstAnswer)[_answered++ % BlockChannel.Entries] = new BlockAnswer { Tag = tag, Result = result };
        Channel->Answered = _answered;
        ShowProgress();
    }

    /// <summary>The driver dies with all that it had; its next life has forgotten it.</summary>
    public void RestartDriver()
    {
        _inDriver.Clear();
        _taken = Channel->Requested;
        Channel->StartIndex = _taken;
        Channel->Generation++;
        ShowProgress();
    }

    /// <inheritdoc/>
    protected override Status Copy(ref CallArguments words)
    {
        Assert.Equal((GrantsSlot, (ulong)BufferSlot, (ulong)MemorySlot, 0UL), (words.Argument0, words.Argument1, words.Argument2, words.Argument3));
        Assert.InRange(words.Argument4, 1UL, (ulong)CopyList.Capacity);
        GrantOperation* operations = (GrantOperation*)Mapped(MemorySlot);
        for (ulong i = 0; i < words.Argument4; i++)
        {
            operations[i].Result = (short)Copy(operations[i]);
        }

        words.Argument1 = words.Argument4;
        return Status.Ok;
    }

    private GrantCopyResult Copy(GrantOperation operation)
    {
        Copies++;
        bool toGuest = (operation.Flags & (ushort)GrantCopyFlags.ToGuest) != 0;
        Span<byte> buffer = (operation.Flags & (ushort)GrantCopyFlags.Own) != 0
            ? new Span<byte>(Mapped(MemorySlot), (int)BackEndMemory.Pages(1) * PageSize)
            : _pool;
        Assert.True(operation.Length > 0 && operation.GuestOffset + operation.Length <= PageSize, "a copy leaves its page");
        Assert.True(operation.BufferOffset + (uint)operation.Length <= buffer.Length, "a copy leaves its buffer");
        if (operation.Reference >= GuestPages || !Granted[operation.Reference] || FailsAfter == 0)
        {
            FailsAfter--;
            return GrantCopyResult.NotGranted;
        }

        FailsAfter -= FailsAfter > 0 ? 1 : 0;
        Span<byte> guest = Page((int)operation.Reference).Slice(operation.GuestOffset, operation.Length);
        Span<byte> own = buffer.Slice((int)operation.BufferOffset, operation.Length);
        (toGuest ? own : guest).CopyTo(toGuest ? guest : own);
        return GrantCopyResult.Ok;
    }

    private void TakeRequests()
    {
        uint count = Channel->Requested - _taken;
        Assert.True(count <= BlockChannel.Entries && _inDriver.Count + count <= BlockChannel.Entries, "more requests than the channel holds");
        for (; count != 0; count--)
        {
            BlockRequest request = (&Channel->FirstRequest)[_taken++ % BlockChannel.Entries];
            Assert.DoesNotContain(_inDriver, other => other.Tag == request.Tag || (other.Head == request.Head && request.Head != 0));
            _inDriver.Add(request);
        }

        ShowProgress();
    }

    private void ShowProgress()
    {
        Channel->Taken = _taken;
        Channel->InFlight = (uint)_inDriver.Count;
    }
}

using System.Runtime.CompilerServices;
using Tierce.Abi;
using Tierce.Runtime;
using Tierce.Runtime.Devices;

namespace Tierce.Drivers.VirtioBlock;

/// <summary>
/// Takes requests from the clients' channels, names the bus's descriptor for each to the device, and answers when the device returns it. It
/// never sees the data.
/// </summary>
public unsafe struct BlockDriver
{
    private const ulong RingsAddress = 0x0000_0012_0000_0000;
    private const ulong NotifyAddress = 0x0000_0013_0000_0000;
    private const ulong RatesAddress = 0x0000_0014_0000_0000;

    /// <summary>Types of a request (virtio 1.1, 5.2.6).</summary>
    private const uint Read = 0, Write = 1, Flush = 4;

    /// <summary>Requests of a client from which on an interrupt waits for several.</summary>
    private const uint LongQueue = 4;

    private VirtioQueue _queue;
    private RequestHeaders _headers;
    private TopHalf _topHalf;
    private Clients _clients;
    private int _clientCount;
    private uint _headsOfClient;
    private BlockFeatures _features;
    private Heads _heads;

    [InlineArray(BusDevice.MostClients)]
    private struct Clients
    {
        private BlockClient _first;
    }

    [InlineArray((int)QueueLayout.MostEntries)]
    private struct Heads
    {
        private HeadState _first;
    }

    /// <summary>A head of a client: its request, while the device has it.</summary>
    private struct HeadState
    {
        public uint Tag;
        public ushort Sectors;
        public bool Exists, FromDisk, InFlight;
    }

    /// <summary>Takes device and channels as the startup page lists them.</summary>
    public void Open(Startup startup, ref SlotAllocator slots)
    {
        const CapRights Both = CapRights.Read | CapRights.Write;
        startup.TryGet(StartupPurpose.QueueRings, 0, out uint rings, out ulong size);
        startup.TryGet(StartupPurpose.DeviceMemory, 0, out uint notify, out _);
        startup.TryGet(StartupPurpose.DeviceFact, DeviceFacts.NotifyOffset, out _, out ulong notifyOffset);
        startup.TryGet(StartupPurpose.DeviceFact, DeviceFacts.QueueFeatures, out _, out ulong features);
        Failure.Check(new Memory(rings).Map(Domain.Own, RingsAddress, 0, QueueLayout.DriverPages, Both, slots.Take()), "mapping the queue"u8);
        Failure.Check(new Memory(notify).Map(Domain.Own, NotifyAddress, 0, 1, Both, slots.Take()), "mapping the notify register"u8);
        Failure.Check(
            new Memory(startup.Slot(StartupPurpose.RateTable)).Map(Domain.Own, RatesAddress, 0, RateTable.Pages, CapRights.Read, slots.Take()),
            "mapping the limits"u8);
        _queue = new VirtioQueue((byte*)RingsAddress, (ushort*)(NotifyAddress + (notifyOffset & 4094)), 0, (uint)size, ((QueueFeatures)features & QueueFeatures.EventIndex) != 0);
        _headers = new RequestHeaders((byte*)RingsAddress);
        _topHalf = new TopHalf(
            new Notification(startup.Slot(StartupPurpose.Events)),
            new Interrupt(startup.Slot(StartupPurpose.Interrupt)));
        Failure.Check(_topHalf.Open(level: false), "binding the interrupt"u8);
        OpenClients(startup, (uint)size, ref slots);
    }

    private void OpenClients(Startup startup, uint size, ref SlotAllocator slots)
    {
        while (_clientCount < BusDevice.MostClients && startup.TryGet(StartupPurpose.BlockChannel, _clientCount, out _, out _))
        {
            _clientCount++;
        }

        _headsOfClient = BusDevice.HeadsOfClient(size, (uint)_clientCount);
        var disk = new Disk(startup, _headsOfClient);
        _features = disk.Features;
        var shapes = new BlockShapes(_headsOfClient);
        for (int i = 0; i < _clientCount; i++)
        {
            for (uint head = 0; head < _headsOfClient; head++)
            {
                ref HeadState state = ref _heads[(int)(((uint)i * _headsOfClient) + head)];
                state.Exists = shapes.TryGet(head, out BlockShape shape);
                state.Sectors = (ushort)(shape.Bytes / 512);
                state.FromDisk = shape.FromDisk;
            }

            _clients[i].Open(startup, i, disk, ref slots);
            _clients[i].Send();
        }

        TakeRates();
    }

    private void TakeRates()
    {
        for (int i = 0; i < _clientCount; i++)
        {
            _clients[i].TakeRates((ClientRate*)RatesAddress + i);
        }
    }

    /// <summary>Serves without end.</summary>
    public void Run()
    {
        while (true)
        {
            _queue.ForbidInterrupts();
            for (int i = 0; i < _clientCount; i++)
            {
                _clients[i].EndWait();
            }

            while (Complete() | Submit())
            {
            }

            _queue.AskForInterrupt(Awaited());
            for (int i = 0; i < _clientCount; i++)
            {
                _clients[i].BeginWait();
            }

            if (!_queue.HasReturned && !HasRequests(out ulong free) && (SendAndGet(free) & RateTable.ChangedBit) != 0)
            {
                TakeRates();
            }
        }
    }

    /// <summary>
    /// Requests that the device ends before the next interrupt: half of those that the client with the fewest has there, so that no client
    /// waits for another's. A short queue has an interrupt for each.
    /// </summary>
    private readonly uint Awaited()
    {
        uint fewest = uint.MaxValue;
        for (int i = 0; i < _clientCount; i++)
        {
            uint inFlight = _clients[i].InFlight;
            fewest = inFlight != 0 && inFlight < fewest ? inFlight : fewest;
        }

        return fewest is >= LongQueue and < uint.MaxValue ? fewest / 2 : 1;
    }

    /// <summary>Whether a client has a request that may be taken now.</summary>
    /// <param name="free">If none: when one may be taken that a limit holds back; no deadline if no limit does.</param>
    private readonly bool HasRequests(out ulong free)
    {
        free = Notification.NoDeadline;
        for (int i = 0; i < _clientCount; i++)
        {
            if (_clients[i].HasRequest)
            {
                ulong at = _clients[i].FreeAt;
                if (IsFree(at))
                {
                    return true;
                }

                free = free == Notification.NoDeadline ? at : System.Math.Min(free, at);
            }
        }

        return false;
    }

    private static bool IsFree(ulong at) => at == 0 || at <= Machine.Tsc();

    /// <summary>Signals the clients that wait for their answers, and waits: the last signal in the same call. Returns the bits that woke it.</summary>
    private ulong SendAndGet(ulong deadline)
    {
        int last = -1;
        for (int i = 0; i < _clientCount; i++)
        {
            if (_clients[i].IsTouched && _clients[i].TakeWaiter())
            {
                if (last >= 0)
                {
                    _clients[last].Send();
                }

                last = i;
            }
        }

        return last >= 0 ? _clients[last].SendAndGet(_topHalf, deadline) : _topHalf.Get(deadline);
    }

    /// <summary>Answers what the device has returned. A number that is none of a request in flight is dropped.</summary>
    private bool Complete()
    {
        bool any = false;
        while (_queue.HasReturned)
        {
            any = true;
            uint head = _queue.Take();
            if (head >= QueueLayout.MostEntries || !_heads[(int)head].InFlight)
            {
                continue;
            }

            ref HeadState state = ref _heads[(int)head];
            state.InFlight = false;
            ref BlockClient client = ref _clients[(int)(head / _headsOfClient)];
            client.InFlight--;
            client.Answer(state.Tag, _headers.Status(head) == 0 ? BlockResult.Ok : BlockResult.DeviceError);
        }

        return any;
    }

    private bool Submit()
    {
        bool any = false;
        bool offered = false;
        for (int i = 0; i < _clientCount; i++)
        {
            while (IsFree(_clients[i].FreeAt) && _clients[i].TryTake(out BlockRequest request))
            {
                any = true;
                offered |= Submit(i, request);
            }
        }

        if (offered)
        {
            _queue.Publish();
        }

        return any;
    }

    /// <summary>Offers a request to the device; answers it at once if the client may not make it.</summary>
    private bool Submit(int client, in BlockRequest request)
    {
        uint index = ((uint)client * _headsOfClient) + request.Head;
        bool known = request.Head < _headsOfClient && _heads[(int)index].Exists && !_heads[(int)index].InFlight;
        ref HeadState state = ref _heads[known ? (int)index : 0];
        bool isFlush = request.Head == 0;
        ulong sector = 0;
        bool allowed = known
            && (isFlush || (_clients[client].Part.TryTranslate(request.Sector, state.Sectors, out sector) && (state.FromDisk || !_clients[client].ReadOnly)));
        if (!allowed || (isFlush && (_features & BlockFeatures.Flush) == 0))
        {
            // A disk that offers no flush has nothing to flush.
            _clients[client].Answer(request.Tag, allowed ? BlockResult.Ok : BlockResult.Refused);
            return false;
        }

        _clients[client].Pay(state.Sectors);
        state.InFlight = true;
        _clients[client].InFlight++;
        state.Tag = request.Tag;
        uint type = isFlush ? Flush : state.FromDisk ? Read : Write;
        _headers.Set(index, type, sector);
        _queue.Offer(index);
        return true;
    }
}

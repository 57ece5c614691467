using System.Threading;
using Tierce.Abi;
using Tierce.Runtime;
using Tierce.Runtime.Devices;

namespace Tierce.Drivers.VirtioBlock;

/// <summary>One back end that uses the disk: its channel and its rights.</summary>
public unsafe struct BlockClient
{
    // SAFETY: the channel is mapped for the domain's life; indices are masked by the size of its rings.

    private const ulong FirstAddress = 0x0000_0011_0000_0000;

    private BlockChannel* _channel;
    private Notification _peer;
    private ulong _bit;
    private uint _taken, _answered;
    private SectorRange _part;
    private ClientRates _rates;

    /// <summary>It may not write.</summary>
    public bool ReadOnly { get; private set; }

    /// <summary>Opens the client of that number.</summary>
    public void Open(Startup startup, int index, in Disk disk, ref SlotAllocator slots)
    {
        bool listed = startup.TryGet(StartupPurpose.BlockChannel, index, out uint channel, out _)
            & startup.TryGet(StartupPurpose.Peer, index, out uint peer, out _bit)
            & TryFact(startup, index, ClientFacts.ReadOnly, out ulong readOnly)
            & TryFact(startup, index, ClientFacts.FirstSector, out ulong first)
            & TryFact(startup, index, ClientFacts.Sectors, out ulong sectors);
        Failure.Check(listed ? Status.Ok : Status.BadArgument, "a client's part of the startup page"u8);
        _peer = new Notification(peer);
        ulong address = FirstAddress + ((ulong)index << 16);
        const CapRights Both = CapRights.Read | CapRights.Write;
        Failure.Check(new Memory(channel).Map(Domain.Own, address, 0, BlockChannel.Pages, Both, slots.Take()), "mapping a channel"u8);
        _channel = (BlockChannel*)address;
        _taken = Volatile.Read(ref _channel->Requested);
        _answered = Volatile.Read(ref _channel->Answered);
        _part = new SectorRange(first, sectors);
        _rates = new ClientRates(startup.TscHertz);
        ReadOnly = (disk.Features & BlockFeatures.ReadOnly) != 0 || readOnly != 0;
        _channel->Features = (disk.Features & ~BlockFeatures.ReadOnly) | (ReadOnly ? BlockFeatures.ReadOnly : 0);
        _channel->Sectors = sectors;
        _channel->BlockSize = disk.BlockSize;
        _channel->Heads = disk.Heads;
        _channel->StartIndex = _taken;
        uint generation = _channel->Generation + 1;
        Volatile.Write(ref _channel->Generation, generation == 0 ? 1 : generation);
    }

    private static bool TryFact(Startup startup, int client, int word, out ulong value) =>
        startup.TryGet(StartupPurpose.ClientFact, (client * ClientFacts.Words) + word, out _, out value);

    /// <summary>Takes the next request. It is copied once; the client can change the ring at any time.</summary>
    public bool TryTake(out BlockRequest request)
    {
        request = default;
        uint waiting = Volatile.Read(ref _channel->Requested) - _taken;
        if (waiting - 1 >= BlockChannel.Entries)
        {
            return false;
        }

        ulong* entry = (ulong*)(&_channel->FirstRequest + (_taken & (BlockChannel.Entries - 1)));
        ulong first = Volatile.Read(ref entry[0]);
        request.Tag = (uint)first;
        request.Head = (uint)(first >> 32);
        request.Sector = Volatile.Read(ref entry[1]);
        _taken++;
        return true;
    }

    /// <summary>Whether a request waits.</summary>
    public readonly bool HasRequest => Volatile.Read(ref _channel->Requested) - _taken - 1 < BlockChannel.Entries;

    /// <summary>Its part of the disk, which root has checked.</summary>
    public readonly SectorRange Part => _part;

    /// <summary>When its next request may be taken, in ticks of the time-stamp counter; 0 if at once.</summary>
    public readonly ulong FreeAt => _rates.FreeAt;

    /// <summary>Takes the limits that root wants now. Each word is read once, since root may change it at any time.</summary>
    public void TakeRates(ClientRate* wanted) =>
        _rates.Change(Volatile.Read(ref wanted->Operations), Volatile.Read(ref wanted->Bytes));

    /// <summary>Counts a request against its limits.</summary>
    public void Pay(uint sectors) => _rates.Pay(sectors);

    /// <summary>Answers a request.</summary>
    public void Answer(uint tag, BlockResult result)
    {
        BlockAnswer* entry = &_channel->FirstAnswer + (_answered & (BlockChannel.Entries - 1));
        *(ulong*)entry = tag | ((ulong)result << 32);
        _answered++;
        Volatile.Write(ref _channel->Answered, _answered);
        IsTouched = true;
    }

    /// <summary>It has answers and was not signalled since.</summary>
    public bool IsTouched { get; private set; }

    /// <summary>Whether it waits for the answers that it was not signalled, once.</summary>
    public bool TakeWaiter()
    {
        IsTouched = false;
        return Interlocked.Exchange(ref _channel->ClientWaits, 0) != 0;
    }

    /// <summary>Announces that the driver waits, and how far it is.</summary>
    public readonly void BeginWait()
    {
        _channel->Taken = _taken;
        _channel->InFlight = InFlight;
        Interlocked.Exchange(ref _channel->DriverWaits, 1);
    }

    /// <summary>Announces that the driver looks at the rings anyway.</summary>
    public readonly void EndWait() => Volatile.Write(ref _channel->DriverWaits, 0);

    /// <summary>Its requests that the device has.</summary>
    public uint InFlight;

    /// <summary>SND.</summary>
    public readonly void Send() => TopHalf.Send(_peer, _bit);

    /// <summary>SND and GET in one call.</summary>
    public readonly ulong SendAndGet(TopHalf topHalf, ulong deadline) => topHalf.SendAndGet(_peer, _bit, deadline);
}

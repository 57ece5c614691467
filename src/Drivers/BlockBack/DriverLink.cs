using System.Threading;
using Tierce.Abi;
using Tierce.Runtime;
using Tierce.Runtime.Devices;

namespace Tierce.Drivers.BlockBack;

/// <summary>The back end's side of a channel to a disk's driver.</summary>
public unsafe struct DriverLink
{
    // SAFETY: the channel is mapped for the domain's life; indices are masked by the size of its rings.

    private BlockChannel* _channel;
    private Notification _driver;
    private ulong _bit;
    private uint _requested, _answered;
    private bool _written;

    /// <summary>Opens the channel of device <paramref name="index"/>.</summary>
    public void Open(Startup startup, int index, ulong address, ref SlotAllocator slots)
    {
        bool listed = startup.TryGet(StartupPurpose.BlockChannel, index, out uint channel, out _)
            & startup.TryGet(StartupPurpose.Peer, index, out uint driver, out _bit);
        Failure.Check(listed ? Status.Ok : Status.BadArgument, "a device's part of the startup page"u8);
        _driver = new Notification(driver);
        Failure.Check(
            new Memory(channel).Map(Domain.Own, address, 0, BlockChannel.Pages, CapRights.Read | CapRights.Write, slots.Take()),
            "mapping a channel"u8);
        _channel = (BlockChannel*)address;
    }

    /// <summary>Whether the driver has taken and answered all that was requested, by an earlier life of the back end.</summary>
    public readonly bool IsSettled =>
        Volatile.Read(ref _channel->Taken) == Volatile.Read(ref _channel->Requested) && Volatile.Read(ref _channel->InFlight) == 0;

    /// <summary>Continues where the earlier life stopped. Its answers are dropped.</summary>
    public void Adopt()
    {
        _requested = Volatile.Read(ref _channel->Requested);
        _answered = Volatile.Read(ref _channel->Answered);
    }

    /// <summary>The driver's life; 0 before its first.</summary>
    public readonly uint Generation => Volatile.Read(ref _channel->Generation);

    /// <summary>The first request that the driver's life takes.</summary>
    public readonly uint StartIndex => Volatile.Read(ref _channel->StartIndex);

    /// <summary>What the disk is; valid in the first life already, and the same in all.</summary>
    public readonly ulong Sectors => Volatile.Read(ref _channel->Sectors);

    /// <inheritdoc cref="Sectors"/>
    public readonly uint BlockSize => Volatile.Read(ref _channel->BlockSize);

    /// <inheritdoc cref="Sectors"/>
    public readonly uint Heads => Volatile.Read(ref _channel->Heads);

    /// <inheritdoc cref="Sectors"/>
    public readonly BlockFeatures Features => (BlockFeatures)Volatile.Read(ref *(uint*)&_channel->Features);

    /// <summary>Whether there are answers.</summary>
    public readonly bool HasAnswers => Volatile.Read(ref _channel->Answered) - _answered - 1 < BlockChannel.Entries;

    /// <summary>Takes the next answer, which is copied once.</summary>
    public bool TryTake(out uint tag, out BlockResult result)
    {
        tag = 0;
        result = default;
        if (!HasAnswers)
        {
            return false;
        }

        ulong answer = Volatile.Read(ref *(ulong*)(&_channel->FirstAnswer + (_answered & (BlockChannel.Entries - 1))));
        _answered++;
        tag = (uint)answer;
        result = (BlockResult)(answer >> 32);
        return true;
    }

    /// <summary>Makes a request. Returns its index.</summary>
    public uint Request(uint tag, uint head, ulong sector)
    {
        BlockRequest* entry = &_channel->FirstRequest + (_requested & (BlockChannel.Entries - 1));
        entry->Tag = tag;
        entry->Head = head;
        entry->Sector = sector;
        _written = true;
        return _requested++;
    }

    /// <summary>Shows the driver the requests. Returns whether it has to be signalled.</summary>
    public bool Publish()
    {
        if (!_written)
        {
            return false;
        }

        _written = false;
        Volatile.Write(ref _channel->Requested, _requested);
        return Interlocked.Exchange(ref _channel->DriverWaits, 0) != 0;
    }

    /// <summary>Announces that the back end waits for answers, or that it looks anyway.</summary>
    public readonly void SetWaits(bool waits) => Interlocked.Exchange(ref _channel->ClientWaits, waits ? 1U : 0);

    /// <summary>Signals the driver.</summary>
    public readonly void Signal() => _driver.Signal(_bit);

    /// <summary>Signals the driver and waits, in one call.</summary>
    public readonly ulong SignalAndWait(Notification at) => _driver.SignalAndWait(_bit, at);
}

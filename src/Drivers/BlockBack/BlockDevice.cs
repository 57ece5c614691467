using Tierce.Abi;
using Tierce.Runtime;
using Tierce.Runtime.Devices;

namespace Tierce.Drivers.BlockBack;

/// <summary>
/// One disk of the guest: takes requests from the front end's ring, splits each into parts that fit the heads of the disk's driver, copies
/// the data, and answers. A request has no effect outside this guest's ring, buffers and range of the disk.
/// </summary>
public unsafe struct BlockDevice
{
    private const ulong ChannelAddress = 0x0000_0011_0000_0000;
    private const uint Page = 4096, Sector = 512;

    /// <summary>Most copies of a part: each of its sectors may lie in another page.</summary>
    private const int MostCopiesOfPart = (int)BlockShapes.BlockPages * 8;

    /// <summary>Requests without an answer from which on <see cref="Ahead"/> applies.</summary>
    private const uint LongQueue = 4;

    private DriverLink _driver;
    private Notification _guest;
    private Memory _buffer;
    private BlockShapes _shapes;
    private BufferPages _pages;
    private FrontRing _ring;
    private Requests _requests;
    private Parts _parts;

    /// <summary>The tags of the answers that are being worked on.</summary>
    private Tags _answeredTags;

    /// <summary>The order in which requests are worked on: that of the ring.</summary>
    private uint _oldest, _newest;

    /// <summary>The first request of which the driver may not have all parts yet.</summary>
    private uint _toIssue;

    private uint _nextTag;
    private uint _generation;
    private int _inFlight;

    /// <summary>The last part found no room in the buffers.</summary>
    private bool _isFull;

    /// <summary>The driver has answered all requests of the back end's earlier lives.</summary>
    private bool _settled;

    private uint _area;

    /// <summary>The ring may have requests.</summary>
    private bool _looks;

    /// <summary>It serves a ring.</summary>
    public bool IsConnected { get; private set; }

    /// <summary>The ring or its grants are unusable.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>The driver has said what the disk is.</summary>
    public readonly bool IsKnown => _generation != 0;

    /// <summary>The driver has no part of it, not of an earlier life either.</summary>
    public readonly bool IsIdle => _inFlight == 0 && _settled;

    /// <summary>The link to the driver.</summary>
    public readonly DriverLink Driver => _driver;

    /// <summary>Opens device <paramref name="index"/> of the startup page.</summary>
    public void Open(Startup startup, int index, ref SlotAllocator slots)
    {
        _driver.Open(startup, index, ChannelAddress + ((ulong)index << 16), ref slots);
        startup.TryGet(StartupPurpose.GuestEvent, index, out uint guest, out _);
        startup.TryGet(StartupPurpose.BufferPool, index, out uint buffer, out _);
        _area = CopyList.AreaOffset(index);
        _guest = new Notification(guest);
        _buffer = new Memory(buffer);

        // An earlier life may have written requests and died before it signalled.
        _driver.Signal();
    }

    /// <summary>Serves a ring from now on. False if the front end does not grant it.</summary>
    public bool Connect(ref CopyList copies, uint reference, uint wish)
    {
        IsConnected = FrontRing.TryOpen(ref copies, _buffer, _area, reference, wish, out _ring);
        IsBroken = !IsConnected;
        _oldest = _ring.Answered;
        _newest = _oldest;
        _toIssue = _oldest;
        _looks = true;
        if (IsConnected)
        {
            Parse(ref copies, _ring.Taken - _oldest);

            // An earlier life may have written answers and died before it signalled.
            SignalGuest();
        }

        return IsConnected;
    }

    /// <summary>Serves no ring any more. Parts that the driver has end without a copy and without an answer.</summary>
    public void Disconnect()
    {
        IsConnected = false;
        for (uint i = 0; i < FrontRing.Slots; i++)
        {
            Requests.At(ref _requests, i).Active = false;
        }

        _oldest = _newest;
        _toIssue = _newest;
    }

    /// <summary>The front end has rung: the next round looks at its ring.</summary>
    public void Look() => _looks = true;

    /// <summary>Does all that can be done now. Returns whether anything was done.</summary>
    public bool Pump(ref CopyList copies)
    {
        bool any = SeeDriver() | Settle();
        any |= _settled && TakeAnswers(ref copies);
        if (IsConnected)
        {
            any |= _looks && TakeRequests(ref copies);
            any |= Issue(ref copies);
        }

        return any;
    }

    /// <summary>The last step before the back end waits. Returns whether there is more to do; then it does not wait.</summary>
    /// <param name="copies">The list of copies, empty.</param>
    /// <param name="signalsGuest">The guest needs an event.</param>
    /// <param name="signalsDriver">The driver needs a signal.</param>
    public bool Finish(ref CopyList copies, out bool signalsGuest, out bool signalsDriver)
    {
        signalsGuest = false;
        bool more = false;
        if (IsConnected)
        {
            Answer(ref copies);
            if (!_ring.Publish(ref copies, _buffer, Ahead, out signalsGuest, out more))
            {
                Break();
            }

            _looks |= more;
        }

        _driver.SetWaits(true);
        signalsDriver = _driver.Publish();
        return (more && IsConnected) || (_settled ? _driver.HasAnswers : _driver.IsSettled) || _driver.Generation != _generation;
    }

    /// <summary>Tells the driver that the back end looks at the answers anyway.</summary>
    public readonly void StopWaiting() => _driver.SetWaits(false);

    /// <summary>Signals the guest.</summary>
    public readonly void SignalGuest() => _guest.Signal(1);

    /// <summary>Signals the guest and waits, in one call.</summary>
    public readonly ulong SignalGuestAndWait(Notification at) => _guest.SignalAndWait(1, at);

    /// <summary>The first requests are made after the driver has answered those of an earlier life: they use the same heads and buffers.</summary>
    private bool Settle()
    {
        if (_settled || !IsKnown || !_driver.IsSettled)
        {
            return false;
        }

        _driver.Adopt();
        _settled = true;
        return true;
    }

    /// <summary>
    /// A new life of the driver has forgotten requests: makes them again. The answers of its last life are taken first. A request that was
    /// answered and made again would still be with the device when another one uses its buffer.
    /// </summary>
    private bool SeeDriver()
    {
        uint generation = _driver.Generation;
        if (generation == _generation)
        {
            return false;
        }

        if (_settled && _driver.HasAnswers)
        {
            return true;
        }

        if (_generation == 0)
        {
            _shapes = new BlockShapes(_driver.Heads < BlockShapes.FewestHeads ? BlockShapes.FewestHeads : _driver.Heads);
            _pages = new BufferPages(_shapes);
        }

        _generation = generation;
        uint start = _driver.StartIndex;
        for (uint tag = 0; tag < BlockChannel.Entries; tag++)
        {
            ref Part part = ref Parts.At(ref _parts, tag);
            if (part.Active && (int)(start - part.Index) > 0)
            {
                part.Index = _driver.Request(tag, part.Head, part.Sector);
            }
        }

        return true;
    }

    /// <summary>
    /// Requests that the front end may add without an event: half of those without an answer, whose answers make the back end look again. A
    /// short queue has an event for each, since there a request would wait for longer than an event costs.
    /// </summary>
    private readonly uint Ahead
    {
        get
        {
            uint unanswered = _newest - _oldest;
            return unanswered >= LongQueue ? unanswered / 2 : 0;
        }
    }

    private bool TakeRequests(ref CopyList copies)
    {
        _looks = false;
        if (!_ring.TryTake(ref copies, _buffer, out uint count))
        {
            Break();
            return true;
        }

        Parse(ref copies, count);
        return count != 0;
    }

    /// <summary>Parses the requests that follow the newest one, from the back end's own copies.</summary>
    private void Parse(ref CopyList copies, uint count)
    {
        uint first = _newest;
        _newest += count;
        for (uint i = first; i != _newest; i++)
        {
            ref RingRequest request = ref Requests.At(ref _requests, i % FrontRing.Slots);
            request.Parse(_ring.Slot(i), out uint indirect);
            if (request.IsIndirect && request.Status == RingStatus.Okay)
            {
                _ring.AddSegments(ref copies, i, indirect);
            }
        }

        int next = 0;
        copies.Run(_buffer);
        for (uint i = first; i != _newest; i++)
        {
            ref RingRequest request = ref Requests.At(ref _requests, i % FrontRing.Slots);
            if (request.IsIndirect && request.Status == RingStatus.Okay)
            {
                bool granted = CopyList.Succeeded(next++, 1);
                request.TakeSegments(granted ? _ring.Segments(i) : default, granted ? request.SegmentCount : 0, RingRequest.MostSegments);
            }
        }
    }

    /// <summary>Gives parts of the requests to the driver, in their order, as long as there are buffers.</summary>
    private bool Issue(ref CopyList copies)
    {
        if (_toIssue == _newest)
        {
            return false;
        }

        uint firstNew = _nextTag;
        bool any = false;
        _isFull = false;
        for (uint i = _toIssue; i != _newest && !_isFull; i++)
        {
            uint slot = i % FrontRing.Slots;
            ref RingRequest request = ref Requests.At(ref _requests, slot);
            while (request.Active && request.Status == RingStatus.Okay && IssueOne(ref copies, slot, ref request))
            {
                any = true;
            }

            _toIssue += i == _toIssue && (request.IsIssued || !request.Active) ? 1U : 0;
        }

        copies.Run(_buffer);
        for (uint tag = firstNew; tag != _nextTag; tag++)
        {
            Submit(tag % BlockChannel.Entries);
        }

        return any;
    }

    /// <summary>Takes the next part of a request, if it has one and there is room for it.</summary>
    private bool IssueOne(ref CopyList copies, uint slot, ref RingRequest request)
    {
        bool flush = request.FlushBefore || (request.FlushAfter && request.Issued == request.Bytes);
        uint left = request.Bytes - request.Issued;

        // A flush waits for the data before it, and the data of a flush for the flush before them.
        bool waits = (flush || (request.FlushAfter && request.Issued == 0)) && request.Outstanding != 0;
        ref Part part = ref Parts.At(ref _parts, _nextTag % BlockChannel.Entries);
        if ((!flush && left == 0) || waits || copies.Room < MostCopiesOfPart || part.Active)
        {
            return false;
        }

        part = default;
        part.Request = (byte)slot;
        if (!flush && !TakeBuffer(ref part, left, request.FromDisk))
        {
            // Later requests wait too. Otherwise a large request might never find room.
            _isFull = true;
            return false;
        }

        part.Active = true;
        part.First = request.Issued;
        part.Sector = flush ? 0 : request.Sector + (request.Issued / Sector);
        request.Issued += part.Bytes;
        request.Outstanding++;
        if (flush)
        {
            request.FlushAfter &= request.FlushBefore;
            request.FlushBefore = false;
        }
        else if (!request.FromDisk)
        {
            AddCopies(ref copies, ref part, request, GrantCopyFlags.None);
        }

        _nextTag++;
        _inFlight++;
        return true;
    }

    private bool TakeBuffer(ref Part part, uint left, bool fromDisk)
    {
        if (left >= Page)
        {
            part.Pages = _pages.Take(left / Page, wholeBlocks: _inFlight != 0, out part.Page);
            part.Bytes = part.Pages * Page;
            part.BufferOffset = (1 + part.Page) * Page;
            part.Head = part.Pages == 0 ? 0 : _shapes.Whole(part.Page, part.Pages, fromDisk);
            return part.Pages != 0;
        }

        if (_pages.SmallTaken)
        {
            return false;
        }

        uint sectors = left / Sector >= 4 ? 4U : left / Sector >= 2 ? 2U : 1;
        _pages.SmallTaken = true;
        part.Bytes = sectors * Sector;
        part.Head = BlockShapes.Small(0, sectors, fromDisk);
        return true;
    }

    /// <summary>Adds the copies between a part's buffer and the segments of its request.</summary>
    private static void AddCopies(ref CopyList copies, ref Part part, in RingRequest request, GrantCopyFlags flags)
    {
        part.FirstCopy = copies.Count;
        uint end = part.First + part.Bytes;
        uint at = 0;
        for (int i = 0; i < request.SegmentCount && at < end; i++)
        {
            RingSegment segment = request[i];
            uint from = at > part.First ? at : part.First;
            uint to = at + segment.Bytes < end ? at + segment.Bytes : end;
            if (from < to)
            {
                copies.Add(segment.Reference, segment.Offset + (from - at), to - from, part.BufferOffset + (from - part.First), flags);
            }

            at += segment.Bytes;
        }

        part.Copies = copies.Count - part.FirstCopy;
    }

    /// <summary>Gives a part to the driver, unless a copy of its data failed.</summary>
    private void Submit(uint tag)
    {
        ref Part part = ref Parts.At(ref _parts, tag);
        if (SeeCopies(part))
        {
            part.Index = _driver.Request(tag, part.Head, part.Sector);
        }
        else
        {
            End(ref part);
        }
    }

    private bool TakeAnswers(ref CopyList copies)
    {
        if (!_driver.HasAnswers)
        {
            return false;
        }

        uint count = 0;
        while (count < BlockChannel.Entries && copies.Room >= MostCopiesOfPart && _driver.TryTake(out uint tag, out BlockResult result))
        {
            _answeredTags[(int)count++] = tag;
            if (tag >= BlockChannel.Entries || !Parts.At(ref _parts, tag).Active)
            {
                continue;
            }

            ref Part part = ref Parts.At(ref _parts, tag);
            ref RingRequest request = ref Requests.At(ref _requests, part.Request);
            request.Status = result == BlockResult.Ok ? request.Status : RingStatus.Error;
            part.Copies = 0;
            if (request.Active && request.FromDisk && request.Status == RingStatus.Okay)
            {
                AddCopies(ref copies, ref part, request, GrantCopyFlags.ToGuest);
            }
        }

        copies.Run(_buffer);
        for (uint i = 0; i < count; i++)
        {
            // A driver may name a part twice, or one that there is not.
            uint tag = _answeredTags[(int)i];
            if (tag < BlockChannel.Entries && Parts.At(ref _parts, tag).Active)
            {
                ref Part part = ref Parts.At(ref _parts, tag);
                SeeCopies(part);
                End(ref part);
            }
        }

        return count != 0;
    }

    /// <summary>Whether the last copies of a part succeeded; if not, its request fails.</summary>
    private bool SeeCopies(in Part part)
    {
        bool succeeded = CopyList.Succeeded(part.FirstCopy, part.Copies);
        if (!succeeded)
        {
            Requests.At(ref _requests, part.Request).Status = RingStatus.Error;
        }

        return succeeded;
    }

    private void End(ref Part part)
    {
        part.Active = false;
        Requests.At(ref _requests, part.Request).Outstanding--;
        _inFlight--;
        if (part.Pages != 0)
        {
            _pages.Free(part.Page, part.Pages);
        }
        else if (part.Bytes != 0)
        {
            _pages.SmallTaken = false;
        }
    }

    /// <summary>
    /// Writes the answers of requests that are done. They go out in the order of the ring: an answer takes the place of the request with its
    /// index, so that requests without an answer stay readable for the back end's next life.
    /// </summary>
    private void Answer(ref CopyList copies)
    {
        while (_oldest != _newest && Requests.At(ref _requests, _oldest % FrontRing.Slots).IsDone)
        {
            ref RingRequest request = ref Requests.At(ref _requests, _oldest % FrontRing.Slots);
            _ring.Answer(ref copies, request);
            request.Active = false;
            _toIssue += _toIssue == _oldest ? 1U : 0;
            _oldest++;
        }
    }

    private void Break()
    {
        IsBroken = true;
        Disconnect();
    }
}

using System.Buffers.Binary;
using Tierce.Abi;
using Tierce.Runtime;

namespace Tierce.Drivers.BlockBack;

/// <summary>
/// The ring that the front end grants. The back end maps nothing of it: it copies what it reads, once, and copies what it writes. Layout:
/// Xen public header <c>io/ring.h</c>, with 32 slots of <see cref="RingRequest.Size"/> bytes.
/// </summary>
public struct FrontRing
{
    /// <summary>Slots; a power of two.</summary>
    public const uint Slots = 32;

    /// <summary>The ring's head: indices of 4 bytes each. <see cref="TryTake"/> and <see cref="Publish"/> read all of it at once.</summary>
    private const uint Head = 0, RequestEvent = 4, AnswerProduced = 8, AnswerEvent = 12, HeadSize = 16, FirstSlot = 64;
    private const int AnswerSize = 16, AnswerOperation = 8, AnswerStatus = 10;

    /// <summary>
    /// Places in the device's area: indices that were read, those to write, the journal, requests, segments of indirect ones, answers to write.
    /// </summary>
    private const uint IndexPlace = 0, OwnIndexPlace = 16, JournalPlace = 32, SlotPlace = FirstSlot, SegmentPlace = 4096, AnswerPlace = 12288;

    /// <summary>Bytes of the segments of an indirect request.</summary>
    private const uint SegmentBytes = RingRequest.MostSegments * RingRequest.SegmentSize;

    private const GrantCopyFlags ToGuest = GrantCopyFlags.Own | GrantCopyFlags.ToGuest;

    private readonly uint _reference, _area;
    private uint _taken, _answered, _published;

    /// <summary>The request at which the front end has to send an event, as this life has last asked for it.</summary>
    private uint _event;

    /// <summary><see cref="_event"/> has been written.</summary>
    private bool _asked;

    private FrontRing(uint area, uint reference, uint answered)
    {
        _area = area;
        _reference = reference;
        _taken = answered;
        _answered = answered;
        _published = answered;
        _event = 0;
        _asked = false;
    }

    /// <summary>Requests that were taken: the next one has this index.</summary>
    public readonly uint Taken => _taken;

    /// <summary>Requests that were answered.</summary>
    public readonly uint Answered => _answered;

    /// <summary>
    /// Opens the ring that the front end grants. It begins where the answers stand, which is at 0 in a new ring. If the back end's last life
    /// served this ring, for the same wish of the monitor, the requests that it took are taken still.
    /// </summary>
    /// <returns>False if the front end does not grant the ring.</returns>
    public static bool TryOpen(ref CopyList copies, Memory buffer, uint area, uint reference, uint wish, out FrontRing ring)
    {
        copies.Add(reference, AnswerProduced, 4, area + IndexPlace, GrantCopyFlags.Own);
        copies.Run(buffer);
        bool granted = CopyList.Succeeded(0, 1);
        ring = new FrontRing(area, reference, Word(area, IndexPlace));
        uint known = Word(area, JournalPlace + 4);
        if (Word(area, JournalPlace) == wish && known - ring._answered <= Slots)
        {
            ring._taken = known;
        }

        Put(area, JournalPlace + 4, ring._taken);
        Put(area, JournalPlace, wish);
        return granted;
    }

    /// <summary>
    /// Copies the new requests into the back end's memory. False if the ring is unusable: not granted any more, or with an impossible index.
    /// </summary>
    public bool TryTake(ref CopyList copies, Memory buffer, out uint count)
    {
        uint slot = _taken % Slots;
        bool free = _taken - _answered < Slots;
        copies.Add(_reference, Head, HeadSize, _area + IndexPlace, GrantCopyFlags.Own);

        // Mostly there is one. A slot that holds a request without an answer is not read again.
        int added = 1 + AddSlots(ref copies, slot, free ? 1U : 0);
        copies.Run(buffer);
        count = Word(_area, IndexPlace) - _taken;
        if (!CopyList.Succeeded(0, added) || count > Slots - (_taken - _answered))
        {
            return false;
        }

        if (count > 1)
        {
            slot = (slot + 1) % Slots;
            uint rest = count - 1;
            uint whole = rest < Slots - slot ? rest : Slots - slot;
            added = AddSlots(ref copies, slot, whole) + AddSlots(ref copies, 0, rest - whole);
            copies.Run(buffer);
            if (!CopyList.Succeeded(0, added))
            {
                return false;
            }
        }

        _taken += count;
        Put(_area, JournalPlace + 4, _taken);
        return true;
    }

    /// <summary>The back end's copy of a request.</summary>
    public readonly ReadOnlySpan<byte> Slot(uint index) =>
        CopyList.Area(_area).Slice((int)(SlotPlace + (index % Slots * RingRequest.Size)), RingRequest.Size);

    /// <summary>Adds the copy of an indirect request's segments.</summary>
    public readonly void AddSegments(ref CopyList copies, uint index, uint reference) =>
        copies.Add(reference, 0, SegmentBytes, _area + SegmentPlace + (index % Slots * SegmentBytes), GrantCopyFlags.Own);

    /// <summary>The back end's copy of the segments.</summary>
    public readonly ReadOnlySpan<byte> Segments(uint index) =>
        CopyList.Area(_area).Slice((int)(SegmentPlace + (index % Slots * SegmentBytes)), (int)SegmentBytes);

    /// <summary>Writes an answer; <see cref="Publish"/> copies it to the front end.</summary>
    public void Answer(ref CopyList copies, in RingRequest request)
    {
        uint slot = _answered % Slots;
        Span<byte> answer = CopyList.Area(_area).Slice((int)(AnswerPlace + (slot * AnswerSize)), AnswerSize);
        answer.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(answer, request.Id);
        answer[AnswerOperation] = request.Operation;
        BinaryPrimitives.WriteInt16LittleEndian(answer.Slice(AnswerStatus), (short)request.Status);
        copies.Add(_reference, FirstSlot + (slot * RingRequest.Size), AnswerSize, _area + AnswerPlace + (slot * AnswerSize), ToGuest);
        _answered++;
    }

    /// <summary>
    /// Shows the front end the answers that were written, asks it for an event, and looks for requests once more. Does nothing if nothing has
    /// changed.
    /// </summary>
    /// <param name="copies">With the copies of <see cref="Answer"/>.</param>
    /// <param name="buffer">The back end's buffers.</param>
    /// <param name="ahead">Requests that may wait without an event: the back end will look at the ring again anyway.</param>
    /// <param name="wantsEvent">The front end wants an event for these answers.</param>
    /// <param name="more">There are requests for which no event comes, or some at a time when taking them costs little.</param>
    /// <returns>False if the ring is not granted any more.</returns>
    public bool Publish(ref CopyList copies, Memory buffer, uint ahead, out bool wantsEvent, out bool more)
    {
        uint wanted = _taken + 1 + ahead;
        bool asks = !_asked || wanted != _event;
        bool answers = _answered != _published;
        wantsEvent = false;
        more = false;
        if (!asks && !answers)
        {
            return true;
        }

        // The two words are neighbours in the ring as they are here.
        uint first = asks ? RequestEvent : AnswerProduced;
        uint end = answers ? AnswerProduced + 4 : AnswerProduced;
        Put(_area, OwnIndexPlace, wanted);
        Put(_area, OwnIndexPlace + 4, _answered);
        copies.Add(_reference, first, end - first, _area + OwnIndexPlace + (first - RequestEvent), ToGuest);
        copies.Add(_reference, Head, HeadSize, _area + IndexPlace, GrantCopyFlags.Own);
        int count = copies.Count;
        copies.Run(buffer);
        uint waiting = Word(_area, IndexPlace) - _taken;
        more = waiting > (answers ? 0 : ahead);
        wantsEvent = answers && _answered - Word(_area, IndexPlace + AnswerEvent) < _answered - _published;
        _published = _answered;
        _event = wanted;
        _asked = true;
        return CopyList.Succeeded(0, count);
    }

    private readonly int AddSlots(ref CopyList copies, uint slot, uint count)
    {
        uint place = FirstSlot + (slot * RingRequest.Size);
        if (count != 0)
        {
            copies.Add(_reference, place, count * RingRequest.Size, _area + SlotPlace + (slot * RingRequest.Size), GrantCopyFlags.Own);
        }

        return count != 0 ? 1 : 0;
    }

    private static uint Word(uint area, uint place) => BinaryPrimitives.ReadUInt32LittleEndian(CopyList.Area(area).Slice((int)place));

    private static void Put(uint area, uint place, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(CopyList.Area(area).Slice((int)place), value);
}

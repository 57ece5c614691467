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

    private const uint RequestProduced = 0, RequestEvent = 4, AnswerProduced = 8, AnswerEvent = 12, FirstSlot = 64;
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

    private FrontRing(uint area, uint reference, uint answered)
    {
        _area = area;
        _reference = reference;
        _taken = answered;
        _answered = answered;
        _published = answered;
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
        copies.Add(_reference, RequestProduced, 4, _area + IndexPlace, GrantCopyFlags.Own);
        copies.Run(buffer);
        count = Word(_area, IndexPlace) - _taken;
        if (!CopyList.Succeeded(0, 1) || count > Slots - (_taken - _answered))
        {
            return false;
        }

        uint slot = _taken % Slots;
        uint whole = count < Slots - slot ? count : Slots - slot;
        int added = AddSlots(ref copies, slot, whole) + AddSlots(ref copies, 0, count - whole);
        copies.Run(buffer);
        if (!CopyList.Succeeded(0, added))
        {
            return false;
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
    /// Shows the front end the answers that were written, asks it for an event at its next request, and looks for requests once more.
    /// </summary>
    /// <param name="copies">With the copies of <see cref="Answer"/>.</param>
    /// <param name="buffer">The back end's buffers.</param>
    /// <param name="wantsEvent">The front end wants an event for these answers.</param>
    /// <param name="more">There are requests.</param>
    /// <returns>False if the ring is not granted any more.</returns>
    public bool Publish(ref CopyList copies, Memory buffer, out bool wantsEvent, out bool more)
    {
        Put(_area, OwnIndexPlace, _answered);
        Put(_area, OwnIndexPlace + 4, _taken + 1);
        if (_answered != _published)
        {
            copies.Add(_reference, AnswerProduced, 4, _area + OwnIndexPlace, ToGuest);
        }

        copies.Add(_reference, RequestEvent, 4, _area + OwnIndexPlace + 4, ToGuest);
        copies.Add(_reference, RequestProduced, 4, _area + IndexPlace, GrantCopyFlags.Own);
        copies.Add(_reference, AnswerEvent, 4, _area + IndexPlace + 4, GrantCopyFlags.Own);
        int count = copies.Count;
        copies.Run(buffer);
        more = Word(_area, IndexPlace) != _taken;
        wantsEvent = _answered - Word(_area, IndexPlace + 4) < _answered - _published;
        _published = _answered;
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

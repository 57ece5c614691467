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

    /// <summary>Places in the back end's own memory: indices, requests, the answers to write.</summary>
    private const uint IndexPlace = 0, SlotPlace = FirstSlot, AnswerPlace = 12288;

    private readonly uint _reference;
    private uint _taken, _answered, _published;

    /// <summary>A ring that begins where the front end's indices say, which are 0 in a new one.</summary>
    public FrontRing(uint reference, uint answered)
    {
        _reference = reference;
        _taken = answered;
        _answered = answered;
        _published = answered;
    }

    /// <summary>Answers that were written and not published.</summary>
    public readonly uint Unpublished => _answered - _published;

    /// <summary>Reads where the answers stand in a ring. False if the front end does not grant it.</summary>
    public static bool TryReadAnswered(ref CopyList copies, Memory buffer, uint reference, out uint answered)
    {
        copies.Add(reference, AnswerProduced, 4, CopyList.Own + IndexPlace, GrantCopyFlags.Own);
        copies.Run(buffer);
        answered = Index(0);
        return CopyList.Succeeded(0, 1);
    }

    /// <summary>
    /// Copies the new requests into the back end's memory, in slots from <paramref name="first"/>. False if the ring is unusable: not
    /// granted any more, or with an impossible index.
    /// </summary>
    public bool TryTake(ref CopyList copies, Memory buffer, out uint first, out uint count)
    {
        copies.Add(_reference, RequestProduced, 4, CopyList.Own + IndexPlace, GrantCopyFlags.Own);
        copies.Run(buffer);
        first = _taken;
        count = Index(0) - _taken;
        if (!CopyList.Succeeded(0, 1) || count > Slots - (_taken - _answered))
        {
            return false;
        }

        uint slot = first % Slots;
        uint whole = count < Slots - slot ? count : Slots - slot;
        int added = AddSlots(ref copies, slot, whole) + AddSlots(ref copies, 0, count - whole);
        copies.Run(buffer);
        _taken += count;
        return CopyList.Succeeded(0, added);
    }

    /// <summary>The back end's copy of a request.</summary>
    public static ReadOnlySpan<byte> Slot(uint index) =>
        CopyList.OwnBytes.Slice((int)(SlotPlace + (index % Slots * RingRequest.Size)), RingRequest.Size);

    /// <summary>Writes an answer; <see cref="Publish"/> copies it to the front end.</summary>
    public void Answer(ref CopyList copies, in RingRequest request)
    {
        uint slot = _answered % Slots;
        Span<byte> answer = CopyList.OwnBytes.Slice((int)(AnswerPlace + (slot * AnswerSize)), AnswerSize);
        answer.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(answer, request.Id);
        answer[AnswerOperation] = request.Operation;
        BinaryPrimitives.WriteInt16LittleEndian(answer.Slice(AnswerStatus), (short)request.Status);
        copies.Add(_reference, FirstSlot + (slot * RingRequest.Size), AnswerSize, CopyList.Own + AnswerPlace + (slot * AnswerSize), GrantCopyFlags.Own | GrantCopyFlags.ToGuest);
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
        Span<byte> own = CopyList.OwnBytes;
        BinaryPrimitives.WriteUInt32LittleEndian(own.Slice(16), _answered);
        BinaryPrimitives.WriteUInt32LittleEndian(own.Slice(20), _taken + 1);
        const GrantCopyFlags ToGuest = GrantCopyFlags.Own | GrantCopyFlags.ToGuest;
        if (_answered != _published)
        {
            copies.Add(_reference, AnswerProduced, 4, CopyList.Own + 16, ToGuest);
        }

        copies.Add(_reference, RequestEvent, 4, CopyList.Own + 20, ToGuest);
        copies.Add(_reference, RequestProduced, 4, CopyList.Own + IndexPlace, GrantCopyFlags.Own);
        copies.Add(_reference, AnswerEvent, 4, CopyList.Own + 4, GrantCopyFlags.Own);
        int count = copies.Count;
        copies.Run(buffer);
        more = Index(0) != _taken;
        wantsEvent = _answered - Index(1) < _answered - _published;
        _published = _answered;
        return CopyList.Succeeded(0, count);
    }

    private readonly int AddSlots(ref CopyList copies, uint slot, uint count)
    {
        uint place = FirstSlot + (slot * RingRequest.Size);
        if (count != 0)
        {
            copies.Add(_reference, place, count * RingRequest.Size, CopyList.Own + SlotPlace + (slot * RingRequest.Size), GrantCopyFlags.Own);
        }

        return count != 0 ? 1 : 0;
    }

    private static uint Index(int number) => BinaryPrimitives.ReadUInt32LittleEndian(CopyList.OwnBytes.Slice(number * 4));
}

using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Tierce.Drivers.BlockBack;

namespace Tierce.User.Disks;

/// <summary>
/// A front end that keeps the rules: it makes random requests, knows what the disk must hold, and checks each answer. Overlapping requests are
/// not made at once, since their order is not defined.
/// </summary>
public sealed class HostedFrontEnd
{
    private const int RingPage = 0, RequestProduced = 0, AnswerProduced = 8, FirstSlot = 64, FirstIndirectPage = 1, IndirectPages = 4, FirstDataPage = 8;

    private readonly HostedBackEnd _backEnd;
    private readonly Random _random;
    private readonly Dictionary<ulong, Made> _made = [];
    private readonly Queue<int> _freePages;
    private readonly Queue<int> _freeIndirect;
    private readonly byte[] _expected;
    private uint _produced, _consumed;
    private ulong _nextId = 1;

    private sealed record Made(RingOperation Operation, int Sector, int Count, byte[] Data, List<(int Page, int First, int Last)> Segments, int Indirect);

    /// <summary>A front end with a new ring, to which the back end connects.</summary>
    public HostedFrontEnd(HostedBackEnd backEnd, Random random)
    {
        _backEnd = backEnd;
        _random = random;
        _expected = [.. backEnd.Disk];
        _freePages = new(Enumerable.Range(FirstDataPage, HostedBackEnd.GuestPages - FirstDataPage));
        _freeIndirect = new(Enumerable.Range(FirstIndirectPage, IndirectPages));
        backEnd.Granted.AsSpan().Fill(true);
        backEnd.Page(RingPage).Clear();
        Assert.True(backEnd.Connect(RingPage));
    }

    /// <summary>Requests without an answer.</summary>
    public int Waiting => _made.Count;

    /// <summary>Requests that were answered with an error.</summary>
    public int Errors { get; private set; }

    /// <summary>Makes a request if there is room.</summary>
    public void Request()
    {
        if (_made.Count == FrontRing.Slots)
        {
            return;
        }

        bool indirect = _random.Next(3) == 0 && _freeIndirect.Count != 0;
        RingOperation operation = _random.Next(8) == 0 && !indirect ? RingOperation.Flush : _random.Next(2) == 0 ? RingOperation.Read : RingOperation.Write;
        bool empty = operation == RingOperation.Flush && _random.Next(2) == 0;
        int most = Math.Min(_freePages.Count, indirect ? RingRequest.MostSegments : RingRequest.MostDirect);
        if (most == 0 && !empty)
        {
            return;
        }

        List<(int Page, int First, int Last)> segments = [];
        for (int i = empty ? 0 : _random.Next(1, most + 1); i > 0; i--)
        {
            int first = _random.Next(2) == 0 ? 0 : _random.Next(8);
            segments.Add((_freePages.Dequeue(), first, _random.Next(2) == 0 ? 7 : _random.Next(first, 8)));
        }

        int count = segments.Sum(segment => segment.Last - segment.First + 1);
        int sector = _random.Next(HostedBackEnd.Sectors - count + 1);
        if (_made.Values.Any(other => other.Sector < sector + count && sector < other.Sector + other.Count))
        {
            segments.ForEach(segment => _freePages.Enqueue(segment.Page));
            return;
        }

        Write(new Made(operation, sector, count, new byte[count * 512], segments, indirect ? _freeIndirect.Dequeue() : 0));
    }

    /// <summary>Makes a flush with data: some whole pages.</summary>
    public void Flush(int segments)
    {
        List<(int Page, int First, int Last)> pages = [.. Enumerable.Range(0, segments).Select(_ => (_freePages.Dequeue(), 0, 7))];
        Write(new Made(RingOperation.Flush, 8, segments * 8, new byte[segments * HostedBackEnd.PageSize], pages, 0));
    }

    /// <summary>Takes the answers and checks them.</summary>
    /// <param name="expectErrors">Errors may come.</param>
    public void TakeAnswers(bool expectErrors = false)
    {
        uint produced = _backEnd.Word(RingPage, AnswerProduced);
        Assert.True(produced - _consumed <= (uint)_made.Count, "more answers than requests");
        for (; _consumed != produced; _consumed++)
        {
            ReadOnlySpan<byte> answer = _backEnd.Page(RingPage).Slice(FirstSlot + ((int)(_consumed % FrontRing.Slots) * RingRequest.Size), 16);
            Assert.True(_made.Remove(BinaryPrimitives.ReadUInt64LittleEndian(answer), out Made? made), "an answer is none, or comes twice");
            Assert.Equal((byte)made.Operation, answer[8]);
            bool good = BinaryPrimitives.ReadInt16LittleEndian(answer[10..]) == 0;
            Assert.True(good || expectErrors, "a request fails");
            Errors += good ? 0 : 1;
            Finish(made, good);
        }
    }

    /// <summary>What has been written and answered is on the disk.</summary>
    public void ExpectDisk() => Assert.True(_expected.AsSpan().SequenceEqual(_backEnd.Disk), "the disk holds something else");

    private void Write(Made made)
    {
        if (made.Operation != RingOperation.Read)
        {
            _random.NextBytes(made.Data);
        }

        Move(made, toPages: made.Operation != RingOperation.Read);
        Span<byte> slot = _backEnd.Page(RingPage).Slice(FirstSlot + ((int)(_produced % FrontRing.Slots) * RingRequest.Size), RingRequest.Size);
        slot.Clear();
        slot[0] = (byte)(made.Indirect != 0 ? RingOperation.Indirect : made.Operation);
        slot[1] = (byte)(made.Indirect != 0 ? (int)made.Operation : made.Segments.Count);
        BinaryPrimitives.WriteUInt64LittleEndian(slot[8..], _nextId);
        BinaryPrimitives.WriteUInt64LittleEndian(slot[16..], (ulong)made.Sector);
        Span<byte> segments = slot[24..];
        if (made.Indirect != 0)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(slot[2..], (ushort)made.Segments.Count);
            BinaryPrimitives.WriteUInt32LittleEndian(slot[28..], (uint)made.Indirect);
            segments = _backEnd.Page(made.Indirect);
        }

        foreach ((int page, int first, int last) in made.Segments)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(segments, (uint)page);
            segments[4] = (byte)first;
            segments[5] = (byte)last;
            segments = segments[RingRequest.SegmentSize..];
        }

        _made.Add(_nextId++, made);
        _backEnd.Word(RingPage, RequestProduced) = ++_produced;
    }

    private void Finish(Made made, bool good)
    {
        Span<byte> expected = _expected.AsSpan(made.Sector * 512, made.Count * 512);
        if (!good)
        {
            // Part of it may have been written.
            _backEnd.Disk.AsSpan(made.Sector * 512, made.Count * 512).CopyTo(expected);
        }
        else if (made.Operation == RingOperation.Read)
        {
            Move(made, toPages: false);
            Assert.True(expected.SequenceEqual(made.Data), "a read brings something else");
        }
        else
        {
            made.Data.CopyTo(expected);
        }

        made.Segments.ForEach(segment => _freePages.Enqueue(segment.Page));
        if (made.Indirect != 0)
        {
            _freeIndirect.Enqueue(made.Indirect);
        }
    }

    private void Move(Made made, bool toPages)
    {
        int at = 0;
        foreach ((int page, int first, int last) in made.Segments)
        {
            Span<byte> inPage = _backEnd.Page(page).Slice(first * 512, (last - first + 1) * 512);
            Span<byte> data = made.Data.AsSpan(at, inPage.Length);
            (toPages ? data : inPage).CopyTo(toPages ? inPage : data);
            at += inPage.Length;
        }
    }
}

using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Tierce.Drivers.BlockBack;

/// <summary>Operations of Xen's block interface. Source: Xen public header <c>io/blkif.h</c>.</summary>
public enum RingOperation : byte
{
    /// <summary>Read sectors.</summary>
    Read = 0,

    /// <summary>Write sectors.</summary>
    Write = 1,

    /// <summary>Make stable what was written. If it carries data, they are written in between.</summary>
    Flush = 3,

    /// <summary>A read or write whose segments lie in pages of their own.</summary>
    Indirect = 6,
}

/// <summary>A part of a request: sectors of one granted page.</summary>
public readonly struct RingSegment
{
    /// <summary>Grant reference.</summary>
    public readonly uint Reference;

    /// <summary>First byte and number of bytes in the page.</summary>
    public readonly ushort Offset, Bytes;

    private const int SectorsOfPage = 8;

    /// <summary>Reads struct blkif_request_segment. Its size is 0 if it makes no sense.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public RingSegment(ReadOnlySpan<byte> entry)
    {
        ulong word = BinaryPrimitives.ReadUInt64LittleEndian(entry);
        Reference = (uint)word;
        uint first = (byte)(word >> 32);
        uint last = (byte)(word >> 40);
        bool good = first <= last && last < SectorsOfPage;
        Offset = (ushort)(good ? first * 512 : 0);
        Bytes = (ushort)(good ? (last - first + 1) * 512 : 0);
    }
}

/// <summary>
/// A request of the front end, parsed from the back end's own copy. Offsets: struct blkif_request, _discard and _indirect, x86-64.
/// </summary>
public struct RingRequest
{
    /// <summary>Bytes of a slot of the ring.</summary>
    public const int Size = 112;

    /// <summary>Most segments of a request, and of an indirect one: 128 KiB.</summary>
    public const int MostDirect = 11, MostSegments = 32;

    /// <summary>Bytes of a segment.</summary>
    public const int SegmentSize = 8;

    private const int Handle = 2, Identity = 8, SectorNumber = 16, FirstSegment = 24, IndirectReference = 28;

    /// <summary>Number that the answer repeats.</summary>
    public ulong Id;

    /// <summary>First sector.</summary>
    public ulong Sector;

    /// <summary>Operation that the answer repeats: of an indirect request, the one that it stands for.</summary>
    public byte Operation;

    /// <summary>Its segments lie in a page of their own.</summary>
    public bool IsIndirect;

    /// <summary>Bytes of all segments.</summary>
    public uint Bytes;

    /// <summary>Number of segments.</summary>
    public int SegmentCount;

    /// <summary>Data move from the disk.</summary>
    public bool FromDisk;

    /// <summary>Flushes that are left: before and after the data.</summary>
    public bool FlushBefore, FlushAfter;

    /// <summary>Bytes that have been given to parts; parts that the driver has.</summary>
    public uint Issued;

    /// <inheritdoc cref="Issued"/>
    public int Outstanding;

    /// <summary>The answer's status.</summary>
    public RingStatus Status;

    /// <summary>It waits for its answer, or for its parts.</summary>
    public bool Active;

    private Segments _segments;

    [InlineArray(MostSegments)]
    private struct Segments
    {
        private RingSegment _first;
    }

    /// <summary>A segment.</summary>
    public readonly RingSegment this[int index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _segments[index];
    }

    /// <summary>Whether no part of it is left to give to the driver.</summary>
    public readonly bool IsIssued => Status != RingStatus.Okay || (Issued == Bytes && !FlushBefore && !FlushAfter);

    /// <summary>Whether all its work is done.</summary>
    public readonly bool IsDone => Outstanding == 0 && IsIssued;

    /// <summary>
    /// Parses a slot. For an indirect request it returns the grant reference of its segments, which <see cref="TakeSegments"/> then takes;
    /// otherwise 0. <see cref="Status"/> shows whether it is refused.
    /// </summary>
    public void Parse(ReadOnlySpan<byte> slot, out uint indirectReference)
    {
        this = default;
        Active = true;
        indirectReference = 0;
        Operation = slot[0];
        Id = BinaryPrimitives.ReadUInt64LittleEndian(slot.Slice(Identity));
        Sector = BinaryPrimitives.ReadUInt64LittleEndian(slot.Slice(SectorNumber));
        int count = slot[1];
        switch ((RingOperation)Operation)
        {
            case RingOperation.Read or RingOperation.Write:
                FromDisk = Operation == (byte)RingOperation.Read;
                TakeSegments(slot.Slice(FirstSegment), count, MostDirect);
                break;
            case RingOperation.Flush:
                FlushBefore = true;
                FlushAfter = count != 0;
                if (count != 0)
                {
                    TakeSegments(slot.Slice(FirstSegment), count, MostDirect);
                }

                break;
            case RingOperation.Indirect:
                count = BinaryPrimitives.ReadUInt16LittleEndian(slot.Slice(Handle));
                IsIndirect = true;
                Operation = slot[1];
                FromDisk = Operation == (byte)RingOperation.Read;
                bool good = Operation <= (byte)RingOperation.Write && count is > 0 and <= MostSegments;
                Status = good ? RingStatus.Okay : RingStatus.Error;
                SegmentCount = good ? count : 0;
                indirectReference = BinaryPrimitives.ReadUInt32LittleEndian(slot.Slice(IndirectReference));
                break;
            default:
                Status = RingStatus.NotSupported;
                break;
        }
    }

    /// <summary>Takes the segments of a request.</summary>
    public void TakeSegments(ReadOnlySpan<byte> entries, int count, int most)
    {
        if (count == 0 || count > most)
        {
            Status = RingStatus.Error;
            return;
        }

        Bytes = 0;
        SegmentCount = count;
        for (int i = 0; i < count; i++)
        {
            RingSegment segment = new(entries.Slice(i * SegmentSize, SegmentSize));
            _segments[i] = segment;
            Bytes += segment.Bytes;
            Status = segment.Bytes == 0 ? RingStatus.Error : Status;
        }
    }
}

/// <summary>Status of an answer (<c>io/blkif.h</c>).</summary>
public enum RingStatus : short
{
    /// <summary>Done.</summary>
    Okay = 0,

    /// <summary>Failed.</summary>
    Error = -1,

    /// <summary>No such operation.</summary>
    NotSupported = -2,
}

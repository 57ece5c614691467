using System;

namespace Tierce.Guest;

/// <summary>What a byte of the console was.</summary>
internal enum FrameStep
{
    /// <summary>Part of no frame.</summary>
    Plain,

    /// <summary>Part of a frame that is not whole yet, or perhaps of the start of one.</summary>
    Taken,

    /// <summary>The last of a frame, which can be used now.</summary>
    Whole,

    /// <summary>Not what follows the bytes held so far, which were no start: they are plain, and this byte is to be given again.</summary>
    Broken,

    /// <summary>A frame was spoilt, whose contents are lost.</summary>
    Damaged,
}

/// <summary>Takes frames out of a console's bytes, one at a time. The buffers are the caller's, and the same at each call.</summary>
internal struct FrameReader
{
    /// <summary>Bytes of the frame after its start; below zero outside of one.</summary>
    private int _have;

    private int _matched;
    private int _size;
    private readonly bool _mixed;

    /// <summary>Outside of any frame.</summary>
    /// <param name="mixed">Others write to the console too: the ASCII of their lines may come anywhere, and is no part of a frame that it cuts.</param>
    public FrameReader(bool mixed)
    {
        _have = -1;
        _matched = 0;
        _size = 0;
        _mixed = mixed;
    }

    /// <summary>Bytes of the start that were taken, and may turn out to be none.</summary>
    public int Held { get; private set; }

    /// <summary>Whether a frame has begun and not ended.</summary>
    public readonly bool IsInside => _have >= 0;

    /// <summary>Takes a byte.</summary>
    /// <param name="value">The byte.</param>
    /// <param name="start">How frames start.</param>
    /// <param name="frame">Room for a frame; when one is whole, type, sequence number and two more bytes, then its payload.</param>
    public FrameStep Take(byte value, ReadOnlySpan<byte> start, Span<byte> frame)
    {
        if (value < FrameFormat.Mark && (_mixed || _have >= 0 || _matched == 0))
        {
            return FrameStep.Plain;
        }

        if (value != start[_matched])
        {
            if (_have < 0 && _matched > 0)
            {
                Held = _matched;
                _matched = 0;
                return FrameStep.Broken;
            }

            _matched = value == start[0] ? 1 : 0;
        }
        else if (++_matched == FrameFormat.StartSize)
        {
            // A start inside a frame: the sender did not end that frame.
            FrameStep step = _have < 0 ? FrameStep.Taken : FrameStep.Damaged;
            _matched = 0;
            _have = 0;
            _size = FrameFormat.HeaderSize;
            return step;
        }

        if (_have >= 0)
        {
            return Store(value, frame);
        }

        return _matched > 0 ? FrameStep.Taken : FrameStep.Plain;
    }

    /// <summary>The console has ended: how many bytes were held that began no frame.</summary>
    public int End()
    {
        int held = _have < 0 ? _matched : 0;
        _have = -1;
        _matched = 0;
        return held;
    }

    private FrameStep Store(byte value, Span<byte> frame)
    {
        frame[_have++] = value;
        if (_have < _size)
        {
            return FrameStep.Taken;
        }

        int length = FrameFormat.Length(frame);
        if (_have == FrameFormat.HeaderSize && length <= FrameFormat.LargestPayload)
        {
            _size = FrameFormat.HeaderSize + FrameFormat.BodySize(length) + FrameFormat.SumSize;
            return FrameStep.Taken;
        }

        _have = -1;
        _matched = 0;
        if (length > FrameFormat.LargestPayload || !FrameFormat.IsWhole(frame.Slice(0, _size)))
        {
            return FrameStep.Damaged;
        }

        frame[0] = (byte)(frame[0] & ~FrameFormat.Mark);
        frame[1] = (byte)(frame[1] & ~FrameFormat.Mark);
        FrameFormat.Unpack(frame.Slice(FrameFormat.HeaderSize, _size - FrameFormat.HeaderSize), frame.Slice(FrameFormat.HeaderSize, length));
        return FrameStep.Whole;
    }
}

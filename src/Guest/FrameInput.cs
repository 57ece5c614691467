using System;

namespace Tierce.Guest;

/// <summary>Takes frames out of the bytes that the console delivers, with the memory that this needs. Lies in a static field, which does not move.</summary>
internal unsafe struct FrameInput
{
    private fixed byte _start[FrameFormat.StartSize];
    private fixed byte _frame[FrameFormat.LargestFrame];
    private FrameReader _reader;

    /// <summary>From now on it takes frames that are marked with the token.</summary>
    /// <param name="token">The session's.</param>
    /// <param name="mixed">As for <see cref="FrameReader(bool)"/>.</param>
    public void Open(byte* token, bool mixed)
    {
        _reader = new FrameReader(mixed);
        fixed (byte* start = _start)
        {
            FrameFormat.WriteStart(new ReadOnlySpan<byte>(token, FrameFormat.TokenSize), new Span<byte>(start, FrameFormat.StartSize));
        }
    }

    /// <summary>Takes a byte; never returns <see cref="FrameStep.Broken"/>.</summary>
    /// <param name="value">The byte.</param>
    /// <param name="held">How many bytes before it, the first of <see cref="Start"/>, were taken for the start of a frame and are none.</param>
    public FrameStep Take(byte value, out int held)
    {
        fixed (byte* start = _start, frame = _frame)
        {
            var startBytes = new ReadOnlySpan<byte>(start, FrameFormat.StartSize);
            var frameBytes = new Span<byte>(frame, FrameFormat.LargestFrame);
            FrameStep step = _reader.Take(value, startBytes, frameBytes);
            held = 0;
            if (step == FrameStep.Broken)
            {
                held = _reader.Held;
                step = _reader.Take(value, startBytes, frameBytes);
            }

            return step;
        }
    }

    /// <summary>How a frame starts.</summary>
    public byte* Start
    {
        get
        {
            // SAFETY: the structure is static.
            fixed (byte* start = _start)
            {
                return start;
            }
        }
    }

    /// <summary>Type of the frame that has become whole.</summary>
    public byte Type => Frame[0];

    /// <summary>Its sequence number.</summary>
    public byte Sequence => Frame[1];

    /// <summary>What it carries, until the next byte is taken.</summary>
    public ReadOnlySpan<byte> Payload => new(Frame + FrameFormat.HeaderSize, FrameFormat.Length(new ReadOnlySpan<byte>(Frame, FrameFormat.HeaderSize)));

    private byte* Frame
    {
        get
        {
            // SAFETY: the structure is static.
            fixed (byte* frame = _frame)
            {
                return frame;
            }
        }
    }
}

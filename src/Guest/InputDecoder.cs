using System;

namespace Tierce.Guest;

/// <summary>Takes the tool's frames out of the bytes that the console delivers: input for the command (i) and its end (z).</summary>
internal unsafe struct InputDecoder
{
    /// <summary>
    /// Most bytes that may be taken at once. What comes out of them, and of a frame that was nearly whole before, fits into a pipe with room,
    /// which takes at least 4096 bytes.
    /// </summary>
    public const int Piece = 2048;

    private fixed byte _start[FrameFormat.StartSize];
    private fixed byte _frame[FrameFormat.LargestFrame];
    private FrameReader _reader;
    private byte _expected;

    /// <summary>From now on it takes frames that are marked with the token.</summary>
    public void Open(byte* token)
    {
        _reader = new FrameReader(mixed: true);
        _expected = 1;
        fixed (byte* start = _start)
        {
            FrameFormat.WriteStart(new ReadOnlySpan<byte>(token, FrameFormat.TokenSize), new Span<byte>(start, FrameFormat.StartSize));
        }
    }

    /// <summary>Takes bytes from the console; writes the command's input to <paramref name="target"/>, and closes it at the end.</summary>
    public void Take(ReadOnlySpan<byte> bytes, ref Frames frames, ref int target)
    {
        fixed (byte* start = _start, frame = _frame)
        {
            var startBytes = new ReadOnlySpan<byte>(start, FrameFormat.StartSize);
            var frameBytes = new Span<byte>(frame, FrameFormat.LargestFrame);
            foreach (byte value in bytes)
            {
                FrameStep step = _reader.Take(value, startBytes, frameBytes);
                if (step == FrameStep.Broken)
                {
                    step = _reader.Take(value, startBytes, frameBytes);
                }

                if (step == FrameStep.Damaged || (step == FrameStep.Whole && frame[1] != _expected))
                {
                    // Bytes of the command's input are lost: the tool ends the run.
                    frames.Send((byte)'x', default);
                }
                else if (step == FrameStep.Whole)
                {
                    _expected = FrameFormat.Next(_expected);
                    Finish(frame, ref frames, ref target);
                }
            }
        }
    }

    private static void Finish(byte* frame, ref Frames frames, ref int target)
    {
        if (target >= 0)
        {
            // The command may have closed its input; what it does not want is dropped.
            Linux.WriteAll(target, frame + FrameFormat.HeaderSize, FrameFormat.Length(new ReadOnlySpan<byte>(frame, FrameFormat.HeaderSize)));
            if (frame[0] == 'z')
            {
                Linux.Close(target);
                target = -1;
            }
        }

        frames.Send((byte)'a', default);
    }
}

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

    private FrameInput _input;
    private byte _expected;

    /// <summary>From now on it takes frames that are marked with the token.</summary>
    public void Open(byte* token)
    {
        _input.Open(token, mixed: true);
        _expected = 1;
    }

    /// <summary>Takes bytes from the console; writes the command's input to <paramref name="target"/>, and closes it at the end.</summary>
    public void Take(ReadOnlySpan<byte> bytes, ref Frames frames, ref int target)
    {
        foreach (byte value in bytes)
        {
            FrameStep step = _input.Take(value, out _);
            if (step == FrameStep.Damaged || (step == FrameStep.Whole && _input.Sequence != _expected))
            {
                // Bytes of the command's input are lost: the tool ends the run.
                frames.Send((byte)'x', default);
            }
            else if (step == FrameStep.Whole)
            {
                _expected = FrameFormat.Next(_expected);
                Finish(ref frames, ref target);
            }
        }
    }

    private void Finish(ref Frames frames, ref int target)
    {
        if (target >= 0)
        {
            // The command may have closed its input; what it does not want is dropped.
            ReadOnlySpan<byte> input = _input.Payload;
            fixed (byte* bytes = input)
            {
                Linux.WriteAll(target, bytes, input.Length);
            }

            if (_input.Type == 'z')
            {
                Linux.Close(target);
                target = -1;
            }
        }

        frames.Send((byte)'a', default);
    }
}

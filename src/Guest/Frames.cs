using System;

namespace Tierce.Guest;

/// <summary>Sends frames to the tool. One frame's bytes are written by one call, so that no other process's come between them.</summary>
internal unsafe struct Frames
{
    private const int OutputFile = 1;

    /// <summary>Status of an agent that has lost its console; no reader is left for more than that.</summary>
    private const int NoConsole = 125;

    private fixed byte _start[FrameFormat.StartSize];
    private fixed byte _payload[FrameFormat.LargestPayload];
    private fixed byte _frame[FrameFormat.LargestFrame];
    private byte _sequence;

    /// <summary>From now on frames are marked with the token, <see cref="FrameFormat.TokenSize"/> characters. They are not counted.</summary>
    public void Open(byte* token)
    {
        fixed (byte* start = _start)
        {
            FrameFormat.WriteStart(new ReadOnlySpan<byte>(token, FrameFormat.TokenSize), new Span<byte>(start, FrameFormat.StartSize));
        }
    }

    /// <summary>From now on the frames are counted, so that the tool notices if one is missing.</summary>
    public void Count() => _sequence = 1;

    /// <summary>Reads from a file and sends what came as one frame; returns the bytes read, 0 at the end.</summary>
    public long Forward(int file, byte type)
    {
        fixed (byte* payload = _payload)
        {
            long size = Linux.Read(file, payload, FrameFormat.LargestPayload);
            if (size > 0)
            {
                Send(type, new ReadOnlySpan<byte>(payload, (int)size));
            }

            return size;
        }
    }

    /// <summary>Sends a frame.</summary>
    public void Send(byte type, scoped ReadOnlySpan<byte> payload)
    {
        fixed (byte* start = _start, frame = _frame)
        {
            int size = FrameFormat.Encode(
                new ReadOnlySpan<byte>(start, FrameFormat.StartSize), type, _sequence, payload, new Span<byte>(frame, FrameFormat.LargestFrame));
            _sequence = _sequence == 0 ? (byte)0 : FrameFormat.Next(_sequence);
            if (!Linux.WriteAll(OutputFile, frame, size))
            {
                Linux.Exit(NoConsole);
            }
        }
    }
}

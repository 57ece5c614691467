using System.Text;
using Tierce.Guest;

namespace Tierce.Tool.Boot;

/// <summary>
/// Extracts the messages of the tool's programs in the guest from the bytes of its console. Guest/Files/init lists the types.
/// </summary>
internal interface IConsoleSink
{
    /// <summary>Bytes that belong to no frame: the kernel's lines, or an interactive terminal's contents.</summary>
    void Plain(ReadOnlySpan<byte> bytes);

    /// <summary>One whole frame.</summary>
    void Frame(char type, ReadOnlySpan<byte> payload);

    /// <summary>A frame was damaged on its way, or is missing: the streams are incomplete.</summary>
    void Damaged();
}

/// <summary>Splits a console's bytes into frames and the rest, however they are cut into pieces.</summary>
/// <param name="token">Marks the session's frames.</param>
/// <param name="mixed">The console is no terminal: what others write may cut frames. A terminal's bytes keep their order instead.</param>
/// <param name="sink">Takes both.</param>
internal sealed class FrameDecoder(string token, bool mixed, IConsoleSink sink)
{
    private readonly byte[] _start = Start(token);
    private readonly byte[] _frame = new byte[FrameFormat.LargestFrame];
    private readonly MemoryStream _plain = new();
    private FrameReader _reader = new(mixed);
    private byte _expected = 1;

    /// <summary>A frame did not end before another began.</summary>
    private bool _cut;

    /// <summary>How each frame of a session starts; nothing where there are none.</summary>
    public static byte[] Start(string token)
    {
        if (token.Length == 0)
        {
            return [];
        }

        byte[] start = new byte[FrameFormat.StartSize];
        FrameFormat.WriteStart(Encoding.ASCII.GetBytes(token), start);
        return start;
    }

    /// <summary>Takes the next bytes.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (_start.Length == 0)
        {
            sink.Plain(bytes);
            return;
        }

        foreach (byte value in bytes)
        {
            Take(value);
        }

        Flush();
    }

    /// <summary>The console has ended: bytes that looked like the start of a frame are not one.</summary>
    public void End()
    {
        _plain.Write(_start.AsSpan(0, _reader.End()));
        Flush();
    }

    private void Take(byte value)
    {
        FrameStep step = _reader.Take(value, _start, _frame);
        if (step == FrameStep.Broken)
        {
            _plain.Write(_start.AsSpan(0, _reader.Held));
            step = _reader.Take(value, _start, _frame);
        }

        switch (step)
        {
            case FrameStep.Plain:
                _plain.WriteByte(value);
                break;
            case FrameStep.Whole:
                Flush();
                Count((char)_frame[0], _frame[1]);
                sink.Frame((char)_frame[0], _frame.AsSpan(FrameFormat.HeaderSize, FrameFormat.Length(_frame)));
                break;
            case FrameStep.Damaged when _reader.IsInside:
                _cut = true;
                break;
            case FrameStep.Damaged:
                Flush();
                sink.Damaged();
                break;
        }
    }

    /// <summary>Each life of the guest begins to count anew; the one before may have ended anywhere.</summary>
    private void Count(char type, byte sequence)
    {
        // The question for the date comes before the message that the guest is ready.
        bool begins = type is 'b' or 'c';
        if (!begins && (_cut || (sequence != 0 && sequence != _expected)))
        {
            sink.Damaged();
        }

        _cut = false;
        _expected = begins ? (byte)1 : sequence != 0 ? FrameFormat.Next(sequence) : _expected;
    }

    private void Flush()
    {
        if (_plain.Length > 0)
        {
            sink.Plain(_plain.GetBuffer().AsSpan(0, (int)_plain.Length));
            _plain.SetLength(0);
        }
    }
}

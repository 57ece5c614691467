namespace Tierce.Guest;

/// <summary>
/// Frames on the console: \001, the session's token, a type, the length as four hexadecimal digits, the bytes. One frame's bytes are written
/// by one call, so that nothing comes between them.
/// </summary>
internal unsafe ref struct Frames
{
    /// <summary>Most bytes that one frame carries in either direction; below a terminal's input buffer of 4096.</summary>
    public const int LargestPayload = 1024;

    /// <summary>Bytes of the token.</summary>
    public const int TokenSize = 8;

    private const int HeaderSize = 1 + TokenSize + 1 + 4;
    private const int OutputFile = 1;

    private readonly byte* _token;
    private fixed byte _buffer[HeaderSize + LargestPayload];

    /// <summary>Frames marked with the token, <see cref="TokenSize"/> characters.</summary>
    public Frames(byte* token) => _token = token;

    /// <summary>Reads from a file and sends what came as one frame; returns the bytes read, 0 at the end.</summary>
    public long Forward(int file, byte type)
    {
        fixed (byte* buffer = _buffer)
        {
            long size = Linux.Read(file, buffer + HeaderSize, LargestPayload);
            if (size > 0)
            {
                Send(buffer, type, (int)size);
            }

            return size;
        }
    }

    /// <summary>Sends a frame with no contents.</summary>
    public void Signal(byte type)
    {
        fixed (byte* buffer = _buffer)
        {
            Send(buffer, type, 0);
        }
    }

    /// <summary>Sends a number in decimal digits.</summary>
    public void Number(byte type, ulong value)
    {
        fixed (byte* buffer = _buffer)
        {
            int size = Format(value, buffer + HeaderSize);
            Send(buffer, type, size);
        }
    }

    /// <summary>Writes decimal digits; returns how many.</summary>
    public static int Format(ulong value, byte* target)
    {
        int digits = 1;
        for (ulong rest = value; rest >= 10; rest /= 10)
        {
            digits++;
        }

        for (int i = digits - 1; i >= 0; i--)
        {
            target[i] = (byte)('0' + (value % 10));
            value /= 10;
        }

        return digits;
    }

    private void Send(byte* buffer, byte type, int size)
    {
        buffer[0] = 1;
        for (int i = 0; i < TokenSize; i++)
        {
            buffer[1 + i] = _token[i];
        }

        buffer[1 + TokenSize] = type;
        for (int i = 0; i < 4; i++)
        {
            int digit = (size >> (12 - (4 * i))) & 15;
            buffer[2 + TokenSize + i] = (byte)(digit < 10 ? '0' + digit : 'a' + digit - 10);
        }

        Linux.WriteAll(OutputFile, buffer, HeaderSize + size);
    }
}

using System;

namespace Tierce.Guest;

/// <summary>
/// Frames on a guest's console, in both directions: <see cref="StartByte"/>, the session's token, a type, a sequence number, the payload's
/// length, the payload, a sum. Tool and agent are compiled from this one file. <para> Every byte of a frame has its highest bit set, and
/// the rest of it carries seven bits. The kernel's own lines are ASCII, so a line that it prints in the middle of a frame can be recognised
/// byte by byte and damages nothing. The console's terminal interprets control characters (Ctrl-O calls SysRq), and the shared line
/// interprets Ctrl-]; none of them occurs. The price is one byte in eight. </para>
/// </summary>
internal static class FrameFormat
{
    /// <summary>First byte of a frame; no character of UTF-8 contains it.</summary>
    public const byte StartByte = 0xff;

    /// <summary>Characters of the token.</summary>
    public const int TokenSize = 8;

    /// <summary>The first byte and the token.</summary>
    public const int StartSize = 1 + TokenSize;

    /// <summary>Type, sequence number, two digits of length.</summary>
    public const int HeaderSize = 4;

    /// <summary>Digits of the sum.</summary>
    public const int SumSize = 4;

    /// <summary>Most bytes that one frame carries.</summary>
    public const int LargestPayload = 1792;

    /// <summary>Bytes of the largest frame.</summary>
    public const int LargestFrame = StartSize + HeaderSize + LargestPayload + (LargestPayload / Group) + SumSize;

    /// <summary>Sequence numbers are 1 to this and begin again; 0 is that of a frame which is not counted.</summary>
    public const byte LastSequence = 127;

    /// <summary>Set in every byte of a frame.</summary>
    public const byte Mark = 0x80;

    /// <summary>Bytes that share one digit for their highest bits.</summary>
    private const int Group = 7;

    /// <summary>Digits of a payload.</summary>
    public static int BodySize(int length) => length + ((length + Group - 1) / Group);

    /// <summary>The number after this one.</summary>
    public static byte Next(byte sequence) => (byte)(sequence < LastSequence ? sequence + 1 : 1);

    /// <summary>Writes how each frame of a session starts.</summary>
    public static void WriteStart(ReadOnlySpan<byte> token, Span<byte> start)
    {
        start[0] = StartByte;
        for (int i = 0; i < TokenSize; i++)
        {
            start[i + 1] = (byte)(token[i] | Mark);
        }
    }

    /// <summary>Writes a frame and returns its size.</summary>
    public static int Encode(ReadOnlySpan<byte> start, byte type, byte sequence, ReadOnlySpan<byte> payload, Span<byte> frame)
    {
        start.CopyTo(frame);
        Span<byte> rest = frame.Slice(StartSize);
        rest[0] = (byte)(type | Mark);
        rest[1] = (byte)(sequence | Mark);
        rest[2] = (byte)((payload.Length >> 7) | Mark);
        rest[3] = (byte)(payload.Length | Mark);
        int size = HeaderSize + Pack(payload, rest.Slice(HeaderSize));
        uint sum = Sum(rest.Slice(0, size));
        for (int i = 0; i < SumSize; i++)
        {
            rest[size + i] = (byte)((sum >> (7 * i)) | Mark);
        }

        return StartSize + size + SumSize;
    }

    /// <summary>Length of the payload, from the header.</summary>
    public static int Length(ReadOnlySpan<byte> header) => ((header[2] & ~Mark) << 7) | (header[3] & ~Mark);

    /// <summary>Whether the digits from the type on, with the sum at their end, are as they were sent.</summary>
    public static bool IsWhole(ReadOnlySpan<byte> digits)
    {
        int size = digits.Length - SumSize;
        uint sum = Sum(digits.Slice(0, size));
        for (int i = 0; i < SumSize; i++)
        {
            if (digits[size + i] != (byte)((sum >> (7 * i)) | Mark))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Turns digits into a number of bytes of payload; both may begin at the same place.</summary>
    public static void Unpack(ReadOnlySpan<byte> digits, Span<byte> payload)
    {
        int next = 0;
        for (int done = 0; done < payload.Length;)
        {
            int end = payload.Length - done < Group ? payload.Length : done + Group;
            int high = digits[next++] << 1;
            for (; done < end; done++)
            {
                // Each byte's highest bit comes to bit 7 in its turn, the first one's first.
                payload[done] = (byte)((digits[next++] & ~Mark) | (high & Mark));
                high <<= 1;
            }
        }
    }

    private static int Pack(ReadOnlySpan<byte> payload, Span<byte> digits)
    {
        int next = 0;
        for (int done = 0; done < payload.Length;)
        {
            int end = payload.Length - done < Group ? payload.Length : done + Group;
            int place = next++;
            int high = 0;
            int bit = Mark >> 1;
            for (; done < end; done++)
            {
                high |= (payload[done] & Mark) != 0 ? bit : 0;
                bit >>= 1;
                digits[next++] = (byte)(payload[done] | Mark);
            }

            digits[place] = (byte)(high | Mark);
        }

        return next;
    }

    /// <summary>Depends on every digit and its place; 28 bits.</summary>
    private static uint Sum(ReadOnlySpan<byte> digits)
    {
        uint sum = 0;
        uint sums = 0;
        foreach (byte digit in digits)
        {
            sum += digit;
            sums += sum;
        }

        return ((sums & 0x3fff) << 14) | (sum & 0x3fff);
    }
}

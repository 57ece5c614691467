namespace Tierce.Rom;

/// <summary>Lines for the kernel's log. Each call enters the kernel once for 48 characters.</summary>
internal static unsafe class Log
{
    // SAFETY: six words on this function's stack.

    private const int ChunkSize = 48;

    /// <summary>Writes a text without a line end.</summary>
    internal static void Write(ReadOnlySpan<byte> text)
    {
        byte* chunk = stackalloc byte[ChunkSize];
        int filled = 0;
        for (int i = 0; i < text.Length; i++)
        {
            chunk[filled++] = text[i];
            if (filled == ChunkSize)
            {
                Machine.Log((ulong*)chunk);
                filled = 0;
            }
        }

        Send(chunk, filled);
    }

    /// <summary>Writes a text, a number in hexadecimal and a line end.</summary>
    internal static void Line(ReadOnlySpan<byte> text, ulong number)
    {
        byte* chunk = stackalloc byte[ChunkSize];
        int filled = Number(chunk, Text(chunk, 0, text), number);
        chunk[filled++] = (byte)'\n';
        Send(chunk, filled);
    }

    /// <summary>Writes two texts, each with a number, in one line. It has room for the texts and the 32 bits of each number.</summary>
    internal static void Line(ReadOnlySpan<byte> text, uint number, ReadOnlySpan<byte> more, uint other)
    {
        byte* chunk = stackalloc byte[ChunkSize];
        int filled = Number(chunk, Text(chunk, 0, text), number);
        filled = Number(chunk, Text(chunk, filled, more), other);
        chunk[filled++] = (byte)'\n';
        Send(chunk, filled);
    }

    private static int Text(byte* chunk, int filled, ReadOnlySpan<byte> text)
    {
        const int Most = 24;
        for (int i = 0; i < text.Length && i < Most; i++)
        {
            chunk[filled++] = text[i];
        }

        return filled;
    }

    private static int Number(byte* chunk, int filled, ulong number)
    {
        bool started = false;
        for (int shift = 60; shift >= 0; shift -= 4)
        {
            uint digit = (uint)(number >> shift) & 15;
            started |= digit != 0 || shift == 0;
            if (started)
            {
                chunk[filled++] = (byte)(digit < 10 ? '0' + digit : 'a' + digit - 10);
            }
        }

        return filled;
    }

    private static void Send(byte* chunk, int filled)
    {
        if (filled == 0)
        {
            return;
        }

        for (int i = filled; i < ChunkSize; i++)
        {
            chunk[i] = 0;
        }

        Machine.Log((ulong*)chunk);
    }
}

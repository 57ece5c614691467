namespace Tierce.Rom;

/// <summary>Lines for the kernel's log. Each call enters the kernel once for 48 characters.</summary>
internal static unsafe class Log
{
    private const int ChunkSize = 48;

    /// <summary>Writes a text as it is.</summary>
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
        const int most = 24;
        byte* chunk = stackalloc byte[ChunkSize];
        int filled = 0;
        for (; filled < text.Length && filled < most; filled++)
        {
            chunk[filled] = text[filled];
        }

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

        chunk[filled++] = (byte)'\n';
        Send(chunk, filled);
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

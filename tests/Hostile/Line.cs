using System.Runtime;
using System.Runtime.CompilerServices;

namespace Tierce.Hostile;

/// <summary>A line for the log, after this guest's name.</summary>
internal static unsafe class Line
{
    private const int Room = 160;

    private static int s_length;

    /// <summary>Begins one with a text.</summary>
    public static void Begin(ReadOnlySpan<byte> text)
    {
        s_length = 0;
        Text("hostile: "u8);
        Text(text);
    }

    /// <summary>Adds a text.</summary>
    public static void Text(ReadOnlySpan<byte> text)
    {
        for (int i = 0; i < text.Length && s_length < Room - 1; i++)
        {
            Buffer()[s_length++] = text[i];
        }
    }

    /// <summary>Adds a decimal number.</summary>
    public static void Number(ulong value)
    {
        ulong divisor = 1;
        while (value / divisor >= 10)
        {
            divisor *= 10;
        }

        for (; divisor != 0 && s_length < Room - 1; divisor /= 10)
        {
            Buffer()[s_length++] = (byte)('0' + (value / divisor % 10));
        }
    }

    /// <summary>Adds a hexadecimal number.</summary>
    public static void Hex(ulong value)
    {
        for (int shift = 60; shift >= 0 && s_length < Room - 1; shift -= 4)
        {
            int digit = (int)(value >> shift) & 15;
            Buffer()[s_length++] = (byte)(digit < 10 ? '0' + digit : 'a' + digit - 10);
        }
    }

    /// <summary>Writes it.</summary>
    public static void End()
    {
        Buffer()[s_length++] = (byte)'\n';
        Xen.Log(new ReadOnlySpan<byte>(Buffer(), s_length));
    }

    // SAFETY (all of this class): entry.S holds a page.
    [RuntimeImport("*", "hostile_line")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern byte* Buffer();
}

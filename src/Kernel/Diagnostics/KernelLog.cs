namespace Tierce.Kernel.Diagnostics;

/// <summary>
/// Writes to the kernel's log byte by byte, without building strings. Several parties write to it. Before another one writes, an unfinished
/// line is ended, so that no line begins inside another.
/// </summary>
public static unsafe class KernelLog
{
    private static void* writer;
    private static bool open;

    /// <summary>Writes a byte for a writer: the address of a domain or a virtual CPU, or null for the kernel itself.</summary>
    public static void Byte(void* by, byte character)
    {
        if (open && by != writer)
        {
            LogOutput.Write((byte)'\n');
        }

        writer = by;
        open = character != '\n';
        LogOutput.Write(character);
    }

    /// <summary>Writes text.</summary>
    public static void Text(System.ReadOnlySpan<byte> text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            Byte(null, text[i]);
        }
    }

    /// <summary>Writes a label and a hexadecimal number.</summary>
    public static void Field(System.ReadOnlySpan<byte> label, ulong value)
    {
        Text(label);
        Hex(value);
    }

    /// <summary>Writes a number as 0x and 16 hexadecimal digits.</summary>
    public static void Hex(ulong value)
    {
        Text("0x"u8);
        for (int shift = 60; shift >= 0; shift -= 4)
        {
            uint digit = (uint)(value >> shift) & 15;
            Byte(null, (byte)(digit < 10 ? '0' + digit : 'a' + digit - 10));
        }
    }

    /// <summary>Writes a decimal number.</summary>
    public static void Number(ulong value)
    {
        ulong divisor = 1;
        while (value / divisor >= 10)
        {
            divisor *= 10;
        }

        for (; divisor != 0; divisor /= 10)
        {
            Byte(null, (byte)('0' + (value / divisor % 10)));
        }
    }

    /// <summary>Ends the line.</summary>
    public static void Line() => Byte(null, (byte)'\n');
}

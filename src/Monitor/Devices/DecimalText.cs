namespace Tierce.Monitor;

/// <summary>Numbers in decimal, as the store holds them.</summary>
public static class DecimalText
{
    /// <summary>Most digits of a number.</summary>
    public const int MostDigits = 20;

    /// <summary>Writes a number at the beginning of <paramref name="text"/>, which has room for it. Returns the number of digits.</summary>
    public static int Write(Span<byte> text, ulong number)
    {
        ulong scale = 1;
        while (number / scale >= 10)
        {
            scale *= 10;
        }

        int length = 0;
        for (; scale != 0; scale /= 10)
        {
            text[length++] = (byte)('0' + (number / scale % 10));
        }

        return length;
    }
}

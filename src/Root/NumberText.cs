namespace Tierce.Root;

/// <summary>Numbers in the manifest: decimal, or hexadecimal after "0x", with an optional suffix K, M or G (powers of 1024).</summary>
public static class NumberText
{
    /// <summary>Reads a number. Returns false if there is any other character, or the number is too large.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out ulong number)
    {
        number = 0;
        bool hexadecimal = text.StartsWith("0x"u8);
        ReadOnlySpan<byte> digits = hexadecimal ? text.Slice(2) : text;
        int shift = digits.Length == 0 ? 0 : Shift(digits[^1]);
        digits = shift != 0 ? digits.Slice(0, digits.Length - 1) : digits;
        if (digits.Length == 0)
        {
            return false;
        }

        ulong radix = hexadecimal ? 16UL : 10UL;
        foreach (byte character in digits)
        {
            ulong digit = Digit(character);
            if (digit >= radix || number > (ulong.MaxValue >> shift >> 5))
            {
                return false;
            }

            number = (number * radix) + digit;
        }

        number <<= shift;
        return true;
    }

    private static int Shift(byte suffix) => suffix switch { (byte)'K' => 10, (byte)'M' => 20, (byte)'G' => 30, _ => 0 };

    private static ulong Digit(byte character) => character switch
    {
        >= (byte)'0' and <= (byte)'9' => (ulong)(character - '0'),
        >= (byte)'a' and <= (byte)'f' => (ulong)(character - 'a' + 10),
        >= (byte)'A' and <= (byte)'F' => (ulong)(character - 'A' + 10),
        _ => ulong.MaxValue,
    };
}

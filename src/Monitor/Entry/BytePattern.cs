namespace Tierce.Monitor;

/// <summary>Machine code with holes: two hexadecimal digits a byte, <c>??</c> for one that may be anything.</summary>
public static class BytePattern
{
    /// <summary>Bytes that a pattern covers.</summary>
    public static int Length(ReadOnlySpan<byte> pattern) => pattern.Length / 2;

    /// <summary>Whether code begins with a pattern.</summary>
    public static bool Matches(ReadOnlySpan<byte> code, ReadOnlySpan<byte> pattern)
    {
        if (code.Length < Length(pattern))
        {
            return false;
        }

        for (int i = 0; i < Length(pattern); i++)
        {
            byte high = pattern[2 * i];
            if (high != (byte)'?' && ((Digit(high) << 4) | Digit(pattern[(2 * i) + 1])) != code[i])
            {
                return false;
            }
        }

        return true;
    }

    private static int Digit(byte character) => character <= (byte)'9' ? character - '0' : character - 'a' + 10;
}

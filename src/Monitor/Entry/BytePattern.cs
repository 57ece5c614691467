using System.Buffers.Binary;

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

    /// <summary>Where a pattern stands, at a multiple of 16 below the limit; -1 if it stands nowhere or more than once.</summary>
    public static int FindOnce(ReadOnlySpan<byte> text, ReadOnlySpan<byte> pattern, int limit)
    {
        int found = -1;
        return FindAll(text, pattern, limit, new Span<int>(ref found)) ? found : -1;
    }

    /// <summary>Whether a pattern stands at exactly as many multiples of 16 below the limit as there is room for in the answer.</summary>
    public static bool FindAll(ReadOnlySpan<byte> text, ReadOnlySpan<byte> pattern, int limit, Span<int> places)
    {
        int found = 0;
        int end = Math.Min(text.Length, limit) - Length(pattern);
        for (int i = 0; i < end; i += 16)
        {
            if (Matches(text.Slice(i), pattern))
            {
                if (found == places.Length)
                {
                    return false;
                }

                places[found++] = i;
            }
        }

        return found == places.Length;
    }

    /// <summary>Whether it stands at a place, which may be any number.</summary>
    public static bool IsAt(ReadOnlySpan<byte> text, int at, ReadOnlySpan<byte> pattern) =>
        at >= 0 && at < text.Length && Matches(text.Slice(at), pattern);

    /// <summary>What a displacement, the last four bytes of its instruction, refers to, from the text's start.</summary>
    public static int Operand(ReadOnlySpan<byte> text, int at) => unchecked(at + sizeof(int) + BinaryPrimitives.ReadInt32LittleEndian(text.Slice(at)));

    /// <summary>What an address in an instruction itself refers to, from the text's start; its upper half is all ones.</summary>
    public static int Address(ReadOnlySpan<byte> text, int at, ulong address) => unchecked((int)((ulong)BinaryPrimitives.ReadInt32LittleEndian(text.Slice(at)) - address));

    private static int Digit(byte character) => character <= (byte)'9' ? character - '0' : character - 'a' + 10;
}

using System.Buffers.Binary;

namespace Tierce.Monitor;

/// <summary>Machine code with holes: two hexadecimal digits a byte, <c>??</c> for one that may be anything.</summary>
public static class BytePattern
{
    /// <summary>How far into a text patterns are looked for: Linux links arch/x86/xen near its start.</summary>
    public const int SearchLimit = 1 << 20;

    /// <summary>Functions stand at multiples of this.</summary>
    public const int FunctionAlignment = 16;

    private const int KeySize = sizeof(uint);

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
            if (pattern[2 * i] != (byte)'?' && Value(pattern, i) != code[i])
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Where a pattern stands; -1 if it stands nowhere or more than once.</summary>
    /// <inheritdoc cref="FindAll"/>
    public static int FindOnce(ReadOnlySpan<byte> text, ReadOnlySpan<byte> pattern, int step = FunctionAlignment)
    {
        int found = -1;
        return FindAll(text, pattern, new Span<int>(ref found), step) ? found : -1;
    }

    /// <summary>Whether a pattern stands at exactly as many places as there is room for in the answer.</summary>
    /// <param name="text">Where it is looked for, up to <see cref="SearchLimit"/>.</param>
    /// <param name="pattern">With four known bytes together behind the call of __fentry__.</param>
    /// <param name="places">Takes the places.</param>
    /// <param name="step">They are multiples of this.</param>
    public static bool FindAll(ReadOnlySpan<byte> text, ReadOnlySpan<byte> pattern, Span<int> places, int step = FunctionAlignment)
    {
        // Functions begin alike, and a comparison of bytes with digits is slow: four bytes rule out nearly all places.
        int keyAt = FindKey(pattern, out uint key);
        int found = 0;
        ReadOnlySpan<byte> keys = text.Slice(0, Math.Min(text.Length, SearchLimit) - Length(pattern) + keyAt + KeySize);
        for (int at = Next(keys, key, keyAt, step); at < keys.Length; at = Next(keys, key, at + step, step))
        {
            if (Matches(text.Slice(at - keyAt), pattern))
            {
                if (found == places.Length)
                {
                    return false;
                }

                places[found++] = at - keyAt;
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

    /// <summary>The next place of a key; the text's length if there is none. Small, as it is where the time goes.</summary>
    private static int Next(ReadOnlySpan<byte> text, uint key, int at, int step)
    {
        for (; at < text.Length; at += step)
        {
            if (text[at] == (byte)key && text.Length - at >= KeySize && BinaryPrimitives.ReadUInt32LittleEndian(text.Slice(at)) == key)
            {
                return at;
            }
        }

        return text.Length;
    }

    private static int FindKey(ReadOnlySpan<byte> pattern, out uint key)
    {
        key = 0;
        int known = 0;
        int at = RomCall.BehindFentry;
        for (; known < KeySize; at++)
        {
            bool any = pattern[2 * at] == (byte)'?';
            known = any ? 0 : known + 1;
            key = any ? 0 : (key >> 8) | ((uint)Value(pattern, at) << 24);
        }

        return at - KeySize;
    }

    private static byte Value(ReadOnlySpan<byte> pattern, int index) => (byte)((Digit(pattern[2 * index]) << 4) | Digit(pattern[(2 * index) + 1]));

    private static int Digit(byte character) => character <= (byte)'9' ? character - '0' : character - 'a' + 10;
}

using System.Buffers.Binary;
using Tierce.Runtime;

namespace Tierce.Monitor;

/// <summary>
/// Names of a Linux kernel's functions, from the compressed table in its image that <c>/proc/kallsyms</c> shows. Nothing records the
/// table's place: the monitor finds it by its shape, and uses it only if all its parts agree.
/// </summary>
/// <remarks>
/// Layout: Linux <c>scripts/kallsyms.c</c> and <c>kernel/kallsyms.c</c>; in kernels before 6.4 the offsets come before the names, later
/// after the token index.
/// </remarks>
public readonly ref struct Kallsyms
{
    private const int Tokens = 256;
    private const int SymbolsPerMarker = 256;
    private const int LongestSymbol = 512;
    private const int MostSymbols = 1 << 20;

    /// <summary>Kernels are linked above this address.</summary>
    private const ulong LeastBase = 0xffff_ffff_8000_0000;

    private readonly ReadOnlySpan<byte> _file;
    private readonly int _tokenTable, _tokenIndex, _markers, _names, _offsets;
    private readonly ulong _base;
    private readonly bool _plain;

    /// <summary>Number of symbols; 0 if no table was found.</summary>
    public readonly int Count;

    /// <summary>Searches a kernel's image.</summary>
    public Kallsyms(ReadOnlySpan<byte> file)
    {
        this = default;
        _file = file;
        for (int at = FindDigits(file, 0); at >= 0; at = FindDigits(file, at + 1))
        {
            _tokenTable = BackOverTokens(file, at, '0');
            _tokenIndex = _tokenTable < 0 ? -1 : CheckedIndex(file, _tokenTable);
            if (_tokenIndex < 0)
            {
                continue;
            }

            if (!FindNames(file, _tokenTable, out _names, out _markers, out int count))
            {
                continue;
            }

            if (FindOffsets(file, _tokenIndex, _names, count, out _offsets, out _base))
            {
                Count = count;
                _plain = (int)Word(file, _offsets + ((count - 1) * 4)) >= 0;
                return;
            }
        }
    }

    /// <summary>Finds the function that an address lies in; false if it is in none.</summary>
    public bool TryFind(ulong address, out int symbol, out ulong offset)
    {
        int low = 0, high = Count;
        while (low < high)
        {
            int middle = (low + high) >> 1;
            if (Address(middle) <= address)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        symbol = low - 1;
        offset = low > 0 ? address - Address(symbol) : 0;
        Span<byte> name = stackalloc byte[LongestSymbol];
        return low > 0 && low < Count && Expand(symbol, name) > 1 && name[0] is (byte)'t' or (byte)'T' or (byte)'w' or (byte)'W';
    }

    /// <summary>Writes a symbol's name; returns its length.</summary>
    public int Name(int symbol, Span<byte> to)
    {
        Span<byte> name = stackalloc byte[LongestSymbol];
        int length = Expand(symbol, name) - 1;
        length = length < to.Length ? length : to.Length;
        if (length <= 0)
        {
            return 0;
        }

        name.Slice(1, length).CopyTo(to);
        return length;
    }

    /// <summary>Negative offsets count from the base; others are addresses themselves (of variables per processor), unless all are.</summary>
    private ulong Address(int symbol)
    {
        int offset = (int)Word(_file, _offsets + (symbol * 4));
        return _plain ? _base + (uint)offset : offset >= 0 ? (ulong)offset : _base - 1 - (ulong)(long)offset;
    }

    private int Expand(int symbol, Span<byte> to)
    {
        int at = _names + (int)Word(_file, _markers + (symbol / SymbolsPerMarker * 4));
        for (int i = symbol % SymbolsPerMarker; i > 0; i--)
        {
            at = Next(_file, at, out _, out _);
        }

        Next(_file, at, out int first, out int length);
        int used = 0;
        for (int i = 0; i < length && first + i < _file.Length; i++)
        {
            int token = _tokenTable + BinaryPrimitives.ReadUInt16LittleEndian(_file.Slice(_tokenIndex + (_file[first + i] * 2)));
            for (; token < _file.Length && _file[token] != 0 && used < to.Length; token++)
            {
                to[used++] = _file[token];
            }
        }

        return used;
    }

    /// <summary>Steps over one compressed name: its length in one byte or two, then a token each byte.</summary>
    private static int Next(ReadOnlySpan<byte> file, int at, out int first, out int length)
    {
        length = 0;
        first = at;
        if (at < 0 || at + 2 > file.Length)
        {
            return file.Length;
        }

        bool isLong = (file[at] & 0x80) != 0;
        length = isLong ? (file[at] & 0x7f) | (file[at + 1] << 7) : file[at];
        first = at + (isLong ? 2 : 1);
        return first + length < file.Length ? first + length : file.Length;
    }

    /// <summary>The tokens of the ten digits, which stand for themselves.</summary>
    private static int FindDigits(ReadOnlySpan<byte> file, int from)
    {
        const ulong FirstFour = 0x0033_0032_0031_0030;
        for (int at = from; at + 20 <= file.Length; at++)
        {
            if (file[at] == (byte)'0' && BinaryPrimitives.ReadUInt64LittleEndian(file.Slice(at)) == FirstFour
                && file.Slice(at + 8, 12).SequenceEqual("4\05\06\07\08\09\0"u8))
            {
                return at;
            }
        }

        return -1;
    }

    private static int BackOverTokens(ReadOnlySpan<byte> file, int at, int count)
    {
        for (; count > 0 && at >= 2 && file[at - 1] == 0; count--)
        {
            for (at--; at > 0 && file[at - 1] != 0; at--)
            {
            }
        }

        return count == 0 ? at : -1;
    }

    /// <summary>The index after the tokens, if it has the start of each of them; otherwise -1.</summary>
    private static int CheckedIndex(ReadOnlySpan<byte> file, int table)
    {
        int end = table;
        for (int token = 0; token < Tokens; token++)
        {
            for (; end < file.Length && file[end] != 0; end++)
            {
            }

            end++;
        }

        int index = RoundUp(end);
        if (index + (Tokens * 2) > file.Length)
        {
            return -1;
        }

        int at = table;
        for (int token = 0; token < Tokens; token++)
        {
            if (BinaryPrimitives.ReadUInt16LittleEndian(file.Slice(index + (token * 2))) != at - table)
            {
                return -1;
            }

            for (; file[at] != 0; at++)
            {
            }

            at++;
        }

        return index;
    }

    /// <summary>
    /// Finds the names, and the markers after them, which hold the place of each 256th name, upwards from 0. Between markers and tokens
    /// newer kernels have three bytes for each symbol. The number of symbols is found by trial, until everything fits.
    /// </summary>
    private static bool FindNames(ReadOnlySpan<byte> file, int table, out int names, out int markers, out int count)
    {
        for (count = SymbolsPerMarker + 1; count < MostSymbols; count++)
        {
            int size = RoundUp((count + SymbolsPerMarker - 1) / SymbolsPerMarker * 4);
            for (int more = RoundUp(count * 3); more >= 0; more = more != 0 ? 0 : -1)
            {
                markers = table - more - size;
                if (markers >= 8 && Word(file, markers) == 0 && Word(file, markers + 4) is >= SymbolsPerMarker * 2 and < SymbolsPerMarker * LongestSymbol
                    && NamesBefore(file, markers, count, out names))
                {
                    return true;
                }
            }
        }

        names = markers = 0;
        return false;
    }

    /// <summary>The number of names precedes them. The second marker has to agree with them.</summary>
    private static bool NamesBefore(ReadOnlySpan<byte> file, int markers, int count, out int names)
    {
        names = 0;
        uint last = 0;
        for (int i = 1; i < (count + SymbolsPerMarker - 1) / SymbolsPerMarker; i++)
        {
            uint marker = Word(file, markers + (i * 4));
            if (marker <= last || marker > (uint)markers)
            {
                return false;
            }

            last = marker;
        }

        int least = markers - (int)last - (SymbolsPerMarker * LongestSymbol);
        for (names = (markers - (int)last) & ~7; names >= 16 && names > least; names -= 8)
        {
            if (BinaryPrimitives.ReadUInt64LittleEndian(file.Slice(names - 8)) != (ulong)count)
            {
                continue;
            }

            int second = names;
            for (int i = 0; i < SymbolsPerMarker; i++)
            {
                second = Next(file, second, out _, out _);
            }

            if (second - names == (int)Word(file, markers + 4))
            {
                return true;
            }
        }

        return false;
    }

    private static int RoundUp(int size) => (size + 7) & ~7;

    private static bool FindOffsets(ReadOnlySpan<byte> file, int index, int names, int count, out int offsets, out ulong start)
    {
        int size = RoundUp(count * 4);
        offsets = index + (Tokens * 2);
        start = offsets + size + 8 <= file.Length ? BinaryPrimitives.ReadUInt64LittleEndian(file.Slice(offsets + size)) : 0;
        if (start < LeastBase)
        {
            offsets = names - 16 - size;
            start = offsets >= 0 ? BinaryPrimitives.ReadUInt64LittleEndian(file.Slice(names - 16)) : 0;
        }

        return start >= LeastBase;
    }

    private static uint Word(ReadOnlySpan<byte> file, int at) => BinaryPrimitives.ReadUInt32LittleEndian(file.Slice(at));
}

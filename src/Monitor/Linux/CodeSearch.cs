using System.Buffers.Binary;

namespace Tierce.Monitor;

/// <summary>Why a function is not changed.</summary>
public enum CodeFinding
{
    /// <summary>It was found as known.</summary>
    Found,

    /// <summary>No code has its beginning.</summary>
    NoCandidate,

    /// <summary>Code with its beginning differs later, or calls unknown code.</summary>
    Differs,

    /// <summary>It was found more often, or less often, than expected.</summary>
    WrongCount,
}

/// <summary>Looks for a function of Linux in its text.</summary>
public readonly ref struct CodeSearch
{
    /// <summary>How far into a text the search goes: Linux links arch/x86/xen near its start.</summary>
    public const int Limit = 1 << 20;

    /// <summary>Longest function in which a difference is reported. A difference beyond that lies in a function that it calls.</summary>
    private const int LongestFunction = 4096;

    private readonly ReadOnlySpan<byte> _text;
    private readonly ulong _address;
    private readonly CodeSymbols _symbols;
    private readonly Span<int> _difference;

    /// <summary>A search in one text.</summary>
    /// <param name="text">Code.</param>
    /// <param name="address">Its virtual address.</param>
    /// <param name="symbols">Collects the names that the code refers to.</param>
    /// <param name="difference">Two elements. The first gets the place at which the most similar code differs from a function that was not
    /// found.</param>
    public CodeSearch(ReadOnlySpan<byte> text, ulong address, CodeSymbols symbols, Span<int> difference)
    {
        _text = text.Slice(0, Math.Min(text.Length, Limit));
        _address = address;
        _symbols = symbols;
        _difference = difference;
    }

    /// <summary>Finds a function.</summary>
    /// <param name="name">Its patterns' name.</param>
    /// <param name="step">It is aligned to this.</param>
    /// <param name="places">Gets the <see cref="CodeMatcher.Places"/> places of each instance. The room determines how many instances there
    /// have to be.</param>
    public CodeFinding Find(ReadOnlySpan<byte> name, int step, Span<int> places)
    {
        int found = 0, begun = 0;
        int best = -1;
        PatternList list = default;
        while (list.NextOf(name))
        {
            CodeKey key = new(list.Code);
            for (int start = key.Next(_text, 0, step); start >= 0; start = key.Next(_text, start + step, step))
            {
                begun++;
                if (Take(list.Code, start, found, places))
                {
                    found++;
                }
                else if (Progress(start) > best)
                {
                    best = Progress(start);
                    _difference[0] = _difference[1];
                }
            }
        }

        return found * CodeMatcher.Places == places.Length ? CodeFinding.Found
            : found != 0 ? CodeFinding.WrongCount
            : begun != 0 ? CodeFinding.Differs
            : CodeFinding.NoCandidate;
    }

    private int Progress(int start)
    {
        int length = _difference[1] - start;
        return length is >= 0 and < LongestFunction ? length : LongestFunction;
    }

    /// <summary>Compares at one place. Code that differs leaves no mention. One instance too many counts, and has no places.</summary>
    private bool Take(ReadOnlySpan<byte> pattern, int start, int instance, Span<int> places)
    {
        Span<int> own = stackalloc int[CodeMatcher.Places];
        own.Fill(start);
        int count = _symbols.Count;
        int contradictions = _symbols.Contradictions;
        CodeMatcher matcher = new(_text, _address, _symbols, own, default, _difference.Slice(1), instance);
        if (!matcher.IsFunction(pattern, start))
        {
            _symbols.Count = count;
            _symbols.Contradictions = contradictions;
            return false;
        }

        if ((instance + 1) * CodeMatcher.Places <= places.Length)
        {
            own.CopyTo(places.Slice(instance * CodeMatcher.Places));
        }

        return true;
    }
}

/// <summary>The first four consecutive fixed bytes of a pattern. They rule out nearly all places without a comparison.</summary>
public readonly ref struct CodeKey
{
    private const int Size = sizeof(uint);

    private readonly ReadOnlySpan<byte> _prefix;
    private readonly uint _bytes;
    private readonly int _at;

    /// <summary>The key of a pattern that has such bytes before its first jump.</summary>
    public CodeKey(ReadOnlySpan<byte> pattern)
    {
        this = default;
        int known = 0;
        PatternReader reader = new(pattern);
        while (known < Size && reader.Next(out PatternWord word))
        {
            switch (word.Kind)
            {
                case PatternKind.Optional:
                    _prefix = word.Text;
                    break;
                case PatternKind.Byte:
                    _bytes = (_bytes >> 8) | ((uint)word.Value << 24);
                    known++;
                    _at++;
                    break;
                case PatternKind.Any or PatternKind.Relative or PatternKind.Absolute:
                    known = 0;
                    _at += word.Kind == PatternKind.Any ? 1 : sizeof(int);
                    break;
            }
        }

        _at -= Size;
    }

    /// <summary>The next place, from one on, at which a function with the pattern may begin; -1 if there is none.</summary>
    public int Next(ReadOnlySpan<byte> text, int from, int step)
    {
        int prefix = _prefix.Length / 2;
        for (int start = from; start + prefix + _at + Size <= text.Length; start += step)
        {
            bool isPlain = IsAt(text, start + _at) && !HasPrefix(text, start - prefix);
            if (isPlain || (prefix != 0 && IsAt(text, start + prefix + _at) && HasPrefix(text, start)))
            {
                return start;
            }
        }

        return -1;
    }

    private bool IsAt(ReadOnlySpan<byte> text, int at) =>
        text[at] == (byte)_bytes && BinaryPrimitives.ReadUInt32LittleEndian(text.Slice(at)) == _bytes;

    private bool HasPrefix(ReadOnlySpan<byte> text, int at)
    {
        for (int i = 0; i < _prefix.Length / 2; i++)
        {
            if (at < 0 || text[at + i] != PatternReader.Value(_prefix.Slice(2 * i)))
            {
                return false;
            }
        }

        return !_prefix.IsEmpty;
    }
}

using System.Buffers.Binary;

namespace Tierce.Monitor;

/// <summary>How a pattern covers a byte of code.</summary>
public enum CodeByte : byte
{
    /// <summary>No pattern covers it.</summary>
    Unknown,

    /// <summary>The pattern accepts only this byte.</summary>
    Fixed,

    /// <summary>It belongs to an operand that may have any value that agrees with other mentions of its name.</summary>
    Free,

    /// <summary>It belongs to an operand that has to lead to code which a pattern describes.</summary>
    Known,
}

/// <summary>Compares code with patterns (<see cref="KnownCode"/>), instruction by instruction.</summary>
public readonly ref struct CodeMatcher
{
    /// <summary>Labels and places that a pattern may have.</summary>
    public const int Labels = 40, Places = 8;

    /// <summary>The code does not match.</summary>
    public const int Differs = -1;

    private const byte NearJump = 0xe9, ShortJump = 0xeb, NearCondition = 0x0f;
    private const int NearFromShort = 0x10;
    private const int OperandSize = sizeof(int);

    private readonly ReadOnlySpan<byte> _text;
    private readonly ulong _address;
    private readonly CodeSymbols _symbols;
    private readonly Span<int> _places;
    private readonly Span<CodeByte> _bytes;
    private readonly Span<int> _difference;
    private readonly int _instance;

    /// <summary>A matcher for one text.</summary>
    /// <param name="text">Code.</param>
    /// <param name="address">Its virtual address.</param>
    /// <param name="symbols">Collects the names that the code refers to.</param>
    /// <param name="places">Collects the places, as offsets in the text.</param>
    /// <param name="bytes">Empty, or gets for each byte of the text how the pattern covers it.</param>
    /// <param name="difference">Empty, or gets in its first element where the last comparison ended.</param>
    /// <param name="instance">Number of the function among several with one pattern.</param>
    public CodeMatcher(ReadOnlySpan<byte> text, ulong address, CodeSymbols symbols, Span<int> places, Span<CodeByte> bytes = default, Span<int> difference = default, int instance = 0)
    {
        _text = text;
        _address = address;
        _symbols = symbols;
        _places = places;
        _bytes = bytes;
        _difference = difference;
        _instance = instance;
    }

    /// <summary>Whether a function matches a pattern, and so does all code that the pattern requires to be known.</summary>
    public bool IsFunction(ReadOnlySpan<byte> pattern, int at)
    {
        Span<int> labels = stackalloc int[Labels];
        labels.Fill(Differs);
        return at >= 0 && Match(pattern, at, labels) != Differs && CalleesAreKnown(pattern);
    }

    /// <summary>Compares from a place on. Returns the end of the code, or <see cref="Differs"/>.</summary>
    private int Match(ReadOnlySpan<byte> pattern, int at, Span<int> labels)
    {
        PatternReader reader = new(pattern);
        while (reader.Next(out PatternWord word))
        {
            int next = Step(word, at, labels);
            if (next == Differs)
            {
                Note(at);
                return Differs;
            }

            Mark(at, next, word);
            at = next;
        }

        return at;
    }

    private static bool IsOperand(PatternKind kind) => kind is PatternKind.Relative or PatternKind.Absolute or PatternKind.Offset;

    private void Mark(int from, int to, scoped in PatternWord word)
    {
        // A fragment has marked what it covers.
        if (word.Kind != PatternKind.Fragment && !_bytes.IsEmpty)
        {
            bool isFree = word.Kind == PatternKind.Any || (IsOperand(word.Kind) && !word.IsKnown);
            _bytes.Slice(from, to - from).Fill(word.IsKnown ? CodeByte.Known : isFree ? CodeByte.Free : CodeByte.Fixed);
        }
    }

    private int Step(scoped in PatternWord word, int at, Span<int> labels)
    {
        switch (word.Kind)
        {
            case PatternKind.Byte: return at < _text.Length && _text[at] == word.Value ? at + 1 : Differs;
            case PatternKind.Any: return at < _text.Length ? at + 1 : Differs;
            case PatternKind.Optional: return IsThere(word.Text, at) ? at + (word.Text.Length / 2) : at;
            case PatternKind.Either: return Either(word.Text, at);
            case PatternKind.Jump: return Jump(word, at, labels);
            case PatternKind.Label: return Agrees(labels, word.Number, at) ? at : Differs;
            case PatternKind.Fragment: return Fragment(word, at, labels);
            case PatternKind.Place:
                _places[word.Number] = at;
                return at;
            default: return Operand(word, at);
        }
    }

    private bool IsThere(ReadOnlySpan<byte> digits, int at)
    {
        for (int i = 0; i < digits.Length / 2; i++)
        {
            if (at + i >= _text.Length || _text[at + i] != PatternReader.Value(digits.Slice(2 * i)))
            {
                return false;
            }
        }

        return true;
    }

    private int Either(ReadOnlySpan<byte> text, int at)
    {
        while (true)
        {
            int bar = text.IndexOf((byte)'|');
            ReadOnlySpan<byte> one = bar < 0 ? text : text.Slice(0, bar);
            if (IsThere(one, at))
            {
                return at + (one.Length / 2);
            }

            if (bar < 0)
            {
                return Differs;
            }

            text = text.Slice(bar + 1);
        }
    }

    private int Jump(scoped in PatternWord word, int at, Span<int> labels)
    {
        if (at + 2 > _text.Length)
        {
            return Differs;
        }

        if (_text[at] == word.Value)
        {
            return Agrees(labels, word.Number, at + 2 + (sbyte)_text[at + 1]) ? at + 2 : Differs;
        }

        bool isNear = word.Value == ShortJump ? _text[at] == NearJump : _text[at] == NearCondition && _text[at + 1] == word.Value + NearFromShort;
        int operand = word.Value == ShortJump ? at + 1 : at + 2;
        int end = operand + OperandSize;
        return isNear && end <= _text.Length && Agrees(labels, word.Number, unchecked(end + BinaryPrimitives.ReadInt32LittleEndian(_text.Slice(operand)))) ? end : Differs;
    }

    /// <summary>The first mention of a label sets its place; later ones have to agree.</summary>
    private static bool Agrees(Span<int> labels, int label, int at)
    {
        if (labels[label] == Differs)
        {
            labels[label] = at;
        }

        return labels[label] == at;
    }

    private int Operand(scoped in PatternWord word, int at)
    {
        bool isShort = word.Kind == PatternKind.Offset && word.Number == 0;
        int size = isShort ? 1 : OperandSize;
        if (at + size > _text.Length)
        {
            return Differs;
        }

        int value = isShort ? (sbyte)_text[at] : BinaryPrimitives.ReadInt32LittleEndian(_text.Slice(at));
        ulong meant = unchecked((ulong)(long)value);
        if (word.Kind == PatternKind.Relative)
        {
            meant = unchecked(meant + _address + (ulong)(at + OperandSize + word.Number));
        }

        _symbols.Mention(CodeSymbols.Name(word.Text, _instance), meant);
        return at + size;
    }

    /// <summary>The first of the patterns of a fragment that matches. None is the beginning of another.</summary>
    private int Fragment(scoped in PatternWord word, int at, Span<int> outer)
    {
        Span<int> labels = stackalloc int[Labels];
        PatternList list = default;
        int count = _symbols.Count;
        int contradictions = _symbols.Contradictions;
        while (list.NextOf(word.Text))
        {
            labels.Fill(Differs);
            labels[0] = outer[word.Number];
            int end = Match(list.Code, at, labels);
            if (end != Differs)
            {
                outer[word.Number] = labels[0];
                return end;
            }

            _symbols.Count = count;
            _symbols.Contradictions = contradictions;
        }

        return Differs;
    }

    private bool CalleesAreKnown(ReadOnlySpan<byte> pattern)
    {
        PatternReader reader = new(pattern);
        while (reader.Next(out PatternWord word))
        {
            if (word.IsKnown && !IsKnown(word.Text))
            {
                return false;
            }
        }

        return true;
    }

    private bool IsKnown(ReadOnlySpan<byte> name)
    {
        _symbols.TryFind(CodeSymbols.Name(name, _instance), out ulong value);
        ulong offset = unchecked(value - _address);
        if (offset >= (ulong)_text.Length)
        {
            return false;
        }

        PatternList list = default;
        int count = _symbols.Count;
        int contradictions = _symbols.Contradictions;
        while (list.NextOf(name))
        {
            if (IsFunction(list.Code, (int)offset))
            {
                return true;
            }

            _symbols.Count = count;
            _symbols.Contradictions = contradictions;
        }

        return false;
    }

    private void Note(int at)
    {
        if (!_difference.IsEmpty)
        {
            _difference[0] = at;
        }
    }
}

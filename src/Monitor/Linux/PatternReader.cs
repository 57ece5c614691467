namespace Tierce.Monitor;

/// <summary>What one word of a pattern requires of code; <see cref="KnownCode"/> describes the notation.</summary>
public enum PatternKind
{
    /// <summary>One byte, as it is.</summary>
    Byte,

    /// <summary>One byte, whatever it is.</summary>
    Any,

    /// <summary>Bytes that may be missing.</summary>
    Optional,

    /// <summary>One of several runs of bytes.</summary>
    Either,

    /// <summary>A jump to a label, in its short or its near form.</summary>
    Jump,

    /// <summary>A label.</summary>
    Label,

    /// <summary>A place that the change of the function needs.</summary>
    Place,

    /// <summary>Four bytes: the distance of their target from the end of their instruction.</summary>
    Relative,

    /// <summary>Four bytes: the address itself, of which the upper half repeats the sign.</summary>
    Absolute,

    /// <summary>One byte or four: an offset in a structure of Linux.</summary>
    Offset,

    /// <summary>Another pattern, with one label of this one.</summary>
    Fragment,
}

/// <summary>One word of a pattern.</summary>
public ref struct PatternWord
{
    /// <summary>Its kind.</summary>
    public PatternKind Kind;

    /// <summary>The byte, or the first byte of the short form of a jump.</summary>
    public byte Value;

    /// <summary>Number of the label or place; of a relative operand, the bytes of its instruction that follow it.</summary>
    public int Number;

    /// <summary>The operand has to be the start of code that a pattern of that name describes.</summary>
    public bool IsKnown;

    /// <summary>Bytes in hexadecimal, or a name.</summary>
    public ReadOnlySpan<byte> Text;
}

/// <summary>Reads a pattern word by word.</summary>
/// <remarks>Patterns are part of this program. One that is malformed fails a bounds check, in the hosted tests first.</remarks>
public ref struct PatternReader
{
    private readonly ReadOnlySpan<byte> _pattern;
    private int _at;

    /// <summary>From the start of a pattern.</summary>
    public PatternReader(ReadOnlySpan<byte> pattern)
    {
        _pattern = pattern;
        _at = 0;
    }

    /// <summary>The next word; false at the end.</summary>
    public bool Next(out PatternWord word)
    {
        word = default;
        while (_at < _pattern.Length && _pattern[_at] <= (byte)' ')
        {
            _at++;
        }

        if (_at == _pattern.Length)
        {
            return false;
        }

        word = _pattern[_at] switch
        {
            (byte)'[' => ReadGroup(PatternKind.Optional, (byte)']'),
            (byte)'(' => ReadGroup(PatternKind.Either, (byte)')'),
            (byte)':' => new PatternWord { Kind = PatternKind.Label, Number = ReadNumber() },
            (byte)'^' => new PatternWord { Kind = PatternKind.Place, Number = ReadNumber() },
            (byte)'=' => ReadName(PatternKind.Relative),
            (byte)'@' => ReadName(PatternKind.Absolute),
            (byte)'$' => ReadName(PatternKind.Offset),
            (byte)'&' => ReadName(PatternKind.Fragment),
            _ => ReadByte(),
        };
        return true;
    }

    /// <summary>The value of two hexadecimal digits.</summary>
    public static byte Value(ReadOnlySpan<byte> digits) => (byte)((Digit(digits[0]) << 4) | Digit(digits[1]));

    private static int Digit(byte character) => character <= (byte)'9' ? character - '0' : character - 'a' + 10;

    private PatternWord ReadByte()
    {
        PatternWord word = default;
        word.Kind = _pattern[_at] == (byte)'?' ? PatternKind.Any : PatternKind.Byte;
        word.Value = word.Kind == PatternKind.Any ? (byte)0 : Value(_pattern.Slice(_at));
        _at += 2;
        if (_at < _pattern.Length && _pattern[_at] == (byte)'>')
        {
            word.Kind = PatternKind.Jump;
            word.Number = ReadNumber();
        }

        return word;
    }

    private PatternWord ReadGroup(PatternKind kind, byte end)
    {
        int length = _pattern.Slice(_at + 1).IndexOf(end);
        PatternWord word = new() { Kind = kind, Text = _pattern.Slice(_at + 1, length) };
        _at += length + 2;
        return word;
    }

    /// <summary>The number after the next character.</summary>
    private int ReadNumber()
    {
        int number = 0;
        for (_at++; _at < _pattern.Length && _pattern[_at] is >= (byte)'0' and <= (byte)'9'; _at++)
        {
            number = (number * 10) + (_pattern[_at] - '0');
        }

        return number;
    }

    /// <summary>A name, then the number of a label or of bytes, then whether it has to be known.</summary>
    private PatternWord ReadName(PatternKind kind)
    {
        int start = ++_at;
        while (_at < _pattern.Length && _pattern[_at] > (byte)' ' && _pattern[_at] is not ((byte)'>' or (byte)'+' or (byte)'!'))
        {
            _at++;
        }

        PatternWord word = new() { Kind = kind, Text = _pattern.Slice(start, _at - start) };
        if (_at < _pattern.Length && _pattern[_at] is (byte)'>' or (byte)'+')
        {
            word.Number = ReadNumber();
        }

        word.IsKnown = _at < _pattern.Length && _pattern[_at] == (byte)'!';
        _at += word.IsKnown ? 1 : 0;
        return word;
    }
}

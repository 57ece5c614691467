namespace Tierce.Root;

/// <summary>One line of an answer, in room that the caller has.</summary>
public ref struct ControlAnswer
{
    /// <summary>Room that suffices for any answer: two names, a tag, two numbers and the words between them.</summary>
    public const int MostBytes = 256;

    private readonly Span<byte> _room;
    private int _length;

    /// <summary>An answer that begins with the tag of its request.</summary>
    public ControlAnswer(Span<byte> room, ReadOnlySpan<byte> tag)
    {
        _room = room;
        _length = 0;
        Text(tag.Length == 0 ? "?"u8 : tag);
    }

    /// <summary>The line so far.</summary>
    public readonly ReadOnlySpan<byte> Line => _room.Slice(0, _length);

    /// <summary>Adds text. What has no room is left out.</summary>
    public void Text(scoped ReadOnlySpan<byte> text)
    {
        int room = _room.Length - _length;
        int count = text.Length < room ? text.Length : room;
        text.Slice(0, count).CopyTo(_room.Slice(_length));
        _length += count;
    }

    /// <summary>Adds a number in decimal.</summary>
    public void Decimal(ulong number)
    {
        const int MostDigits = 20;
        Span<byte> digits = stackalloc byte[MostDigits];
        int first = MostDigits;
        do
        {
            digits[--first] = (byte)('0' + (number % 10));
            number /= 10;
        }
        while (number != 0);
        Text(digits.Slice(first));
    }
}

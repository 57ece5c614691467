namespace Tierce.Runtime;

/// <summary>A program's arguments: words <c>key=number</c> with spaces between them.</summary>
public readonly ref struct Arguments
{
    private readonly ReadOnlySpan<byte> _text;

    /// <summary>The arguments in a text.</summary>
    public Arguments(ReadOnlySpan<byte> text) => _text = text;

    /// <summary>
    /// The decimal number after <c>key=</c>, or <paramref name="otherwise"/> if the key is absent. A value that is no number, or more than
    /// <paramref name="most"/>, is a failed check and ends the program.
    /// </summary>
    public ulong Number(ReadOnlySpan<byte> key, ulong otherwise, ulong most)
    {
        ReadOnlySpan<byte> rest = _text;
        while (rest.Length != 0)
        {
            int space = rest.IndexOf((byte)' ');
            ReadOnlySpan<byte> word = space < 0 ? rest : rest.Slice(0, space);
            rest = space < 0 ? default : rest.Slice(space + 1);
            if (word.Length > key.Length && word.StartsWith(key) && word[key.Length] == (byte)'=')
            {
                bool good = TryParse(word.Slice(key.Length + 1), most, out ulong value);
                Failure.Check(good ? Abi.Status.Ok : Abi.Status.BadArgument, key);
                return value;
            }
        }

        return otherwise;
    }

    private static bool TryParse(ReadOnlySpan<byte> digits, ulong most, out ulong value)
    {
        value = 0;
        foreach (byte digit in digits)
        {
            if (digit is < (byte)'0' or > (byte)'9')
            {
                return false;
            }

            value = (value * 10) + (ulong)(digit - '0');
            if (value > most)
            {
                return false;
            }
        }

        return digits.Length != 0;
    }
}

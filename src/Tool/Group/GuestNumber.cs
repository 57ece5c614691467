namespace Tierce.Tool.Group;

/// <summary>The number of a guest as it comes digit by digit after <see cref="ConsoleTags.Go"/>, ended by Enter. Any other byte gives it up.</summary>
internal sealed class GuestNumber
{
    /// <summary>No guest has this number, and no digit is added to it.</summary>
    private const int TooLarge = 100_000;

    private int _number;

    /// <summary>Whether digits are awaited.</summary>
    public bool Follows { get; private set; }

    /// <summary>The bytes from now on are the number's.</summary>
    public void Begin()
    {
        Follows = true;
        _number = 0;
    }

    /// <summary>Takes the next byte. Returns the guest's place, from 0, when the number is complete; null before, and if it was given up.</summary>
    public int? Take(byte value)
    {
        if (char.IsAsciiDigit((char)value))
        {
            _number = _number < TooLarge ? (_number * 10) + (value - '0') : TooLarge;
            return null;
        }

        Follows = false;
        return value == ConsoleTags.Enter && _number >= 1 ? _number - 1 : null;
    }
}

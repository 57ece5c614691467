namespace Tierce.Guest;

/// <summary>Numbers as text.</summary>
internal static unsafe class Digits
{
    /// <summary>Writes decimal digits; returns how many.</summary>
    public static int Format(ulong value, byte* target)
    {
        int digits = 1;
        for (ulong rest = value; rest >= 10; rest /= 10)
        {
            digits++;
        }

        for (int i = digits - 1; i >= 0; i--)
        {
            target[i] = (byte)('0' + (value % 10));
            value /= 10;
        }

        return digits;
    }
}

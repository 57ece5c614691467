using System.Globalization;

namespace Tierce.Tool.Control;

/// <summary>A number of sectors, or of operations or bytes per second, as users write it.</summary>
internal static class DiskAmount
{
    /// <summary>Highest limit of a second.</summary>
    public const long MostRate = (long)Root.ManifestParser.MostRate;

    /// <summary>What to say, for messages.</summary>
    public static string Rule(long least, long most) => string.Create(CultureInfo.InvariantCulture, $"say a number from {least} to {most}; K, M and G are powers of 1024");

    /// <summary>Reads a number, with K, M or G for powers of 1024.</summary>
    public static bool TryParse(string text, long least, long most, out long amount)
    {
        int shift = text.Length == 0 ? 0 : text[^1] switch { 'K' or 'k' => 10, 'M' or 'm' => 20, 'G' or 'g' => 30, _ => 0 };
        bool isNumber = long.TryParse(shift == 0 ? text : text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number <= most >> shift;
        amount = isNumber ? number << shift : 0;
        return isNumber && amount >= least;
    }
}

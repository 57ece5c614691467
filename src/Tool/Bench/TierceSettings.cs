using System.Globalization;

namespace Tierce.Tool.Bench;

/// <summary>Settings of a boot of Tierce for measuring.</summary>
internal sealed record TierceSettings
{
    /// <summary>Largest <see cref="Handicap"/>.</summary>
    public const int MostHandicap = 1000;

    /// <summary>How the guest's kernel enters the ROM.</summary>
    public string Entry { get; init; } = "auto";

    /// <summary>Instructions that each entry of the kernel costs more, 0 to <see cref="MostHandicap"/>.</summary>
    public int Handicap { get; init; }

    /// <summary>Whether the kernel takes the time of its entries.</summary>
    public bool TimesEntries { get; init; }

    /// <summary>Lines to add to the guest's section of the boot manifest.</summary>
    public IReadOnlyList<string> ManifestLines { get; init; } = [];

    /// <summary>Words for the command line of Tierce's kernel.</summary>
    public string KernelWords
    {
        get
        {
            string handicap = Handicap == 0 ? string.Empty : string.Create(CultureInfo.InvariantCulture, $"handicap={Handicap}");
            return $"{handicap}{(TimesEntries ? " time-entries" : string.Empty)}".Trim();
        }
    }

    /// <summary>Checks a handicap that a user asked for.</summary>
    /// <exception cref="ToolException">It is out of range.</exception>
    public static int CheckHandicap(int instructions) => instructions is >= 0 and <= MostHandicap
        ? instructions
        : throw new ToolException(string.Create(CultureInfo.InvariantCulture, $"--handicap {instructions}: 0 to {MostHandicap} instructions"));
}

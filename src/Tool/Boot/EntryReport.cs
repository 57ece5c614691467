using System.Text.RegularExpressions;

namespace Tierce.Tool.Boot;

/// <summary>
/// Reports which way into the ROM a guest took, and which of the README's figures do not apply to it: they are measured with every change
/// of <c>patch-more</c> made, and a kernel whose functions the monitor does not recognise is slower without any other sign.
/// </summary>
internal static partial class EntryReport
{
    /// <summary>The line for a guest; null if the log does not name its way: a native guest has none, and others take it when they start.</summary>
    /// <param name="log">Tierce's log.</param>
    /// <param name="guest">The guest's section of the boot manifest.</param>
    public static string? Line(string log, string guest)
    {
        Match? match = Taken().Matches(log).LastOrDefault(match => match.Groups["guest"].Value == guest);
        return match is null ? null : $"guest {guest} enters the ROM by {match.Groups["way"].Value}{Judgement(match.Groups["way"].Value, match.Groups["missing"].Value)}";
    }

    private static string Judgement(string way, string missing) => (way, missing) switch
    {
        ("patch-more", "") => ", the fastest way",
        ("patch-more", _) => $" without {missing}: the README's figures for forking and starting a program do not hold",
        ("page", _) => ", the fastest way for a kernel that asks for a hypercall page",
        ("patch", _) => ": the README's figures for forking and starting a program do not hold, the one for a system call does",
        _ => ": none of the README's figures holds",
    };

    [GeneratedRegex(@"^tierce: guest (?<guest>\S+) enters the ROM by (?<way>[a-z-]+)(?: without (?<missing>[^\r\n]+))?\r?$", RegexOptions.Multiline)]
    private static partial Regex Taken();
}

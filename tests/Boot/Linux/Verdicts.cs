using System.Globalization;
using System.Text.RegularExpressions;

namespace Tierce.Boot.Tests;

/// <summary>
/// What programs found: of each program, how often each of its lines with a verdict came, and its exit status. Numbers in a line are
/// masked: addresses, selectors and counts differ from run to run and from kernel to kernel, and where they are wrong the verdict is.
/// </summary>
internal sealed partial class Verdicts
{
    /// <summary>Stands for the exit status among a program's lines.</summary>
    public const string Status = "exit status";

    private readonly Dictionary<(string Program, string Line), int> _counts = [];

    /// <summary>Names of the programs that came to an end, whatever it was.</summary>
    public IReadOnlySet<string> Programs => _counts.Keys.Where(key => key.Line == Status).Select(key => key.Program).ToHashSet();

    /// <summary>Reads what a guest sent: of each program a line <c>=== NAME STATUS</c>, and after it what the program said.</summary>
    public static Verdicts Read(string text)
    {
        Verdicts verdicts = new();
        string program = string.Empty;
        foreach (string line in text.Split('\n'))
        {
            if (line.Split(' ') is ["===", { } name, { } status])
            {
                program = name;
                verdicts._counts[(program, Status)] = int.Parse(status, CultureInfo.InvariantCulture);
            }
            else if (Verdict().IsMatch(line))
            {
                (string, string) key = (program, Mask(line));
                verdicts._counts[key] = verdicts.Count(key) + 1;
            }
        }

        return verdicts;
    }

    /// <summary>A line's form in the page's table.</summary>
    public static string Mask(string line) => Blanks().Replace(Number().Replace(line, "#"), " ").Trim();

    /// <summary>How often a program said a line, or its exit status.</summary>
    public int Count((string Program, string Line) key) => _counts.GetValueOrDefault(key);

    /// <summary>Lines that say that something is wrong, and exit statuses other than 0.</summary>
    public IEnumerable<(string Program, string Line)> Failures =>
        _counts.Where(entry => entry.Key.Line == Status ? entry.Value != 0 : entry.Key.Line.Contains("[FAIL]", StringComparison.Ordinal)).Select(entry => entry.Key);

    /// <summary>What differs between these verdicts and others.</summary>
    public IEnumerable<Difference> Against(Verdicts other) =>
        _counts.Keys.Union(other._counts.Keys).Where(key => Count(key) != other.Count(key))
            .Select(key => new Difference(key.Program, key.Line, Count(key), other.Count(key)));

    [GeneratedRegex(@"\[(OK|PASS|FAIL|SKIP)\]")]
    private static partial Regex Verdict();

    [GeneratedRegex(@"\b(?:0x)+[0-9a-fA-F]+|\b[0-9a-fA-F]*[0-9][0-9a-fA-F]*\b")]
    private static partial Regex Number();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();
}

/// <summary>A line that one side says more often than the other, or an exit status.</summary>
/// <param name="Program">Who says it.</param>
/// <param name="Line">The line, or <see cref="Verdicts.Status"/>.</param>
/// <param name="Native">Natively.</param>
/// <param name="Tierce">Under Tierce.</param>
internal sealed record Difference(string Program, string Line, int Native, int Tierce);

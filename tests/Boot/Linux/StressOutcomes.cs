using System.Globalization;

namespace Tierce.Boot.Tests;

/// <summary>How stressors ended, each in one word or two that can be compared.</summary>
internal sealed class StressOutcomes
{
    /// <summary>The machine did not live to tell how the stressor ended.</summary>
    public const string EndedTheMachine = "ended the machine";

    private readonly Dictionary<string, string> _outcomes = new(StringComparer.Ordinal);

    /// <summary>How a stressor ended.</summary>
    public string this[string stressor] => _outcomes[stressor];

    /// <summary>What stress-ng's exit status means; the shell's <c>timeout</c> kills with status 137.</summary>
    public static string Meaning(int status) => status switch
    {
        0 => "passed",
        1 => "did not start",
        2 => "failed",
        3 or 4 => "skipped",
        137 => "ran out of time",
        _ => string.Create(CultureInfo.InvariantCulture, $"ended with {status}"),
    };

    /// <summary>Reads a machine's report. Each stressor has a line <c>NAME STATUS COMPLAINTS</c>; indented lines with details may follow it.</summary>
    /// <returns>The stressors that the machine reported.</returns>
    public IReadOnlySet<string> Take(string text)
    {
        HashSet<string> told = [];
        foreach (string[] words in text.Split('\n').Where(line => line.Length > 0 && line[0] != ' ').Select(line => line.Split(' ')))
        {
            if (words is [{ } name, { } status, { } complaints])
            {
                string complained = complaints == "0" ? string.Empty : ", the kernel complained";
                _outcomes[name] = Meaning(int.Parse(status, CultureInfo.InvariantCulture)) + complained;
                told.Add(name);
            }
        }

        return told;
    }

    /// <summary>Notes the stressor with which the machine ended.</summary>
    public void Ended(string stressor) => _outcomes[stressor] = EndedTheMachine;
}

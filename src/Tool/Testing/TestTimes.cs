using System.Globalization;
using System.Text;

namespace Tierce.Tool.Testing;

/// <summary>Where the minutes of a test run went.</summary>
internal static class TestTimes
{
    /// <summary>Classes that are listed.</summary>
    private const int Most = 15;

    /// <summary>Shorter ones are not worth a line.</summary>
    private const double LeastSeconds = 1;

    /// <summary>A line for the whole and each project, then the classes that took longest; empty if nothing ran.</summary>
    /// <remarks>Several classes may run at a time, so the seconds of a project's classes can add up to more than the project's.</remarks>
    public static string Describe(IReadOnlyList<ProjectResult> results)
    {
        (string Name, double Seconds)[] classes = [.. results
            .SelectMany(result => result.Classes.Select(entry => (Name: $"{result.Project}/{entry.Key}", Seconds: entry.Value)))
            .Where(entry => entry.Seconds >= LeastSeconds)
            .OrderByDescending(entry => entry.Seconds)
            .Take(Most)];
        StringBuilder text = new();
        if (results.Sum(result => result.Seconds) >= LeastSeconds)
        {
            text.Append(CultureInfo.InvariantCulture, $"seconds of wall time: {results.Sum(result => result.Seconds):0} in all, ");
            text.AppendJoin(", ", results.Select(result => string.Create(CultureInfo.InvariantCulture, $"{result.Project} {result.Seconds:0}"))).Append('\n');
        }

        if (classes.Length > 0)
        {
            text.Append("longest classes: ");
            text.AppendJoin(", ", classes.Select(entry => string.Create(CultureInfo.InvariantCulture, $"{entry.Name} {entry.Seconds:0}"))).Append('\n');
        }

        return text.ToString();
    }
}

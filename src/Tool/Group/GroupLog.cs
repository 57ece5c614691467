using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Tierce.Tool.Group;

/// <summary>Follows Tierce's own log while the machine runs: ends of guests and applications, and the lines of applications.</summary>
internal sealed partial class GroupLog(string path)
{
    private long _offset;
    private string _rest = string.Empty;

    /// <summary>A guest ended, for good or to be started again.</summary>
    public event Action<string, string, bool>? GuestEnded;

    /// <summary>A guest is being started again.</summary>
    public event Action<string>? GuestRestarted;

    /// <summary>An application ended, with its code; -1: its domain died.</summary>
    public event Action<string, int>? ApplicationEnded;

    /// <summary>A line of an application's.</summary>
    public event Action<string, string>? ApplicationLine;

    /// <summary>First line of a panic of Tierce's kernel; null if it did not.</summary>
    public string? KernelPanic { get; private set; }

    /// <summary>Takes what has been written since the last time.</summary>
    /// <param name="applications">Names of the applications.</param>
    public void Follow(IReadOnlyCollection<string> applications)
    {
        if (!File.Exists(path))
        {
            return;
        }

        using (FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite))
        {
            file.Position = _offset;
            byte[] bytes = new byte[file.Length - _offset];
            int got = file.Read(bytes);
            _offset += got;
            _rest += Encoding.Latin1.GetString(bytes, 0, got);
        }

        int end;
        while ((end = _rest.IndexOf('\n', StringComparison.Ordinal)) >= 0)
        {
            Take(_rest[..end].TrimEnd('\r'), applications);
            _rest = _rest[(end + 1)..];
        }
    }

    private void Take(string line, IReadOnlyCollection<string> applications)
    {
        if (Ended().Match(line) is { Success: true } ended)
        {
            GuestEnded?.Invoke(ended.Groups[1].Value, ended.Groups[2].Value, ended.Groups[3].Success);
        }
        else if (Restarted().Match(line) is { Success: true } restarted)
        {
            GuestRestarted?.Invoke(restarted.Groups[1].Value);
        }
        else if (Application().Match(line) is { Success: true } application)
        {
            ApplicationEnded?.Invoke(application.Groups[1].Value, int.Parse(application.Groups[2].Value, CultureInfo.InvariantCulture));
        }
        else if (Died().Match(line) is { Success: true } died && applications.Contains(died.Groups[1].Value))
        {
            ApplicationEnded?.Invoke(died.Groups[1].Value, -1);
        }
        else if (Panic().IsMatch(line))
        {
            KernelPanic ??= line;
        }
        else if (line.IndexOf(": ", StringComparison.Ordinal) is > 0 and int colon && applications.Contains(line[..colon]))
        {
            ApplicationLine?.Invoke(line[..colon], line[(colon + 2)..]);
        }
    }

    [GeneratedRegex("tierce: guest (\\S+) ended: (.*?)( \\(restart\\))?$")]
    private static partial Regex Ended();

    [GeneratedRegex("^tierce: guest (\\S+) is started again$")]
    private static partial Regex Restarted();

    [GeneratedRegex("^tierce: application (\\S+) ended: (\\d+)$")]
    private static partial Regex Application();

    [GeneratedRegex("^tierce: domain (\\S+) died$")]
    private static partial Regex Died();

    [GeneratedRegex("\\b(?:kernel )?panic\\b", RegexOptions.IgnoreCase)]
    private static partial Regex Panic();
}

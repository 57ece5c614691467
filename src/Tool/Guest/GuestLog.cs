using System.Text.RegularExpressions;

namespace Tierce.Tool.Guest;

/// <summary>Searches a guest kernel's log for errors.</summary>
internal static partial class GuestLog
{
    /// <summary>Lines in which a Linux kernel reports that it went wrong: WARNING, BUG, Oops, stalls, lock-ups, panics.</summary>
    public static IReadOnlyList<string> Complaints(string log) => [.. log.Split('\n').Where(line => Complaint().IsMatch(line)).Select(line => line.Trim())];

    /// <summary>Why a guest kernel panicked, or null if it did not.</summary>
    public static string? PanicReason(string log)
    {
        Match match = Panic().Match(log);
        return match.Success ? match.Groups[1].Value.Trim() : null;
    }

    // "Call Trace:" and "cut here" are left out: they only come with one of these.
    [GeneratedRegex(@"\bWARNING:|\bBUG:|\bkernel BUG at|\bOops(:|\b)|general protection fault, |Kernel panic|rcu:? .*stall|soft lockup|hard LOCKUP|blocked for more than")]
    private static partial Regex Complaint();

    [GeneratedRegex(@"Kernel panic - not syncing: ([^\r\n]*)")]
    private static partial Regex Panic();
}

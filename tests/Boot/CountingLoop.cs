using System.Globalization;

namespace Tierce.Boot.Tests;

/// <summary>
/// A guest's command that counts in whole seconds of the clock of a machine that counts instructions, and prints the count. That clock begins
/// with the year 2026. A guest that boots later than the count begins exits with 9.
/// </summary>
internal static class CountingLoop
{
    private const long FirstSecond = 1767225600;

    /// <summary>A second of the machine's clock, counted from its begin, in seconds since 1970.</summary>
    public static long Second(int number) => FirstSecond + number;

    /// <summary>The command.</summary>
    /// <param name="begin">Second of the machine's clock in which the count begins, from 0.</param>
    /// <param name="seconds">Seconds of counting.</param>
    public static string Command(int begin, int seconds) => string.Create(
        CultureInfo.InvariantCulture,
        $"start={Second(begin)}; [ $EPOCHSECONDS -lt $start ] || exit 9; while [ $EPOCHSECONDS -lt $start ]; do :; done; n=0; while [ $EPOCHSECONDS -lt $((start + {seconds})) ]; do n=$((n+1)); done; echo count $n");
}

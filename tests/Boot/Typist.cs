namespace Tierce.Boot.Tests;

/// <summary>Shell functions of a user who types at a terminal, and waits for what appears, however long a busy host takes.</summary>
internal static class Typist
{
    /// <summary>
    /// <c>seen FILE TEXT COUNT</c> waits until the text stands in the transcript as often. <c>typed FILE PATTERN KEYS</c> types the keys
    /// once a second until a line matches: for what reaches the guest in its own time, in addition to the keys.
    /// </summary>
    public const string Functions =
        "seen() { for i in $(seq 200); do [ \"$(grep -o \"$2\" \"$1\" 2>/dev/null | wc -l)\" -ge $3 ] && break; sleep 1; done; }; "
        + "typed() { for i in $(seq 200); do grep -q \"$2\" \"$1\" 2>/dev/null && break; printf \"$3\"; sleep 1; done; }; ";
}

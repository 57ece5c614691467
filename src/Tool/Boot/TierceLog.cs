using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Tierce.Tool.Boot;

/// <summary>Extracts what the tool needs from Tierce's own log, the machine's debug console.</summary>
/// <param name="text">The log so far.</param>
internal sealed partial class TierceLog(string text)
{
    /// <summary>Why the guest ended ("poweroff", "crash", …); null while it runs, or is started again.</summary>
    public string? GuestEnd => Match(Ended(), 2);

    /// <summary>First line of a panic of Tierce's kernel; null if it did not.</summary>
    public string? KernelPanic => Match(Panic(), 0);

    /// <summary>The kernel has panicked, written its whole report, and halted.</summary>
    public bool IsHalted => Match(Halted(), 0) is not null;

    /// <summary>Physical address of the kernel's trace ring; null if it has none.</summary>
    public ulong? TraceRing => Match(TraceLine(), 1) is { } digits ? ulong.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture) : null;

    /// <summary>Time-stamp counter when Tierce's kernel was entered.</summary>
    public ulong? EntryClock => Number(TierceEntry());

    /// <summary>Time-stamp counter when the guest's first instruction was about to run.</summary>
    public ulong? GuestEntryClock => Number(GuestEntry());

    /// <summary>The kernel's counters at the end of a guest, by name; empty if it did not end by itself.</summary>
    public IReadOnlyDictionary<string, ulong> Counters => Numbers(CounterLine());

    /// <summary>By number of hypercall: how often it was made, and how often it entered the kernel, of all guests that ended by themselves.</summary>
    public IReadOnlyDictionary<int, (ulong Made, ulong Entered)> Hypercalls => CallLine().Matches(text)
        .SelectMany(line => line.Groups[1].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        .Select(call => Array.ConvertAll(call.Split('=', '/'), part => ulong.Parse(part, CultureInfo.InvariantCulture)))
        .GroupBy(call => (int)call[0])
        .ToDictionary(call => call.Key, call => (Sum(call.Select(counts => counts[1])), Sum(call.Select(counts => counts[2]))));

    /// <summary>Most ticks that interrupts were off, by what entered the kernel; empty unless entries were timed.</summary>
    public IReadOnlyDictionary<string, ulong> InterruptsOff => Numbers(InterruptsOffLine());

    /// <summary>Pages that a guest took, by what for.</summary>
    public IReadOnlyDictionary<string, ulong> GuestPages
    {
        get
        {
            Dictionary<string, ulong> pages = Numbers(GuestPagesLine());
            pages["p2m"] = Number(P2MPages()) ?? 0;
            return pages;
        }
    }

    /// <summary>Pages that a driver or an application took.</summary>
    public ulong? ProgramPages(string name) => Number(new Regex($@"^tierce: program {Regex.Escape(name)} memory pages=(\d+)", RegexOptions.Multiline));

    /// <summary>Pages that root could allocate: those that kernel, root and the boot bundle did not take.</summary>
    public ulong? FreePages => Number(FreePagesLine());

    /// <summary>What an application printed, line by line.</summary>
    public IEnumerable<string> LinesOf(string application) =>
        text.Split('\n', StringSplitOptions.TrimEntries).Where(line => line.StartsWith($"{application}: ", StringComparison.Ordinal)).Select(line => line[(application.Length + 2)..]);

    /// <summary>Reads a log that may still be growing, or not be there yet.</summary>
    public static TierceLog Read(string path) => new(Text(path));

    /// <summary>The text of a log that may still be growing, or not be there yet.</summary>
    public static string Text(string path)
    {
        if (!File.Exists(path))
        {
            return string.Empty;
        }

        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using StreamReader reader = new(file, Encoding.Latin1);
        return reader.ReadToEnd();
    }

    /// <summary>The last lines, for a message about a run that failed.</summary>
    public string Tail(int lines) => string.Join('\n', text.TrimEnd().Split('\n').TakeLast(lines));

    private Dictionary<string, ulong> Numbers(Regex pattern) => Match(pattern, 1) is { } line
        ? line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(item => item.Split('=')).ToDictionary(item => item[0], item => ulong.Parse(item[1], CultureInfo.InvariantCulture))
        : [];

    private static ulong Sum(IEnumerable<ulong> numbers) => numbers.Aggregate(0UL, (sum, number) => sum + number);

    private string? Match(Regex pattern, int group)
    {
        Match match = pattern.Match(text);
        return match.Success ? match.Groups[group].Value.Trim() : null;
    }

    private ulong? Number(Regex pattern) => Match(pattern, 1) is { } digits ? ulong.Parse(digits, CultureInfo.InvariantCulture) : null;

    [GeneratedRegex(@"^tierce: guest (\S+) ended: ((?![^\r\n]*\(restart\))[^\r\n]*)$", RegexOptions.Multiline)]
    private static partial Regex Ended();

    [GeneratedRegex(@"^[^\r\n]*\b(?:kernel )?panic\b[^\r\n]*", RegexOptions.Multiline | RegexOptions.IgnoreCase)]
    private static partial Regex Panic();

    [GeneratedRegex(@"^tierce: halted\r?$", RegexOptions.Multiline)]
    private static partial Regex Halted();

    [GeneratedRegex(@"^tierce: counters ([^\r\n]*)", RegexOptions.Multiline)]
    private static partial Regex CounterLine();

    [GeneratedRegex(@"^rom: calls((?: \d+=\d+/\d+)+)\r?$", RegexOptions.Multiline)]
    private static partial Regex CallLine();

    [GeneratedRegex(@"^tierce: guest \S+ memory pages ([^\r\n]*)", RegexOptions.Multiline)]
    private static partial Regex GuestPagesLine();

    [GeneratedRegex(@"^tierce: guest \S+ memory p2m-pages=(\d+)", RegexOptions.Multiline)]
    private static partial Regex P2MPages();

    [GeneratedRegex(@"^tierce: memory pages free=(\d+)", RegexOptions.Multiline)]
    private static partial Regex FreePagesLine();

    [GeneratedRegex(@"^tierce: interrupts-off ([^\r\n]*)", RegexOptions.Multiline)]
    private static partial Regex InterruptsOffLine();

    [GeneratedRegex(@"^tierce: trace ring at 0x([0-9a-f]+)\r?$", RegexOptions.Multiline)]
    private static partial Regex TraceLine();

    [GeneratedRegex(@"^tierce: kernel entry tsc=(\d+)", RegexOptions.Multiline)]
    private static partial Regex TierceEntry();

    [GeneratedRegex(@"^tierce: guest \S+ entry tsc=(\d+)", RegexOptions.Multiline)]
    private static partial Regex GuestEntry();
}

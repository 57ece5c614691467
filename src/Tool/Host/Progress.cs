using System.Diagnostics;

namespace Tierce.Tool.Host;

/// <summary>
/// Shows a long step on standard error: on a terminal one line that counts seconds and is rewritten, elsewhere one line at the start.
/// Standard output stays free for results.
/// </summary>
internal sealed class Progress : IDisposable
{
    private static readonly bool s_onTerminal = !Console.IsErrorRedirected;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Lock _lock = new();
    private readonly Timer? _timer;
    private string _what;
    private bool _done;

    private Progress(string what)
    {
        _what = what;
        if (Quiet)
        {
            _done = true;
        }
        else if (s_onTerminal)
        {
            _timer = new Timer(_ => Draw(), null, TimeSpan.Zero, TimeSpan.FromMilliseconds(500));
        }
        else
        {
            Console.Error.WriteLine($"tierce: {what} ...");
        }
    }

    /// <summary>Whether steps and notes are kept silent (option --quiet).</summary>
    public static bool Quiet { get; set; }

    /// <summary>Begins a step; dispose ends it.</summary>
    public static Progress Start(string what) => new(what);

    /// <summary>One line that stays, unless <see cref="Quiet"/>.</summary>
    public static void Note(string line)
    {
        if (!Quiet)
        {
            Console.Error.WriteLine($"tierce: {line}");
        }
    }

    /// <summary>Says what the step is doing now.</summary>
    public void Update(string what)
    {
        lock (_lock)
        {
            _what = what;
        }
    }

    /// <summary>Ends the step: the line is wiped on a terminal.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (!_done && s_onTerminal)
            {
                Console.Error.Write("\r\e[K");
            }

            _done = true;
        }

        _timer?.Dispose();
    }

    private void Draw()
    {
        lock (_lock)
        {
            if (!_done)
            {
                Console.Error.Write($"\r\e[Ktierce: {_what} ... {_clock.Elapsed.TotalSeconds:0} s");
            }
        }
    }
}

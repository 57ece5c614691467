using System.Diagnostics;

namespace Tierce.Tool.Host;

/// <summary>
/// The user's terminal in raw mode until disposed: every key goes to the guest, which echoes and interprets it itself.
/// Uses stty(1), so that no structure of the C library is copied into this tool.
/// </summary>
internal sealed class RawTerminal : IDisposable
{
    private readonly string _saved;
    private bool _restored;

    private RawTerminal(string saved)
    {
        _saved = saved;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Dispose();
    }

    /// <summary>Switches the terminal on standard input to raw mode; null if standard input is no terminal.</summary>
    public static RawTerminal? Enter()
    {
        if (Console.IsInputRedirected)
        {
            return null;
        }

        RawTerminal terminal = new(Stty("-g").Trim());
        Stty("raw", "-echo");
        return terminal;
    }

    /// <summary>Rows and columns of the terminal, 24 and 80 where there is none.</summary>
    public static (int Rows, int Columns) Size()
    {
        string[] parts = Console.IsInputRedirected ? [] : Stty("size").Split(' ', StringSplitOptions.TrimEntries);
        return parts.Length == 2 && int.TryParse(parts[0], out int rows) && int.TryParse(parts[1], out int columns) && rows > 0 && columns > 0
            ? (rows, columns)
            : (24, 80);
    }

    /// <summary>Puts the terminal back as it was found.</summary>
    public void Dispose()
    {
        if (!_restored)
        {
            _restored = true;
            Stty(_saved);

            // .NET switched the keypad to application mode when it first started a program on this terminal.
            Console.Error.Write("\e[?1l\e>");
        }
    }

    private static string Stty(params string[] arguments)
    {
        // Standard input is inherited: it is the terminal that stty acts on.
        ProcessStartInfo start = new("stty", arguments) { RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output;
    }
}

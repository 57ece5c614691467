using System.Text;
using Tierce.Tool.Boot;
using Tierce.Tool.Guest;

namespace Tierce.Tool.Group;

/// <summary>
/// Shows several guests' output. On a terminal, that of the guest with the focus; the last part of the others' output is kept, and shown
/// when they get the focus. Output of commands is unchanged if one guest runs one; otherwise each line begins with the guest's name. Without
/// any command the lines are those of the consoles of guests that have their own first program.
/// </summary>
internal sealed class GroupScreen(bool isTerminal, int commands, bool verbose)
{
    /// <summary>Output that is kept of a guest without the focus.</summary>
    private const int Kept = 64 << 10;

    /// <summary>Output that is shown again to a terminal that is attached.</summary>
    private const int Recent = 2 << 10;

    private readonly RunOutput _output = new();
    private readonly Dictionary<GroupGuest, List<byte>> _kept = [];
    private readonly Dictionary<(GroupGuest, bool), List<byte>> _lines = [];
    private readonly Lock _lock = new();
    private readonly List<byte> _recent = [];
    private GroupGuest? _focus;

    /// <summary>The guest that has the focus; none before the first <see cref="Show"/>.</summary>
    public GroupGuest? Focus
    {
        get
        {
            lock (_lock)
            {
                return _focus;
            }
        }
    }

    /// <summary>Gives a guest the focus.</summary>
    public void Show(GroupGuest guest)
    {
        lock (_lock)
        {
            _focus = guest;
            _recent.Clear();
            Announce(guest);
            if (_kept.Remove(guest, out List<byte>? kept))
            {
                Add(_recent, kept.ToArray(), Recent);
                _output.Write([.. kept]);
            }
        }
    }

    /// <summary>For a terminal that was just attached: the last output of the guest with the focus.</summary>
    public void ShowAgain()
    {
        lock (_lock)
        {
            if (_focus is not null)
            {
                Announce(_focus);
                _output.Write([.. _recent]);
            }
        }
    }

    /// <summary>A message for the user at the terminal.</summary>
    public void Say(string text)
    {
        lock (_lock)
        {
            _output.Write(Encoding.UTF8.GetBytes($"\r\n[tierce: {text}]\r\n"), toError: true);
        }
    }

    /// <summary>Bytes of a guest's console.</summary>
    public void Plain(GroupGuest guest, ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            if (!isTerminal)
            {
                bool isOutput = commands == 0 && guest.Session.Mode == SessionMode.Plain;
                if (verbose || isOutput)
                {
                    WriteLines(guest, error: !isOutput, bytes);
                }

                return;
            }

            if (guest == _focus)
            {
                Add(_recent, bytes, Recent);
                _output.Write(bytes);
                return;
            }

            Add(_kept.TryGetValue(guest, out List<byte>? found) ? found : _kept[guest] = [], bytes, Kept);
        }
    }

    /// <summary>Output of a guest's command.</summary>
    public void Output(GroupGuest guest, ReadOnlySpan<byte> bytes, bool error)
    {
        lock (_lock)
        {
            if (commands > 1)
            {
                WriteLines(guest, error, bytes);
            }
            else
            {
                _output.Write(bytes, error);
            }
        }
    }

    /// <summary>A line of an application's.</summary>
    public void Line(string text)
    {
        lock (_lock)
        {
            _output.Write(Encoding.UTF8.GetBytes(text + (isTerminal ? "\r\n" : "\n")));
        }
    }

    /// <summary>The streams of a guest's command are incomplete: the run fails.</summary>
    public void Damaged(GroupGuest guest) =>
        _output.Fail($"guest {guest.Description.Name}: something else was written to its console in the middle of its command's streams, which are not whole");

    /// <summary>Ends the run if something could not be written.</summary>
    public void ThrowIfFailed() => _output.ThrowIfFailed();

    /// <summary>Shows an unfinished line too.</summary>
    public void Finish()
    {
        lock (_lock)
        {
            foreach (((GroupGuest guest, bool error), List<byte> line) in _lines.Where(entry => entry.Value.Count > 0).ToArray())
            {
                WriteLines(guest, error, "\n"u8);
            }
        }
    }

    /// <summary>The last bytes stay.</summary>
    private static void Add(List<byte> kept, ReadOnlySpan<byte> bytes, int most)
    {
        kept.AddRange(bytes);
        if (kept.Count > most)
        {
            kept.RemoveRange(0, kept.Count - most);
        }
    }

    private void Announce(GroupGuest guest) =>
        _output.Write(Encoding.UTF8.GetBytes($"\r\n[tierce: guest {guest.Number + 1}, {guest.Description.Name}]\r\n"), toError: true);

    private void WriteLines(GroupGuest guest, bool error, ReadOnlySpan<byte> bytes)
    {
        List<byte> line = _lines.TryGetValue((guest, error), out List<byte>? found) ? found : _lines[(guest, error)] = [];
        foreach (byte value in bytes)
        {
            line.Add(value);
            if (value == '\n')
            {
                _output.Write([.. Encoding.UTF8.GetBytes($"{guest.Description.Name}: "), .. line], error);
                line.Clear();
            }
        }
    }
}

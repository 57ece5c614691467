using System.Diagnostics;
using Microsoft.Win32.SafeHandles;
using Tierce.Tool.Boot;
using Tierce.Tool.Detach;
using Tierce.Tool.Guest;
using Tierce.Tool.Host;

namespace Tierce.Tool.Group;

/// <summary>Runs one machine with several guests or applications to its end.</summary>
internal sealed class GroupSession
{
    private static readonly TimeSpan s_shutdownLimit = TimeSpan.FromSeconds(20);

    private readonly Machine _machine;
    private readonly GroupScreen _screen;
    private readonly ConsoleTags _tags;
    private readonly GroupLog _log;
    private readonly GuestKeys _keys;
    private readonly Dictionary<string, int> _codes = new(StringComparer.Ordinal);
    private readonly string[] _applications;
    private readonly string _logFile;
    private readonly GroupGuest? _reader;
    private readonly bool _interactive;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly ManualResetEventSlim _escaped = new();
    private RawTerminal? _terminal;
    private WindowSize? _window;
    private string? _client;
    private bool _inputTaken;

    /// <summary>Over a machine that was just started.</summary>
    public GroupSession(Machine machine, GroupBoot boot, GroupDescription group, bool interactive, bool verbose)
    {
        _machine = machine;
        _interactive = interactive;
        _applications = [.. group.Applications.Select(application => application.Section)];
        _screen = new GroupScreen(interactive, boot.Guests.Count(guest => guest.Description.Command is not null), verbose);
        Lock access = new();
        int count = boot.Guests.Count;
        Guests = [.. boot.Guests.Select((guest, number) => new GroupGuest(
            number,
            guest.Description,
            guest.Session,
            new InputPump(new GuestInput(machine.Input, access, number, count), guest.Session.Token),
            _screen))];
        _tags = new ConsoleTags(count, (guest, bytes) => Guests[guest].Take(bytes));
        GroupGuest[] commanded = [.. Guests.Where(guest => guest.Description.Command is not null)];
        _reader = Guests.FirstOrDefault(guest => guest.Description.Name == group.On) ?? (commanded.Length == 1 ? commanded[0] : commanded.Length == 0 && count > 0 ? Guests[0] : null);
        Answering = interactive ? Guests
            : group.On is not null ? Guests.Where(guest => guest.Description.Name == group.On)
            : Guests.All(guest => guest.Session.Mode == SessionMode.Plain) ? Guests
            : Guests.Where(guest => guest.Description.Command is not null || guest == _reader);
        _keys = new GuestKeys(Guests, _screen, machine.Input, access, DetachedRun.Inside is { } run ? run.Detach : null, _escaped.Set);
        foreach (GroupGuest guest in Guests)
        {
            guest.Ready += OnReady;
        }

        _logFile = boot.Machine.LogFile;
        _log = new GroupLog(_logFile);
        _log.GuestEnded += OnEnd;
        _log.GuestRestarted += name => Guests.First(guest => guest.Description.Name == name).End = null;
        _log.ApplicationEnded += (name, code) => _codes.TryAdd(name, code);
        _log.ApplicationLine += (name, line) => _screen.Line(_applications.Length > 1 || Guests.Count > 0 ? $"{name}: {line}" : line);
    }

    /// <summary>All guests.</summary>
    public IReadOnlyList<GroupGuest> Guests { get; }

    /// <summary>Codes of the applications that have ended.</summary>
    public IReadOnlyDictionary<string, int> Codes => _codes;

    /// <summary>First line of a panic of Tierce's kernel; null if it did not.</summary>
    public string? KernelPanic => _log.KernelPanic;

    /// <summary>Guests whose status is the run's.</summary>
    public IEnumerable<GroupGuest> Answering { get; }

    /// <summary>Runs the machine until all is done, the time limit passes or the user ends it.</summary>
    public SessionEnd Run(TimeSpan? limit)
    {
        Thread reader = new(ReadConsole) { IsBackground = true, Name = "console" };
        reader.Start();
        if (_interactive)
        {
            StartTerminal();
        }

        try
        {
            SessionEnd end = Follow(limit);
            if (_machine.Ended)
            {
                reader.Join(TimeSpan.FromSeconds(5));
            }

            _log.Follow(_applications);
            _screen.Finish();
            _screen.ThrowIfFailed();
            return end;
        }
        finally
        {
            _window?.Dispose();
            _terminal?.Dispose();
        }
    }

    private SessionEnd Follow(TimeSpan? limit)
    {
        TimeSpan? stopBy = null;
        while (!_machine.Wait(TimeSpan.FromMilliseconds(50)))
        {
            _log.Follow(_applications);
            TimeSpan now = _clock.Elapsed;
            _screen.ThrowIfFailed();
            if (_escaped.IsSet)
            {
                return SessionEnd.Escaped;
            }

            bool done = _log.KernelPanic is not null || (Answering.All(guest => guest.Done) && _applications.All(_codes.ContainsKey));
            if (now >= limit && !done)
            {
                return SessionEnd.TimeLimit;
            }

            // Guests that the run does not wait for are stopped with the machine; the others get time to stop by themselves.
            if (done && stopBy is null)
            {
                stopBy = now + (_log.KernelPanic is null ? s_shutdownLimit : TimeSpan.Zero);
            }

            bool othersRun = done && Answering.Count() != Guests.Count && Answering.All(guest => guest.HasEnded);
            if (othersRun || now >= stopBy)
            {
                return SessionEnd.Stopped;
            }
        }

        return SessionEnd.Stopped;
    }

    private void ReadConsole() => _machine.Output.CopyTo(_tags.Write);

    private void OnEnd(string name, string how, bool restarts)
    {
        GroupGuest guest = Guests.First(guest => guest.Description.Name == name);
        guest.End = restarts ? null : how;
        guest.HasEnded = true;
        Say($"guest {name} ended: {how}{(restarts ? "; it is started again" : string.Empty)}");
    }

    private void Say(string text)
    {
        if (_interactive)
        {
            _screen.Say(text);
        }
        else
        {
            Progress.Note(text);
        }
    }

    private void OnReady(GroupGuest guest)
    {
        if (guest.Boots == 1 && EntryReport.Line(TierceLog.Text(_logFile), guest.Description.Name) is { } way)
        {
            Say(way);
        }

        if (_interactive)
        {
            (int rows, int columns) = RawTerminal.Size();
            guest.TellSize(rows, columns);
            return;
        }

        if (guest.Description.Command is null && guest != _reader)
        {
            return;
        }

        // Standard input goes to one guest, once; a command elsewhere, or in a second life, finds its input empty.
        bool feed = guest == _reader && !_inputTaken && Console.IsInputRedirected;
        _inputTaken |= feed;
        new Thread(() => guest.Input.RunFramed(isEmpty: !feed)) { IsBackground = true, Name = $"input of {guest.Description.Name}" }.Start();
    }

    private void OnWindow(int rows, int columns)
    {
        foreach (GroupGuest guest in Guests.Where(guest => guest.Boots > 0))
        {
            guest.TellSize(rows, columns);
        }

        // The size of the terminal changes too when another one is attached.
        string? client = DetachedRun.Inside?.AttachedClient;
        if (client != _client)
        {
            _client = client;
            _screen.ShowAgain();
        }
    }

    private void StartTerminal()
    {
        _terminal = RawTerminal.Enter();
        _client = DetachedRun.Inside?.AttachedClient;
        _window = WindowSize.Follow(OnWindow);
        if (Guests.Count > 0)
        {
            _screen.Show(_reader!);
            string detach = DetachedRun.Inside is null ? string.Empty : "Ctrl-] d detaches; ";
            string further = Guests.Count > ConsoleTags.ByDigit ? ", or g, a number and Enter," : string.Empty;
            _screen.Say($"Ctrl-] and a digit, or n{further} shows another guest; {detach}Ctrl-] q ends the run; Ctrl-] Ctrl-] sends that key");
        }

        new Thread(() =>
        {
            using SafeFileHandle handle = new(0, ownsHandle: false);
            using FileStream input = new(handle, FileAccess.Read, bufferSize: 0);
            byte[] buffer = new byte[256];
            int got;
            while ((got = input.Read(buffer)) > 0)
            {
                _keys.Take(buffer.AsSpan(0, got));
            }
        })
        { IsBackground = true, Name = "keys" }.Start();
    }
}

using System.Diagnostics;
using System.Globalization;
using System.Text;
using Tierce.Tool.Guest;
using Tierce.Tool.Host;

namespace Tierce.Tool.Boot;

/// <summary>How a run of a machine ended.</summary>
internal enum SessionEnd
{
    /// <summary>The machine stopped by itself.</summary>
    Stopped,

    /// <summary>The time limit passed.</summary>
    TimeLimit,

    /// <summary>The guest did not reach its first process in good time.</summary>
    NotReady,

    /// <summary>The user pressed the key that ends a run.</summary>
    Escaped,
}

/// <summary>Results of a run.</summary>
/// <param name="End">How it ended.</param>
/// <param name="Status">Exit status of the guest's shell or command, if it gave one.</param>
/// <param name="ReadyAfter">Time until the guest's first process was ready; null if it never was.</param>
/// <param name="GuestLog">The guest kernel's log as its process 1 sent it; null if it did not.</param>
/// <param name="Console">Everything on the console that was in no frame.</param>
internal sealed record SessionResult(SessionEnd End, int? Status, TimeSpan? ReadyAfter, string? GuestLog, string Console);

/// <summary>Runs one machine to its end: carries the streams, follows the frames, keeps the time.</summary>
internal sealed class Session : IConsoleSink
{
    /// <summary>Time in which the last output of a machine that has stopped is read, also on a busy host.</summary>
    internal static readonly TimeSpan OutputLimit = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan s_shutdownLimit = TimeSpan.FromSeconds(20);

    /// <summary>An installed system stops its services and writes its file systems first.</summary>
    private static readonly TimeSpan s_systemShutdownLimit = TimeSpan.FromSeconds(180);

    private readonly Machine _machine;
    private readonly SessionMode _mode;
    private readonly FrameDecoder _decoder;
    private readonly InputPump _input;
    private readonly RunOutput _output = new();
    private readonly StringBuilder _console = new();
    private readonly MemoryStream _guestLog = new();
    private readonly ManualResetEventSlim _escaped = new();
    private readonly ManualResetEventSlim _finished = new();
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Progress _progress;
    private RawTerminal? _terminal;
    private WindowSize? _window;
    private int? _status;
    private TimeSpan? _readyAfter;
    private TimeSpan _nextLook;

    private Session(Machine machine, SessionMode mode, string token, bool holdsBack, Progress progress)
    {
        _machine = machine;
        _mode = mode;
        _progress = progress;
        _decoder = new FrameDecoder(token, mixed: mode is SessionMode.Command or SessionMode.Script, this);
        _input = new InputPump(machine.Input, token, holdsBack ? InputPump.OwnWindow : InputPump.SharedWindow);
        _input.Escaped += _escaped.Set;
    }

    /// <summary>Shows the console from the start: the guest's boot messages go to standard error.</summary>
    public bool Verbose { get; init; }

    /// <summary>The guest is an installed system.</summary>
    public bool IsSystem { get; init; }

    /// <summary>Tierce's own log.</summary>
    public required string LogFile { get; init; }

    /// <summary>Runs the machine until it stops, the time limit passes or the user ends it.</summary>
    /// <param name="machine">The machine, just started.</param>
    /// <param name="settings">What it was started with.</param>
    /// <param name="session">What its process 1 will do.</param>
    /// <param name="limit">Time limit for the whole run, or null.</param>
    /// <param name="bootLimit">Time until its process 1 must be ready.</param>
    /// <param name="verbose">Show boot messages.</param>
    public static SessionResult Run(Machine machine, MachineSettings settings, GuestSession session, TimeSpan? limit, TimeSpan bootLimit, bool verbose)
    {
        using Progress progress = Progress.Start("booting");
        if (verbose || session.Mode == SessionMode.Plain)
        {
            progress.Dispose();
        }

        Session run = new(machine, session.Mode, session.Token, settings.ConsoleKind == ConsoleKind.Virtio, progress) { Verbose = verbose, IsSystem = session.IsSystem, LogFile = settings.LogFile };
        return run.Run(settings, limit, bootLimit);
    }

    /// <inheritdoc/>
    public void Plain(ReadOnlySpan<byte> bytes)
    {
        string text = Encoding.Latin1.GetString(bytes);
        lock (_console)
        {
            _console.Append(text);
        }

        bool isTerminal = _mode == SessionMode.Plain || (_mode == SessionMode.Shell && _readyAfter is not null && _status is null);
        if (isTerminal || Verbose)
        {
            _output.Write(bytes, toError: !isTerminal);
        }
    }

    /// <inheritdoc/>
    public void Frame(char type, ReadOnlySpan<byte> payload)
    {
        switch (type)
        {
            case 'b':
                Begin();
                break;
            case 'c':
                _input.AnswerDate();
                break;
            case 'o':
                _output.Write(payload);
                break;
            case 'e':
                _output.Write(payload, toError: true);
                break;
            case 'l':
                _guestLog.Write(payload);
                break;
            case 'a':
                _input.Acknowledge();
                break;
            case 'x':
                Damaged();
                break;
            case 's' when int.TryParse(payload, NumberStyles.None, CultureInfo.InvariantCulture, out int status):
                _status = status;
                _finished.Set();
                break;
        }
    }

    /// <inheritdoc/>
    public void Damaged() => _output.Fail("something else was written to the guest's console in the middle of the command's streams, which are not whole");

    private SessionResult Run(MachineSettings settings, TimeSpan? limit, TimeSpan bootLimit)
    {
        Thread reader = new(ReadConsole) { IsBackground = true, Name = "console" };
        reader.Start();
        if (_mode == SessionMode.Plain)
        {
            StartInput();
        }

        try
        {
            SessionEnd end = Follow(settings, limit, bootLimit);
            if (end == SessionEnd.Stopped)
            {
                // Else its output would have no end.
                _machine.Stop();
                reader.Join(OutputLimit);
            }

            _output.ThrowIfFailed();

            lock (_console)
            {
                string? guestLog = _guestLog.Length > 0 ? Encoding.UTF8.GetString(_guestLog.ToArray()) : null;
                return new SessionResult(end, _status, _readyAfter, guestLog, _console.ToString());
            }
        }
        finally
        {
            _window?.Dispose();
            _terminal?.Dispose();
        }
    }

    private SessionEnd Follow(MachineSettings settings, TimeSpan? limit, TimeSpan bootLimit)
    {
        TimeSpan? stopBy = null;
        while (!_machine.Wait(TimeSpan.FromMilliseconds(50)))
        {
            TimeSpan now = _clock.Elapsed;
            _output.ThrowIfFailed();
            if (_escaped.IsSet)
            {
                return SessionEnd.Escaped;
            }

            if (now >= limit && _status is null)
            {
                return SessionEnd.TimeLimit;
            }

            if (now >= bootLimit && _readyAfter is null && _mode != SessionMode.Plain)
            {
                return SessionEnd.NotReady;
            }

            // A machine whose end was reported gets limited time to stop by itself.
            TierceLog? log = LookAtLog(settings.LogFile);
            if (log?.IsHalted == true)
            {
                return SessionEnd.Stopped;
            }

            if (stopBy is null && (_finished.IsSet || log?.GuestEnd is not null || log?.KernelPanic is not null))
            {
                stopBy = now + (IsSystem ? s_systemShutdownLimit : s_shutdownLimit);
            }

            if (now >= stopBy)
            {
                Progress.Note("the machine did not stop by itself; stopped it");
                return SessionEnd.Stopped;
            }
        }

        return SessionEnd.Stopped;
    }

    /// <summary>Tierce's log, once a second: to read it each time round would be wasteful. Null in between.</summary>
    private TierceLog? LookAtLog(string logFile)
    {
        if (_clock.Elapsed < _nextLook)
        {
            return null;
        }

        _nextLook = _clock.Elapsed + TimeSpan.FromSeconds(1);
        return TierceLog.Read(logFile);
    }

    private void ReadConsole()
    {
        _machine.Output.CopyTo(_decoder.Write);
        _decoder.End();
    }

    private void Begin()
    {
        _readyAfter ??= _clock.Elapsed;
        _progress.Dispose();
        if (EntryReport.Line(TierceLog.Text(LogFile), BootManifest.OnlyGuest) is { } way)
        {
            Progress.Note(way);
        }

        if (_mode == SessionMode.Shell)
        {
            Progress.Note(string.Create(CultureInfo.InvariantCulture, $"shell ready after {_readyAfter.Value.TotalSeconds:0.0} s; 'exit' ends the run, Ctrl-] cuts it short"));
        }

        StartInput();
    }

    private void StartInput()
    {
        bool isTerminal = !Console.IsInputRedirected;
        if (_mode is SessionMode.Shell or SessionMode.Plain)
        {
            _terminal = RawTerminal.Enter();
        }

        if (_mode == SessionMode.Shell)
        {
            _window = WindowSize.Follow(_input.SendSize);
        }

        Thread pump = new(() =>
        {
            if (_mode is SessionMode.Shell or SessionMode.Plain)
            {
                _input.RunRaw(isTerminal);
            }
            else
            {
                _input.RunFramed(isEmpty: isTerminal);
            }
        })
        { IsBackground = true, Name = "input" };
        pump.Start();
    }
}

using System.Globalization;
using System.Text;
using Tierce.Tool.Boot;
using Tierce.Tool.Guest;

namespace Tierce.Tool.Group;

/// <summary>One guest of a running machine, as its console shows it.</summary>
internal sealed class GroupGuest : IConsoleSink
{
    private readonly FrameDecoder _decoder;
    private readonly StringBuilder _console = new();
    private readonly MemoryStream _log = new();
    private readonly GroupScreen _screen;
    private readonly Lock _lock = new();

    /// <summary>A guest by number.</summary>
    public GroupGuest(int number, GuestDescription description, GuestSession session, InputPump input, GroupScreen screen)
    {
        Number = number;
        Description = description;
        Session = session;
        Input = input;
        _screen = screen;
        _decoder = new FrameDecoder(session.Token, mixed: session.Mode is SessionMode.Command or SessionMode.Script, this);
    }

    /// <summary>Its process 1 is ready for input; again after each restart.</summary>
    public event Action<GroupGuest>? Ready;

    /// <summary>Its number on the console, from 0.</summary>
    public int Number { get; }

    /// <summary>What it was started with.</summary>
    public GuestDescription Description { get; }

    /// <summary>What its process 1 does.</summary>
    public GuestSession Session { get; }

    /// <summary>Carries its input.</summary>
    public InputPump Input { get; }

    /// <summary>Status of its command or shell: the first one it gave.</summary>
    public int? Status { get; private set; }

    /// <summary>Times that its process 1 was ready.</summary>
    public int Boots { get; private set; }

    /// <summary>How it ended last; null while it runs or is being started again.</summary>
    public string? End { get; set; }

    /// <summary>Whether it has ended, if only to be started again.</summary>
    public bool HasEnded { get; set; }

    /// <summary>Whether anything more is to be waited for.</summary>
    public bool Done => Status is not null || End is not null;

    /// <summary>Everything on its console that was in no frame.</summary>
    public string Console
    {
        get
        {
            lock (_lock)
            {
                return _console.ToString();
            }
        }
    }

    /// <summary>Its kernel's log as its process 1 sent it.</summary>
    public string Log
    {
        get
        {
            lock (_lock)
            {
                return Encoding.UTF8.GetString(_log.ToArray());
            }
        }
    }

    /// <summary>Tells its shell, if it has one, the size of the user's window.</summary>
    public void TellSize(int rows, int columns)
    {
        if (Session.Mode == SessionMode.Shell)
        {
            Input.SendSize(rows, columns);
        }
    }

    /// <summary>Bytes from its console.</summary>
    public void Take(ReadOnlySpan<byte> bytes) => _decoder.Write(bytes);

    /// <inheritdoc/>
    public void Plain(ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            _console.Append(Encoding.Latin1.GetString(bytes));
        }

        _screen.Plain(this, bytes);
    }

    /// <inheritdoc/>
    public void Damaged() => _screen.Damaged(this);

    /// <inheritdoc/>
    public void Frame(char type, ReadOnlySpan<byte> payload)
    {
        switch (type)
        {
            case 'c':
                Input.AnswerDate();
                break;
            case 'b':
                Boots++;
                Ready?.Invoke(this);
                break;
            case 'o':
                _screen.Output(this, payload, error: false);
                break;
            case 'e':
                _screen.Output(this, payload, error: true);
                break;
            case 'l':
                lock (_lock)
                {
                    _log.Write(payload);
                }

                break;
            case 'a':
                Input.Acknowledge();
                break;
            case 'x' when Boots <= 1:
                // A guest that was started again may still find input of its life before.
                Damaged();
                break;
            case 's' when int.TryParse(payload, NumberStyles.None, CultureInfo.InvariantCulture, out int status):
                Status ??= status;
                break;
        }
    }
}

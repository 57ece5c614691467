using Tierce.Tool.Boot;
using Tierce.Tool.Guest;

namespace Tierce.Tool.Debugging;

/// <summary>
/// A guest's console while gdb has the terminal: output of its command is shown, all else goes to a file. A guest without a command waits at
/// a shell that gets no input.
/// </summary>
internal sealed class QuietSession : IConsoleSink, IDisposable
{
    private readonly FileStream _console;
    private readonly FrameDecoder _decoder;
    private readonly InputPump _input;
    private readonly GuestSession _session;
    private readonly Stream _output = Console.OpenStandardOutput();
    private readonly Stream _error = Console.OpenStandardError();
    private readonly Thread _reader;

    /// <summary>Follows a machine that was just started.</summary>
    public QuietSession(Machine machine, GuestSession session, string consoleFile)
    {
        _session = session;
        _console = File.Create(consoleFile);
        _decoder = new FrameDecoder(session.Token, this);
        _input = new InputPump(machine.Input, session.Token);
        _reader = new Thread(() => Read(machine.Output)) { IsBackground = true, Name = "console" };
        _reader.Start();
    }

    /// <inheritdoc/>
    public void Plain(ReadOnlySpan<byte> bytes)
    {
        _console.Write(bytes);
        _console.Flush();
    }

    /// <inheritdoc/>
    public void Frame(char type, ReadOnlySpan<byte> payload)
    {
        switch (type)
        {
            case 'b' when _session.Mode == SessionMode.Command:
                _input.RunFramed(isEmpty: true);
                break;
            case 'o':
                _output.Write(payload);
                _output.Flush();
                break;
            case 'e':
                _error.Write(payload);
                break;
        }
    }

    /// <summary>To be called when the machine has stopped.</summary>
    public void Dispose()
    {
        _reader.Join(TimeSpan.FromSeconds(5));
        _console.Dispose();
    }

    private void Read(Stream line)
    {
        byte[] buffer = new byte[16384];
        int got;
        while ((got = line.Read(buffer)) > 0)
        {
            _decoder.Write(buffer.AsSpan(0, got));
        }
    }
}

using Tierce.Tool.Boot;
using Tierce.Tool.Guest;

namespace Tierce.Tool.Debugging;

/// <summary>
/// A guest's console while gdb has the terminal: the output of its command is shown, all other output goes to a file. A guest without a
/// command waits at a shell that gets no input.
/// </summary>
internal sealed class QuietSession : IConsoleSink, IDisposable
{
    private readonly FileStream _console;
    private readonly FrameDecoder _decoder;
    private readonly InputPump _input;
    private readonly GuestSession _session;
    private readonly RunOutput _output = new();
    private readonly Thread _reader;

    /// <summary>Follows a machine that was just started.</summary>
    public QuietSession(Machine machine, GuestSession session, string consoleFile)
    {
        _session = session;
        _console = File.Create(consoleFile);
        _decoder = new FrameDecoder(session.Token, mixed: session.Mode == SessionMode.Command, this);
        _input = new InputPump(machine.Input, session.Token);
        _reader = new Thread(() => machine.Output.CopyTo(_decoder.Write)) { IsBackground = true, Name = "console" };
        _reader.Start();
    }

    /// <inheritdoc/>
    public void Plain(ReadOnlySpan<byte> bytes)
    {
        try
        {
            _console.Write(bytes);
            _console.Flush();
        }
        catch (IOException e)
        {
            _output.Fail($"the guest's console could not be written to its file: {e.Message}");
        }
    }

    /// <inheritdoc/>
    public void Damaged() => _output.Fail("something else was written to the guest's console in the middle of the command's output, which is not whole");

    /// <summary>Fails if something could not be written.</summary>
    public void ThrowIfFailed() => _output.ThrowIfFailed();

    /// <inheritdoc/>
    public void Frame(char type, ReadOnlySpan<byte> payload)
    {
        switch (type)
        {
            case 'c':
                _input.AnswerDate();
                break;
            case 'b' when _session.Mode == SessionMode.Command:
                _input.RunFramed(isEmpty: true);
                break;
            case 'o':
                _output.Write(payload);
                break;
            case 'e':
                _output.Write(payload, toError: true);
                break;
        }
    }

    /// <summary>To be called when the machine has stopped.</summary>
    public void Dispose()
    {
        // On a busy host the last of the output may take its time. What is still being written is not closed.
        if (_reader.Join(Session.OutputLimit))
        {
            _console.Dispose();
        }
    }
}

using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Tierce.Guest;

namespace Tierce.Tool.Boot;

/// <summary>Carries the tool's standard input to the machine.</summary>
/// <param name="machine">The machine's line.</param>
/// <param name="token">Marks the session's frames.</param>
/// <param name="window">Frames under way that the guest has not acknowledged.</param>
internal sealed class InputPump(Stream machine, string token, int window = InputPump.SharedWindow)
{
    /// <summary>Ends an interactive run: Ctrl-].</summary>
    private const byte EscapeKey = 0x1d;

    /// <summary>Bytes of input in one frame.</summary>
    private const int FrameSize = 1024;

    /// <summary>
    /// Frames under way to a guest that shares the line. It loses what its ring (<see cref="Abi.ConsoleInput"/>, 4096 bytes) has no room for;
    /// three frames are 3,561 bytes on the line. On the machine itself, Linux's terminal has no way to hold the sender back either.
    /// </summary>
    public const int SharedWindow = 3;

    /// <summary>Frames under way to a guest that has the line to itself, and holds the sender back: enough that neither side waits.</summary>
    public const int OwnWindow = 32;

    private readonly SemaphoreSlim _acknowledged = new(window);
    private readonly byte[] _frame = new byte[FrameFormat.LargestFrame];
    private readonly byte[] _start = FrameDecoder.Start(token);

    /// <summary>Keys and frames of the window's size come from several threads.</summary>
    private readonly Lock _sending = new();
    private byte _sequence = 1;

    /// <summary>The user pressed the key that ends the run.</summary>
    public event Action? Escaped;

    /// <summary>The guest's agent took a frame.</summary>
    public void Acknowledge() => _acknowledged.Release();

    /// <summary>Answers the guest's question for the date. It asks before it reports that it is ready, so no input is under way.</summary>
    public void AnswerDate()
    {
        const long NanosecondsPerTick = 100;
        SendText('c', ((DateTime.UtcNow - DateTime.UnixEpoch).Ticks * NanosecondsPerTick).ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Tells the guest's terminal the size of the user's window. The guest must have reported that it is ready.</summary>
    public void SendSize(int rows, int columns) => SendText('w', string.Create(CultureInfo.InvariantCulture, $"{rows} {columns}"));

    /// <summary>Passes bytes on unchanged, until the end or the escape key.</summary>
    public void RunRaw(bool onTerminal)
    {
        Copy(256, bytes =>
        {
            int escape = onTerminal ? bytes.IndexOf(EscapeKey) : -1;
            Send(escape < 0 ? bytes : bytes[..escape]);
            if (escape >= 0)
            {
                Escaped?.Invoke();
            }

            return escape < 0;
        });
    }

    /// <summary>Passes bytes on in frames, a few at a time, and reports the end.</summary>
    public void RunFramed(bool isEmpty)
    {
        // A guest that is started again counts anew, and acknowledges nothing of its life before.
        _sequence = 1;
        while (_acknowledged.CurrentCount < window)
        {
            _acknowledged.Release();
        }

        if (!isEmpty)
        {
            Copy(FrameSize, bytes =>
            {
                SendFrame('i', bytes);
                return true;
            });
        }

        SendFrame('z', []);
    }

    private static void Copy(int size, Func<ReadOnlySpan<byte>, bool> take)
    {
        // Not Console's stream: on a terminal that one edits lines.
        using SafeFileHandle handle = new(0, ownsHandle: false);
        using FileStream input = new(handle, FileAccess.Read, bufferSize: 0);
        byte[] buffer = new byte[size];
        int got;
        while ((got = input.Read(buffer)) > 0 && take(buffer.AsSpan(0, got)))
        {
        }
    }

    /// <summary>Sends a frame that is not counted among those of the input.</summary>
    private void SendText(char type, string text)
    {
        byte[] frame = new byte[FrameFormat.LargestFrame];
        Send(frame.AsSpan(0, FrameFormat.Encode(_start, (byte)type, 0, Encoding.ASCII.GetBytes(text), frame)));
    }

    private void SendFrame(char type, ReadOnlySpan<byte> payload)
    {
        _acknowledged.Wait();
        int size = FrameFormat.Encode(_start, (byte)type, _sequence, payload, _frame);
        _sequence = FrameFormat.Next(_sequence);
        Send(_frame.AsSpan(0, size));
    }

    private void Send(ReadOnlySpan<byte> bytes)
    {
        try
        {
            lock (_sending)
            {
                machine.Write(bytes);
                machine.Flush();
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The machine has stopped; the thread that waits for it reports that.
        }
    }
}

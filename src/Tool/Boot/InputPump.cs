using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Tierce.Tool.Boot;

/// <summary>Carries the tool's standard input to the machine.</summary>
internal sealed class InputPump(Stream machine, string token)
{
    /// <summary>Ends an interactive run: Ctrl-].</summary>
    private const byte EscapeKey = 0x1d;

    /// <summary>Bytes in one frame, which carries them as hexadecimal digits; the guest's terminal buffers 4096.</summary>
    private const int FrameSize = 1024;

    private readonly SemaphoreSlim _acknowledged = new(0);

    /// <summary>The user pressed the key that ends the run.</summary>
    public event Action? Escaped;

    /// <summary>The guest's agent took a frame.</summary>
    public void Acknowledge() => _acknowledged.Release();

    /// <summary>Passes bytes on as they are, until the end or the escape key.</summary>
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

    /// <summary>Passes bytes on in frames, one at a time, and says when there are no more.</summary>
    public void RunFramed(bool isEmpty)
    {
        if (!isEmpty)
        {
            Copy(FrameSize, bytes =>
            {
                Send(FrameDecoder.Encode(token, 'i', Encoding.ASCII.GetBytes(Convert.ToHexStringLower(bytes))));
                _acknowledged.Wait();
                return true;
            });
        }

        Send(FrameDecoder.Encode(token, 'z', []));
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

    private void Send(ReadOnlySpan<byte> bytes)
    {
        try
        {
            machine.Write(bytes);
            machine.Flush();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The machine has stopped; whoever waits for it tells the user.
        }
    }
}

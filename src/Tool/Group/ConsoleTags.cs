using System.Globalization;
using System.Text;

namespace Tierce.Tool.Group;

/// <summary>
/// The shared console as the driver's multiplexer sends it when tagged: escape (Ctrl-]) and a digit mark whose bytes follow, or escape,
/// 'g', a number and Enter; escape twice is the byte itself. With one guest there are no tags. The other end is
/// src/Runtime/Consoles/Multiplexer.cs.
/// </summary>
internal sealed class ConsoleTags(int guests, ConsoleTags.Take take)
{
    /// <summary>Ctrl-].</summary>
    public const byte Escape = 0x1d;

    /// <summary>After the escape byte: a guest's number follows, and <see cref="Enter"/>.</summary>
    public const byte Go = (byte)'g';

    /// <summary>Ends a number.</summary>
    public const byte Enter = (byte)'\r';

    /// <summary>Guests that a digit names.</summary>
    public const int ByDigit = 9;

    private readonly GuestNumber _number = new();
    private int _sender;
    private bool _escaped;

    /// <summary>Takes bytes of a guest, by number.</summary>
    public delegate void Take(int guest, ReadOnlySpan<byte> bytes);

    /// <summary>Takes the next bytes from the line.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            if (_escaped || _number.Follows)
            {
                TakeTag(bytes[0]);
                bytes = bytes[1..];
                continue;
            }

            int escape = guests > 1 ? bytes.IndexOf(Escape) : -1;
            int plain = escape < 0 ? bytes.Length : escape;
            if (plain > 0)
            {
                take(_sender, bytes[..plain]);
            }

            _escaped = escape >= 0;
            bytes = bytes[Math.Min(bytes.Length, plain + 1)..];
        }
    }

    private void TakeTag(byte value)
    {
        if (_number.Follows)
        {
            _sender = _number.Take(value) is { } named && named < guests ? named : _sender;
            return;
        }

        _escaped = false;
        int digit = value - '1';
        if (value == Escape)
        {
            take(_sender, [value]);
        }
        else if (value == Go)
        {
            _number.Begin();
        }
        else if (digit >= 0 && digit < Math.Min(guests, ByDigit))
        {
            _sender = digit;
        }
    }

    /// <summary>Input for one guest.</summary>
    public static byte[] Encode(int guest, int guests, ReadOnlySpan<byte> bytes)
    {
        if (guests < 2)
        {
            return bytes.ToArray();
        }

        List<byte> line = guest < ByDigit
            ? [Escape, (byte)('1' + guest)]
            : [Escape, Go, .. Encoding.ASCII.GetBytes((guest + 1).ToString(CultureInfo.InvariantCulture)), Enter];
        foreach (byte value in bytes)
        {
            line.Add(value);
            if (value == Escape)
            {
                line.Add(Escape);
            }
        }

        return [.. line];
    }
}

/// <summary>The console's input as one guest's.</summary>
internal sealed class GuestInput(Stream line, Lock access, int guest, int guests) : Stream
{
    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <inheritdoc/>
    public override void Flush() => line.Flush();

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        lock (access)
        {
            line.Write(ConsoleTags.Encode(guest, guests, buffer));
        }
    }
}

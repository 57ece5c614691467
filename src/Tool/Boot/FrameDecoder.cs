using System.Globalization;
using System.Text;

namespace Tierce.Tool.Boot;

/// <summary>Takes what the tool's programs in the guest say out of the bytes of its console. The format is told in Guest/Files/init.</summary>
internal interface IConsoleSink
{
    /// <summary>Bytes that belong to no frame: the kernel's lines, or an interactive terminal's contents.</summary>
    void Plain(ReadOnlySpan<byte> bytes);

    /// <summary>One whole frame.</summary>
    void Frame(char type, ReadOnlySpan<byte> payload);
}

/// <summary>Splits a console's bytes into frames and the rest, however they are cut into pieces.</summary>
internal sealed class FrameDecoder(string token, IConsoleSink sink)
{
    /// <summary>Type and four digits of length after the token.</summary>
    private const int AfterToken = 5;

    private readonly byte[] _start = Encoding.ASCII.GetBytes("\u0001" + token);
    private byte[] _pending = [];

    /// <summary>Makes a frame, as the guest's agent reads it.</summary>
    public static byte[] Encode(string token, char type, ReadOnlySpan<byte> payload)
    {
        string header = string.Create(CultureInfo.InvariantCulture, $"\u0001{token}{type}{payload.Length:x4}");
        return [.. Encoding.ASCII.GetBytes(header), .. payload];
    }

    /// <summary>Takes the next bytes.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        byte[] joined = [.. _pending, .. bytes];
        ReadOnlySpan<byte> rest = joined;
        while (rest.Length > 0)
        {
            int start = rest.IndexOf(_start[0]);
            if (start != 0)
            {
                int plain = start < 0 ? rest.Length : start;
                sink.Plain(rest[..plain]);
                rest = rest[plain..];
                continue;
            }

            int taken = TakeFrame(rest);
            if (taken == 0)
            {
                break;
            }

            rest = rest[taken..];
        }

        _pending = rest.ToArray();
    }

    /// <summary>The console has ended: what looked like the start of a frame was none.</summary>
    public void End()
    {
        if (_pending.Length > 0)
        {
            sink.Plain(_pending);
            _pending = [];
        }
    }

    /// <summary>Returns how many bytes were used; 0 when more must come first.</summary>
    private int TakeFrame(ReadOnlySpan<byte> rest)
    {
        int known = Math.Min(rest.Length, _start.Length);
        if (!rest[..known].SequenceEqual(_start.AsSpan(0, known)))
        {
            sink.Plain(rest[..1]);
            return 1;
        }

        int header = _start.Length + AfterToken;
        if (rest.Length < header)
        {
            return 0;
        }

        if (!int.TryParse(rest.Slice(_start.Length + 1, AfterToken - 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int length))
        {
            sink.Plain(rest[..1]);
            return 1;
        }

        if (rest.Length < header + length)
        {
            return 0;
        }

        sink.Frame((char)rest[_start.Length], rest.Slice(header, length));
        return header + length;
    }
}

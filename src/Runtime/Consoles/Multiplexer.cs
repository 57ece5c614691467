using System.Diagnostics.CodeAnalysis;

namespace Tierce.Runtime.Consoles;

/// <summary>
/// Shares one line among several clients. Input goes to the client that has the focus. The escape byte (Ctrl-]) and a digit move it, so do
/// escape, 'g', a number and Enter; escape and 'n' move it to the next; escape twice is the byte itself. <list type="bullet"> <item>For a
/// terminal, the client with the focus shows; of what the others write, the last few kilobytes are kept and shown when they get the
/// focus.</item> <item>Tagged, for a program at the other end: the output of all is sent, and the same keys mark whose bytes follow.</item>
/// </list> A lone client has the line as it is.
/// </summary>
public struct Multiplexer
{
    /// <summary>Ctrl-].</summary>
    public const byte Escape = 0x1d;

    /// <summary>Bytes of a hidden client's output that are kept; the rest of its channel is free, so that it never waits.</summary>
    public const uint Kept = 6144;

    /// <summary>After the escape byte: the number of a client follows, and <see cref="Enter"/>.</summary>
    private const byte Go = (byte)'g';

    private const byte Enter = (byte)'\r';

    /// <summary>Number of clients that a digit can name.</summary>
    private const int ByDigit = 9;

    /// <summary>A number that no client has, and to which no digit is added.</summary>
    private const int TooLarge = 100_000;

    private const int PendingSize = 64;

    private readonly int _count;
    private readonly bool _tagged;
    private PendingBytes _pending;
    private int _pendingFirst, _pendingEnd;
    private int _focus;
    private int _turn;
    private int _sender;
    private bool _escaped;

    /// <summary>Digits so far of the number that follows <see cref="Go"/>; -1 if none does.</summary>
    private int _number;

    /// <summary>Serves this number of clients; the first has the focus.</summary>
    public Multiplexer(int count, bool tagged)
    {
        this = default;
        _count = count;
        _tagged = tagged;
        _sender = -1;
        _number = -1;
    }

    /// <summary>The client that has the focus.</summary>
    public readonly int Focus => _focus;

    /// <summary>Takes a byte from the line. Returns the client that it is for, or -1 if it is for the multiplexer.</summary>
    public int Route(byte received, out byte value)
    {
        value = received;
        if (_count < 2)
        {
            return _count - 1;
        }

        if (_number >= 0)
        {
            TakeDigit(received);
            return -1;
        }

        if (!_escaped)
        {
            _escaped = received == Escape;
            return _escaped ? -1 : _focus;
        }

        _escaped = false;
        if (received == Escape)
        {
            return _focus;
        }

        int digit = received - '1';
        if (digit >= 0 && digit < ByDigit && digit < _count)
        {
            _focus = digit;
        }
        else if (received == 'n')
        {
            _focus = _focus + 1 < _count ? _focus + 1 : 0;
        }
        else if (received == Go)
        {
            _number = 0;
        }

        return -1;
    }

    /// <summary>Takes a digit, or the end of the number: Enter, or any other key, which cancels it.</summary>
    private void TakeDigit(byte received)
    {
        int digit = received - '0';
        if (digit is >= 0 and <= 9)
        {
            _number = _number < TooLarge ? (_number * 10) + digit : TooLarge;
            return;
        }

        _focus = received == Enter && _number >= 1 && _number <= _count ? _number - 1 : _focus;
        _number = -1;
    }

    /// <summary>The next bytes for the line, at most as many as <paramref name="line"/> has room for; 0 if there are none.</summary>
    public int Next(ref ClientTable clients, Span<byte> line)
    {
        if (_count == 1)
        {
            return clients.First.Output.Read(line);
        }

        if (_pendingFirst == _pendingEnd)
        {
            Refill(ref clients);
        }

        int count = 0;
        while (count < line.Length && _pendingFirst < _pendingEnd)
        {
            line[count++] = _pending.Bytes[_pendingFirst++];
        }

        return count;
    }

    /// <summary>Whether <see cref="Next"/> would return bytes.</summary>
    public readonly bool HasMore(ref ClientTable clients)
    {
        bool more = _pendingFirst != _pendingEnd;
        for (int i = 0; i < _count; i++)
        {
            more |= Shows(i) && clients[i].Output.Available != 0;
        }

        return more;
    }

    /// <summary>Drops the oldest output of hidden clients.</summary>
    public readonly void DropHidden(ref ClientTable clients)
    {
        Span<byte> dropped = stackalloc byte[PendingSize];
        for (int i = 0; i < _count; i++)
        {
            while (!Shows(i) && clients[i].Output.Available > Kept)
            {
                clients[i].Output.Read(dropped);
            }
        }
    }

    private readonly bool Shows(int client) => _tagged || client == _focus || _count < 2;

    /// <summary>Takes a few bytes of the next client in turn, in the form in which the line carries them.</summary>
    private void Refill(ref ClientTable clients)
    {
        Span<byte> raw = stackalloc byte[PendingSize / 4];
        _pendingFirst = 0;
        _pendingEnd = 0;
        for (int i = 0; i < _count; i++)
        {
            int client = _turn;
            _turn = _turn + 1 < _count ? _turn + 1 : 0;
            int got = Shows(client) ? clients[client].Output.Read(raw) : 0;
            if (got != 0)
            {
                Encode(client, raw.Slice(0, got));
                return;
            }
        }
    }

    private void Encode(int client, scoped ReadOnlySpan<byte> raw)
    {
        if (_tagged && client != _sender)
        {
            _sender = client;
            PutTag(client + 1);
        }

        foreach (byte value in raw)
        {
            Put(value);
            if (_tagged && value == Escape)
            {
                Put(Escape);
            }
        }
    }

    private void PutTag(int number)
    {
        Put(Escape);
        if (number <= ByDigit)
        {
            Put((byte)('0' + number));
            return;
        }

        int unit = 10;
        while (unit * 10 <= number)
        {
            unit *= 10;
        }

        Put(Go);
        for (; unit != 0; unit /= 10)
        {
            Put((byte)('0' + (number / unit % 10)));
        }

        Put(Enter);
    }

    private void Put(byte value) => _pending.Bytes[_pendingEnd++] = value;

    /// <summary>Bytes for the transmitter.</summary>
    private unsafe struct PendingBytes
    {
        private fixed byte _bytes[PendingSize];

        [UnscopedRef]
        public Span<byte> Bytes
        {
            get
            {
                // SAFETY: the driver and with it this structure is one local of the program's first function, which does not move.
                fixed (byte* bytes = _bytes)
                {
                    return new Span<byte>(bytes, PendingSize);
                }
            }
        }
    }
}

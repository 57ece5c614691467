using System.Numerics;
using Tierce.Runtime;
using Tierce.Runtime.Consoles;
using Tierce.Runtime.Devices;

namespace Tierce.Drivers.VirtioConsole;

/// <summary>
/// Moves bytes from the clients to the device, as many at a time as there are. Those of a lone client stay in its ring until the device has
/// sent them, so that a new life finds them there.
/// </summary>
public unsafe struct Transmission
{
    // SAFETY: the bytes are mapped for the domain's life, and heads are checked.

    /// <summary>Most bytes of several clients that are sent together.</summary>
    private const int MostOfMany = 512;

    private VirtioQueue _queue;
    private QueueJournal _journal;
    private byte* _bytes;

    /// <summary>Heads that the device has, a bit each: this is also the number of their bytes.</summary>
    private uint _offered;

    /// <summary>Index of the lone client's ring after what the device has sent.</summary>
    private uint _position;

    /// <summary>Whether the device has returned something.</summary>
    public readonly bool HasReturned => _queue.HasReturned;

    /// <summary>Forbids interrupts.</summary>
    public readonly void ForbidInterrupts() => _queue.ForbidInterrupts();

    /// <summary>Takes the queue over from the last life, if there was one.</summary>
    public void Open(PortQueues queues, ref ClientTable clients)
    {
        _queue = queues.Open(ConsoleQueues.Transmit);
        _journal = queues.Journal(ConsoleQueues.Transmit);
        _bytes = queues.Bytes(ConsoleQueues.Transmit);
        if (clients.Count != 1)
        {
            return;
        }

        _position = _journal.Position;
        while (_journal.Left != 0)
        {
            uint head = _journal.FirstLeft(out _);
            _position += head < ConsoleQueues.TransmitHeads ? 1U << (int)head : 0;
            _journal.Finish(_position);
        }

        ref ByteRingReader output = ref clients.First.Output;
        uint sent = _position - output.Position;
        output.Skip(sent <= output.Available ? sent : 0);
        _position = output.Position;
        _journal.Begin(_position);
    }

    /// <summary>
    /// Takes back what the device has sent, and gives it more if it has nothing and the other end takes bytes. Returns whether it did any of
    /// this.
    /// </summary>
    public bool Transmit(ref ClientTable clients, ref Multiplexer multiplexer, bool isOpen)
    {
        bool any = TakeBack(ref clients);
        if (_offered != 0 || !isOpen)
        {
            return any;
        }

        return clients.Count == 1 ? SendOfOne(ref clients.First) | any : SendOfMany(ref clients, ref multiplexer) | any;
    }

    /// <summary>
    /// Asks for an interrupt when the device has sent everything, if more bytes or the client wait for that. Returns
    /// whether it has already.
    /// </summary>
    public readonly bool AskForInterrupt(ref ClientTable clients, in Multiplexer multiplexer)
    {
        bool awaited = _offered != 0 && (clients.Count == 1
            ? clients.First.Output.Available != _offered || clients.First.Output.IsAwaited
            : multiplexer.HasMore(ref clients));
        if (!awaited)
        {
            return false;
        }

        _queue.AskForInterrupt((uint)BitOperations.PopCount(_offered));
        return _queue.HasReturned;
    }

    private bool TakeBack(ref ClientTable clients)
    {
        bool any = false;
        while (_queue.HasReturned)
        {
            uint head = _queue.Take();
            uint bytes = head < ConsoleQueues.TransmitHeads ? _offered & (1U << (int)head) : 0;
            _offered -= bytes;
            any = true;
            if (clients.Count == 1)
            {
                _position += bytes;
                _journal.Finish(_position);
                clients.First.Output.Skip(bytes);
            }
        }

        if (any && clients.Count == 1)
        {
            clients.First.SendRoom();
        }

        return any;
    }

    private bool SendOfOne(ref ConsoleClient client)
    {
        ref ByteRingReader output = ref client.Output;
        uint count = output.Available;
        count = count < ConsoleQueues.TransmitBytes ? count : ConsoleQueues.TransmitBytes;
        uint skipped = 0;
        for (int head = ConsoleQueues.TransmitHeads - 1; head >= 0; head--)
        {
            uint size = 1U << head;
            if ((count & size) != 0)
            {
                output.Peek(skipped, new Span<byte>(_bytes + size, (int)size));
                skipped += size;
                _queue.Offer((uint)head);
            }
        }

        if (count == 0)
        {
            // A client that ends waits until everything is sent.
            client.SendRoom();
        }

        return Publish(count);
    }

    private bool SendOfMany(ref ClientTable clients, ref Multiplexer multiplexer)
    {
        Span<byte> all = stackalloc byte[MostOfMany];
        int count = 0;
        int got;
        while (count < all.Length && (got = multiplexer.Next(ref clients, all.Slice(count))) != 0)
        {
            count += got;
        }

        Span<byte> rest = all.Slice(0, count);
        for (int head = ConsoleQueues.TransmitHeads - 1; head >= 0; head--)
        {
            int size = 1 << head;
            if ((count & size) != 0)
            {
                rest.Slice(0, size).CopyTo(new Span<byte>(_bytes + size, size));
                rest = rest.Slice(size);
                _queue.Offer((uint)head);
            }
        }

        multiplexer.DropHidden(ref clients);
        for (int i = 0; i < clients.Count; i++)
        {
            clients[i].SendRoom();
        }

        return Publish((uint)count);
    }

    private bool Publish(uint count)
    {
        if (count == 0)
        {
            return false;
        }

        _offered = count;
        _queue.Publish();
        return true;
    }
}

using Tierce.Runtime;
using Tierce.Runtime.Consoles;
using Tierce.Runtime.Devices;

namespace Tierce.Drivers.VirtioConsole;

/// <summary>
/// Moves bytes from the device to the clients. A lone client loses none: what it has no room for stays in the buffers, and the device, which
/// then gets no buffers, stops the sender. In a new life the buffers that the last one had not emptied come first.
/// </summary>
public unsafe struct Reception
{
    // SAFETY: the bytes are mapped for the domain's life, heads are checked and lengths are cut.

    private VirtioQueue _queue;
    private QueueJournal _journal;
    private byte* _bytes;

    /// <summary>The buffer that is being emptied: its head and its length. Its first byte has the index <see cref="_start"/> of the client's ring.</summary>
    private uint _head, _length, _start;
    private bool _hasBuffer;

    /// <summary>The lone client has no room.</summary>
    public bool IsBlocked { get; private set; }

    /// <summary>The clients that have input and have not been signalled: 0 for none, otherwise one more than the number of the last.</summary>
    public int Touched;

    /// <summary>Whether the device has returned something.</summary>
    public readonly bool HasReturned => _queue.HasReturned;

    /// <summary>Forbids interrupts.</summary>
    public readonly void ForbidInterrupts() => _queue.ForbidInterrupts();

    /// <summary>Asks for an interrupt with the next bytes, unless there is no room for them.</summary>
    public readonly void AskForInterrupt()
    {
        if (!IsBlocked)
        {
            _queue.AskForInterrupt(1);
        }
    }

    /// <summary>Takes the queue over from the last life, if there was one.</summary>
    public void Open(PortQueues queues, ref ClientTable clients)
    {
        _queue = queues.Open(ConsoleQueues.Receive);
        _journal = queues.Journal(ConsoleQueues.Receive);
        _bytes = queues.Bytes(ConsoleQueues.Receive);
        _start = _journal.Position;
        if (_journal.Left == 0)
        {
            _start = clients.Count == 1 ? clients.First.Input.Position : 0;
            _journal.Begin(_start);
            OfferAll();
        }
    }

    /// <summary>Empties the buffers that the device has filled. Returns whether there was any, and room.</summary>
    public bool Receive(ref ClientTable clients, ref Multiplexer multiplexer)
    {
        bool any = false;
        IsBlocked = false;
        while (!IsBlocked && (_hasBuffer || TakeBuffer()))
        {
            any |= clients.Count == 1 ? EmptyForOne(ref clients.First.Input) : EmptyForMany(ref clients, ref multiplexer);
        }

        if (_queue.HasOffered)
        {
            _queue.Publish();
        }

        return any;
    }

    private void OfferAll()
    {
        for (uint head = 0; head < ConsoleQueues.ReceiveHeads; head++)
        {
            _queue.Offer(head);
        }

        _queue.Publish();
    }

    /// <summary>Takes the next buffer with bytes; skips heads that do not exist.</summary>
    private bool TakeBuffer()
    {
        while (_journal.Left != 0 || _queue.HasReturned)
        {
            bool isOld = _journal.Left != 0;
            _head = isOld ? _journal.FirstLeft(out uint written) : _queue.Take(out written);
            _length = written < ConsoleQueues.ReceiveBytes ? written : ConsoleQueues.ReceiveBytes;
            if (_head < ConsoleQueues.ReceiveHeads)
            {
                _hasBuffer = true;
                return true;
            }

            Finish(isOld);
        }

        return false;
    }

    /// <summary>Moves as many bytes as there is room for. The ring's index shows at any time, and after a crash, how many were moved.</summary>
    private bool EmptyForOne(ref ByteRingWriter input)
    {
        uint done = input.Position - _start;
        if (done > _length)
        {
            // The guest has overwritten its ring.
            done = 0;
            _start = input.Position;
            _journal.Move(_start);
        }

        uint moved = (uint)input.Write(new ReadOnlySpan<byte>(_bytes + (_head * ConsoleQueues.ReceiveBytes) + done, (int)(_length - done)));
        Touched = moved != 0 ? 1 : Touched;
        if (done + moved == _length)
        {
            _start += _length;
            Return();
            return true;
        }

        IsBlocked = IsFull(ref input);
        return moved != 0;
    }

    /// <summary>Whether the client has no room. It then signals when it has made some.</summary>
    private bool IsFull(ref ByteRingWriter input)
    {
        uint before = input.Position;
        input.Resynchronise();
        if (input.Position != before)
        {
            _start += input.Position - before;
            _journal.Move(_start);
        }

        return input.WaitForRoom(1);
    }

    /// <summary>Moves all bytes. The buffer counts as empty before: a crash loses bytes and doubles none.</summary>
    private bool EmptyForMany(ref ClientTable clients, ref Multiplexer multiplexer)
    {
        Return();
        for (uint i = 0; i < _length; i++)
        {
            int client = multiplexer.Route(_bytes[(_head * ConsoleQueues.ReceiveBytes) + i], out byte value);
            if (client >= 0 && client < clients.Count)
            {
                clients.Deliver(client, value);
                Touched = client + 1 < Touched ? Touched : client + 1;
            }
        }

        return true;
    }

    /// <summary>The buffer is empty: it is offered again when this run of <see cref="Receive"/> ends.</summary>
    private void Return()
    {
        bool isOld = _journal.Left != 0;
        _hasBuffer = false;
        Finish(isOld);
        if (!isOld)
        {
            _queue.Offer(_head);
        }
    }

    private void Finish(bool isOld)
    {
        _journal.Finish(_start);
        if (isOld && _journal.Left == 0)
        {
            OfferAll();
        }
    }
}

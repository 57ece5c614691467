using Tierce.Runtime;

namespace Tierce.Drivers.Console;

/// <summary>
/// Moves bytes between the device and its clients. One client has the device to itself, and nothing is lost on the way: full
/// input stops reception at the device, full output makes the client wait. Several share it through a <see cref="Multiplexer"/>.
/// </summary>
public struct ConsoleDriver
{
    private Uart _uart;
    private TopHalf _topHalf;
    private ClientTable _clients;
    private Multiplexer _multiplexer;

    /// <summary>Clients that have input and have not been told, one bit each.</summary>
    private uint _touched;

    /// <summary>There was more to send than the device took.</summary>
    private bool _transmitting;

    /// <summary>Takes device and channels as the startup page lists them.</summary>
    public void Open(Startup startup, ref SlotAllocator slots)
    {
        startup.TryGet(StartupPurpose.Ports, 0, out _, out ulong port);
        _uart = new Uart((ushort)port);
        _topHalf = new TopHalf(
            new Notification(startup.Slot(StartupPurpose.Events)),
            new Interrupt(startup.Slot(StartupPurpose.Interrupt)));
        _clients.Open(startup, ref slots);
        _multiplexer = new Multiplexer(_clients.Count, tagged: startup.CommandLine.SequenceEqual("tagged"u8));
        _uart.Open();
        Failure.Check(_topHalf.Open(level: false), "binding the interrupt"u8);
    }

    /// <summary>Serves for ever.</summary>
    public void Run()
    {
        // What came before the interrupt was bound raises no edge.
        Serve(all: true);
        while (true)
        {
            // An edge that comes from here on sets the bit again, so that no acknowledgement is needed.
            ulong bits = Get();
            Serve(bits != TopHalf.InterruptBit);
        }
    }

    /// <summary>SND to whoever has input, and GET: the last of them in one call.</summary>
    private ulong Get()
    {
        uint touched = _touched;
        if (touched == 0)
        {
            return _topHalf.Get();
        }

        _touched = 0;
        int client = 0;
        for (; touched != 1; touched >>= 1, client++)
        {
            if ((touched & 1) != 0)
            {
                _clients[client].SendInput();
            }
        }

        return client == 0 ? _clients.First.SendInputAndGet(_topHalf) : _clients[client].SendInputAndGet(_topHalf);
    }

    /// <summary>Does what the device asks for, until it asks for nothing: only then the next cause raises an edge. A byte that comes alone, the most frequent interrupt, is the shortest way.</summary>
    /// <param name="all">Clients may ask for something as well.</param>
    private void Serve(bool all)
    {
        bool transmits = all || _transmitting || _clients.Count != 1;
        while (true)
        {
            Receive();
            if (all && HasRoom)
            {
                _uart.SetReceiving(true);
            }

            if (transmits)
            {
                Transmit();
            }

            InterruptCause cause = _uart.TakeCause();
            if (cause == InterruptCause.None)
            {
                return;
            }

            transmits = cause == InterruptCause.TransmitterEmpty || _clients.Count != 1;
            if (cause == InterruptCause.ModemStatus)
            {
                _uart.DismissModemStatus();
            }
        }
    }

    /// <summary>Quiets reception: every byte goes to a client, or, when a lone client has no room, stays in the device without interrupting.</summary>
    private void Receive()
    {
        while (_uart.CanReceive)
        {
            if (!HasRoom && IsFull(ref _clients.First.Input))
            {
                _uart.SetReceiving(false);
                return;
            }

            int client = _multiplexer.Route(_uart.Receive(), out byte value);
            if (client == 0)
            {
                Give(ref _clients.First, value, 1);
            }
            else if (client > 0 && client < _clients.Count)
            {
                Give(ref _clients[client], value, 1U << client);
            }
        }
    }

    /// <summary>With several clients, one that takes nothing must not silence the others: what finds no room is lost, as on a terminal.</summary>
    private void Give(ref ConsoleClient client, byte value, uint bit)
    {
        if (!client.Input.TryWrite(value))
        {
            client.Input.Resynchronise();
        }

        _touched |= bit;
    }

    /// <summary>What is received can be given: only a lone client without room holds it back.</summary>
    private bool HasRoom => _clients.Count != 1 || _clients.First.Input.Room != 0;

    /// <summary>Whether a client has no room; then it says so when it has made some.</summary>
    private static bool IsFull(ref ByteRingWriter input)
    {
        if (input.Room != 0)
        {
            return false;
        }

        input.Resynchronise();
        return input.WaitForRoom(1);
    }

    /// <summary>Fills an empty transmitter; its interrupt stays on only while there is something left to send.</summary>
    private void Transmit()
    {
        Span<byte> piece = stackalloc byte[Uart.TransmitFifo];
        while (_uart.CanTransmit)
        {
            int count = _multiplexer.Next(ref _clients, piece);
            if (count == 0)
            {
                break;
            }

            for (int i = 0; i < count; i++)
            {
                _uart.Transmit(piece[i]);
            }
        }

        _multiplexer.DropHidden(ref _clients);
        for (int i = 0; i < _clients.Count; i++)
        {
            _clients[i].SendRoom();
        }

        _transmitting = _multiplexer.HasMore(ref _clients);
        _uart.SetTransmitting(_transmitting);
    }
}

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
        Serve();
        while (true)
        {
            ulong bits = _topHalf.Get();
            Serve();
            if ((bits & TopHalf.InterruptBit) != 0)
            {
                // Once more behind the unmasking: an edge in between would be lost.
                _topHalf.Quieted();
                Serve();
            }
        }
    }

    private void Serve()
    {
        do
        {
            Receive();
            Transmit();
            _uart.DismissStatus();
        }
        while (_uart.Interrupting);
    }

    /// <summary>Quiets reception: every byte goes to a client, or, when a lone client has no room, stays in the device without interrupting.</summary>
    private void Receive()
    {
        uint touched = 0;
        while (_uart.CanReceive)
        {
            if (_clients.Count == 1 && _clients[0].Input.Room == 0 && _clients[0].Input.WaitForRoom(1))
            {
                _uart.SetReceiving(false);
                break;
            }

            int client = _multiplexer.Route(_uart.Receive(), out byte value);
            if (client >= 0 && client < _clients.Count)
            {
                // With several, one that takes nothing must not silence the others: what finds no room is lost, as on a terminal.
                _clients[client].Input.Write(new ReadOnlySpan<byte>(in value));
                touched |= 1U << client;
            }
        }

        if (_clients.Count != 1 || _clients[0].Input.Room != 0)
        {
            _uart.SetReceiving(true);
        }

        for (int i = 0; i < _clients.Count; i++)
        {
            if ((touched & (1U << i)) != 0)
            {
                _clients[i].SendInput();
            }
        }
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

        _uart.SetTransmitting(_multiplexer.HasMore(ref _clients));
    }
}

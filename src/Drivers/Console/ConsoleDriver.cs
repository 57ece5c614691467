using System.Runtime.CompilerServices;
using Tierce.Runtime;
using Tierce.Runtime.Consoles;

namespace Tierce.Drivers.Console;

/// <summary>
/// Moves bytes between the device and its clients. A lone client has the device to itself, and no byte is lost: full input stops reception
/// at the device, full output makes the client wait. Several clients share it through a <see cref="Multiplexer"/>. A restarted driver
/// continues where its last life stopped: all bytes that it has to deliver lie in the rings and in the device.
/// </summary>
public struct ConsoleDriver
{
    /// <summary>
    /// Most times in a row that the driver empties the device before it signals the client. Each signal costs a guest an interrupt and a
    /// run of its reader, many times the cost of emptying a full device here.
    /// </summary>
    private const int LongestBurst = 32;

    /// <summary>Part of a second after which a burst has ended: two milliseconds. A real line fills the device in 1.2.</summary>
    private const ulong BurstPause = 500;

    private Uart _uart;
    private TopHalf _topHalf;
    private Notification _events;
    private ClientTable _clients;
    private Multiplexer _multiplexer;

    /// <summary>
    /// The clients that have input and have not been signalled: 0 for none, 1 for a lone client. Of several, each records it itself
    /// (<see cref="ConsoleClient.Touched"/>), and this is two more than the number of the last.
    /// </summary>
    private int _touched;

    /// <summary>There was more to send than the device took.</summary>
    private bool _transmitting;

    /// <summary>Consecutive times that it was full without a signal to clients.</summary>
    private int _full;

    private ulong _burstPause;

    /// <summary>The interrupt reports received bytes for a lone client, and nothing else.</summary>
    private bool _onlyReceives;

    /// <summary>Takes device and channels as the startup page lists them.</summary>
    public void Open(Startup startup, ref SlotAllocator slots)
    {
        startup.TryGet(StartupPurpose.Ports, 0, out _, out ulong port);
        _uart = new Uart((ushort)port);
        _events = new Notification(startup.Slot(StartupPurpose.Events));
        _topHalf = new TopHalf(
            _events,
            new Interrupt(startup.Slot(StartupPurpose.Interrupt)));
        _burstPause = startup.TscHertz / BurstPause;
        _clients = ClientTable.Open(startup, ref slots);
        _multiplexer = new Multiplexer(_clients.Count, tagged: startup.CommandLine.SequenceEqual("tagged"u8));
        for (int i = 0; i < _clients.Count; i++)
        {
            _clients[i].SendAll();
        }

        _uart.Open();
        Failure.Check(_topHalf.Open(level: false), "binding the interrupt"u8);
    }

    /// <summary>Serves without end.</summary>
    public void Run()
    {
        // Bytes that arrived before the interrupt was bound raise no edge.
        ulong bits = ~TopHalf.InterruptBit;
        while (true)
        {
            uint taken;
            if (bits == TopHalf.InterruptBit && _onlyReceives)
            {
                taken = ReceiveForOne();
            }
            else
            {
                taken = Serve(bits != TopHalf.InterruptBit);
                _onlyReceives = !_transmitting && _clients.Count == 1;
            }

            // An edge after this point sets the bit again, so that no acknowledgement is needed.
            if (taken >= Uart.ReceiveTrigger && AwaitsMore(ref bits))
            {
                continue;
            }

            if (_touched == 1)
            {
                _touched = 0;
                bits = _clients.First.SendInputAndGet(_topHalf);
            }
            else
            {
                bits = _touched == 0 ? _topHalf.Get() : SendAndGet();
            }
        }
    }

    /// <summary>
    /// The device was full, so these bytes are some of many. Waits for the interrupt for a short time only: the client is signalled
    /// together with the bytes that follow. A single key press never waits here. Returns false if it is time to signal.
    /// </summary>
    private bool AwaitsMore(ref ulong bits)
    {
        if (_full < LongestBurst)
        {
            _full++;
            bits = _events.Wait(Machine.Tsc() + _burstPause);
            if (bits != 0)
            {
                return true;
            }
        }

        _full = 0;
        return false;
    }

    /// <summary>Signals (SND) the clients that have input, and waits (GET): the last signal in the same call.</summary>
    private ulong SendAndGet()
    {
        int last = _touched - 2;
        _touched = 0;
        return _clients.SendInputAndGet(last, _topHalf);
    }

    /// <summary>
    /// Quiets the device until its line reports no cause, so that the next cause raises an edge. Reception is one cause, and is gone when
    /// no byte is left. If the transmitter is another, one can rise before the other falls, and the line stays high.
    /// </summary>
    /// <param name="all">Clients may have requests as well.</param>
    /// <returns>Bytes that were received last.</returns>
    private uint Serve(bool all)
    {
        uint taken;
        do
        {
            taken = _clients.Count == 1 ? ReceiveForOne() : ReceiveForMany();

            if (all || _transmitting || _clients.Count != 1)
            {
                ServeClients();
            }
        }
        while (_transmitting && _uart.Interrupting);
        return taken;
    }

    private void ServeClients()
    {
        if (_clients.Count != 1 || _clients.First.Input.HasRoom)
        {
            _uart.SetReceiving(true);
        }

        Transmit();
    }

    /// <summary>
    /// Quiets reception: every byte goes to the lone client. If the client has no room, bytes stay in the device, without interrupts.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint ReceiveForOne()
    {
        ref ByteRingWriter input = ref _clients.First.Input;
        uint taken = 0;
        while (_uart.CanReceive)
        {
            taken++;
            if (!input.HasRoom && IsFull(ref input))
            {
                _uart.SetReceiving(false);
                return 0;
            }

            input.Put(_uart.Receive());
            _touched = 1;
            if (taken == 2)
            {
                return ReceiveMore(ref input, taken);
            }
        }

        return taken;
    }

    /// <summary>
    /// Takes several waiting bytes. Reading the line status before each byte takes as long as reading the byte. The device reports when it
    /// has many, and these are read in a row. Returns as <see cref="ReceiveForOne"/>.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private uint ReceiveMore(ref ByteRingWriter input, uint taken)
    {
        Span<byte> many = stackalloc byte[Uart.ReceiveTrigger];
        while (_uart.CanReceive)
        {
            if (input.Room >= (uint)many.Length && _uart.IsFilled)
            {
                _uart.Receive(many);
                input.Write(many);
                taken += (uint)many.Length;
            }
            else if (input.HasRoom || !IsFull(ref input))
            {
                input.Put(_uart.Receive());
                taken++;
            }
            else
            {
                _uart.SetReceiving(false);
                return 0;
            }
        }

        return taken;
    }

    /// <summary>Quiets reception.</summary>
    private uint ReceiveForMany()
    {
        uint taken = 0;
        while (_uart.CanReceive)
        {
            taken++;
            int client = _multiplexer.Route(_uart.Receive(), out byte value);
            if (client >= 0 && client < _clients.Count)
            {
                _clients.Deliver(client, value);
                _touched = client + 2 < _touched ? _touched : client + 2;
            }
        }

        return taken;
    }

    /// <summary>Whether a client has no room. It then signals when it has made some.</summary>
    private static bool IsFull(ref ByteRingWriter input)
    {
        if (input.HasRoom)
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

            _uart.Transmit(piece.Slice(0, count));
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

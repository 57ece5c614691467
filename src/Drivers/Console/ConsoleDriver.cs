using System.Runtime.CompilerServices;
using Tierce.Runtime;

namespace Tierce.Drivers.Console;

/// <summary>
/// Moves bytes between the device and its clients. One client has the device to itself, and nothing is lost on the way: full
/// input stops reception at the device, full output makes the client wait. Several share it through a <see cref="Multiplexer"/>. A driver
/// that is started again goes on where its last life stopped: what it owes anybody lies in the rings and in the device.
/// </summary>
public struct ConsoleDriver
{
    /// <summary>
    /// Most times in a row that the device is emptied before the client is told. Each time that a guest is told costs it an interrupt and a
    /// run of whoever reads, many times what a full device costs here.
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
    /// Who has input and has not been told: 0 for nobody, 1 for a lone client. Of several each notes it itself
    /// (<see cref="ConsoleClient.Touched"/>), and this is two more than the number of the last.
    /// </summary>
    private int _touched;

    /// <summary>There was more to send than the device took.</summary>
    private bool _transmitting;

    /// <summary>Times that it was full and clients were not told.</summary>
    private int _full;

    private ulong _burstPause;

    /// <summary>An interrupt says that bytes have come, for a lone client, and nothing else.</summary>
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

    /// <summary>Serves for ever.</summary>
    public void Run()
    {
        // What came before the interrupt was bound raises no edge.
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

            // An edge that comes from here on sets the bit again, so that no acknowledgement is needed.
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
    /// The device was full, so these bytes are some of many. GET alone, for a short time: whoever they are for is told of them with those that
    /// follow. A key that somebody presses comes alone and never waits here. False if it is time to tell.
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

    /// <summary>SND to whoever has input, and GET: the last of them in one call.</summary>
    private ulong SendAndGet()
    {
        int last = _touched - 2;
        _touched = 0;
        for (int client = 0; client < last; client++)
        {
            if (_clients[client].Touched)
            {
                _clients[client].Touched = false;
                _clients[client].SendInput();
            }
        }

        _clients[last].Touched = false;
        return _clients[last].SendInputAndGet(_topHalf);
    }

    /// <summary>
    /// Quiets the device: no cause is left that its line reports, so that the next one raises an edge. Reception is one cause, and is gone when no
    /// byte is left; while the transmitter may be another, one can rise before the other falls, and the line stays up.
    /// </summary>
    /// <param name="all">Clients may ask for something as well.</param>
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

    /// <summary>Quiets reception: every byte goes to the lone client, or, when that has no room, stays in the device without interrupting.</summary>
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
    /// Several bytes wait. Reading the line status before each takes as long as reading the byte: the device says when it has many, and these
    /// are read in a row. Returns as <see cref="ReceiveForOne"/>.
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

    /// <summary>Quiets reception. One that takes nothing must not silence the others: what finds no room is lost, as on a terminal.</summary>
    private uint ReceiveForMany()
    {
        uint taken = 0;
        while (_uart.CanReceive)
        {
            taken++;
            int client = _multiplexer.Route(_uart.Receive(), out byte value);
            if (client >= 0 && client < _clients.Count)
            {
                if (!_clients[client].Input.TryWrite(value))
                {
                    _clients[client].Input.Resynchronise();
                }

                _clients[client].Touched = true;
                _touched = client + 2 < _touched ? _touched : client + 2;
            }
        }

        return taken;
    }

    /// <summary>Whether a client has no room; then it says so when it has made some.</summary>
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

using Tierce.Abi;
using Tierce.Runtime;
using Tierce.Runtime.Consoles;

namespace Tierce.Drivers.VirtioConsole;

/// <summary>
/// Moves bytes between a port of a virtio console and the driver's clients, to which it is the same as the driver of a serial port. A byte
/// that arrives alone goes to its client at once. Of a stream, each interrupt brings as much as the device and the client have room for.
/// </summary>
public unsafe struct PortDriver
{
    private const ulong RingsAddress = 0x0000_0014_0000_0000;
    private const ulong NotifyAddress = 0x0000_0013_0000_0000;

    private PortControl _control;
    private Reception _reception;
    private Transmission _transmission;
    private TopHalf _topHalf;
    private ClientTable _clients;
    private Multiplexer _multiplexer;

    /// <summary>Takes device and channels as the startup page lists them.</summary>
    public void Open(Startup startup, ref SlotAllocator slots)
    {
        const CapRights Both = CapRights.Read | CapRights.Write;
        const ulong Pages = Runtime.Devices.ConsoleQueues.Count * Runtime.Devices.QueueLayout.DriverPages;
        var rings = new Memory(startup.Slot(StartupPurpose.QueueRings));
        var notify = new Memory(startup.Slot(StartupPurpose.DeviceMemory));
        Failure.Check(rings.Map(Domain.Own, RingsAddress, 0, Pages, Both, slots.Take()), "mapping the queues"u8);
        Failure.Check(notify.Map(Domain.Own, NotifyAddress, 0, 1, Both, slots.Take()), "mapping the notify registers"u8);
        _clients = ClientTable.Open(startup, ref slots);
        _multiplexer = new Multiplexer(_clients.Count, tagged: startup.CommandLine.SequenceEqual("tagged"u8));
        _topHalf = new TopHalf(
            new Notification(startup.Slot(StartupPurpose.Events)),
            new Interrupt(startup.Slot(StartupPurpose.Interrupt)));
        Failure.Check(_topHalf.Open(level: false), "binding the interrupt"u8);

        // SAFETY: mapped above, for the domain's life.
        var queues = new PortQueues(startup, (byte*)RingsAddress, (byte*)NotifyAddress);
        _control.Open(queues);
        _reception.Open(queues, ref _clients);
        _transmission.Open(queues, ref _clients);
        for (int i = 0; i < _clients.Count; i++)
        {
            _clients[i].SendAll();
        }
    }

    /// <summary>Serves without end.</summary>
    public void Run()
    {
        while (true)
        {
            _control.ForbidInterrupts();
            _reception.ForbidInterrupts();
            _transmission.ForbidInterrupts();
            while (_control.Serve() | _reception.Receive(ref _clients, ref _multiplexer) | _transmission.Transmit(ref _clients, ref _multiplexer, _control.IsOpen))
            {
            }

            _control.AskForInterrupt();
            _reception.AskForInterrupt();
            bool sent = _transmission.AskForInterrupt(ref _clients, _multiplexer);
            if (!sent && !_control.HasReturned && (_reception.IsBlocked || !_reception.HasReturned))
            {
                SendAndGet();
            }
        }
    }

    /// <summary>Signals the clients that have input, and waits: the last signal in the same call.</summary>
    private void SendAndGet()
    {
        int touched = _reception.Touched;
        _reception.Touched = 0;
        _ = touched == 0 ? _topHalf.Get() : _clients.SendInputAndGet(touched - 1, _topHalf);
    }
}

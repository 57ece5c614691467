using System.Threading;
using Tierce.Runtime.Devices;

namespace Tierce.Drivers.VirtioConsole;

/// <summary>Messages about ports (virtio 1.1, 5.3.6.2): opens the driver's port, and follows whether the other end has it open.</summary>
public unsafe struct PortControl
{
    // SAFETY: the bytes are mapped for the domain's life, and heads are checked.

    private const ushort DeviceReady = 0, PortAdded = 1, PortRemoved = 2, PortReady = 3, PortOpen = 6;

    private VirtioQueue _receive, _transmit;
    private byte* _received, _sent;
    private uint _next;
    private bool _known;

    /// <summary>Whether the other end takes bytes and sends some.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>Asks the device for its ports.</summary>
    public void Open(PortQueues queues)
    {
        _receive = queues.Open(ConsoleQueues.ControlReceive);
        _transmit = queues.Open(ConsoleQueues.ControlTransmit);
        _received = queues.Bytes(ConsoleQueues.ControlReceive);
        _sent = queues.Bytes(ConsoleQueues.ControlTransmit);
        for (uint head = 0; head < ConsoleQueues.ControlHeads; head++)
        {
            _receive.Offer(head);
        }

        _receive.Publish();
        Send(uint.MaxValue, DeviceReady);
        _transmit.Publish();
    }

    /// <summary>Whether a message waits.</summary>
    public readonly bool HasReturned => _receive.HasReturned;

    /// <summary>Asks for an interrupt with the next message.</summary>
    public readonly void AskForInterrupt() => _receive.AskForInterrupt(1);

    /// <summary>Forbids interrupts.</summary>
    public readonly void ForbidInterrupts() => _receive.ForbidInterrupts();

    /// <summary>Obeys the messages that have arrived. Returns whether there was any.</summary>
    public bool Serve()
    {
        bool any = false;
        while (_receive.HasReturned)
        {
            any = true;
            uint head = _receive.Take(out uint written);
            if (head < ConsoleQueues.ControlHeads)
            {
                ulong message = Volatile.Read(ref *(ulong*)(_received + ConsoleQueues.Offset(ConsoleQueues.ControlReceive, head)));
                if (written >= ConsoleQueues.MessageBytes && (uint)message == ConsoleQueues.Port)
                {
                    Obey((ushort)(message >> 32), (ushort)(message >> 48));
                }

                _receive.Offer(head);
            }
        }

        if (any)
        {
            _receive.Publish();
        }

        return any;
    }

    private void Obey(ushort what, ushort value)
    {
        switch (what)
        {
            case PortAdded when !_known:
                _known = true;
                Send(ConsoleQueues.Port, PortReady);
                Send(ConsoleQueues.Port, PortOpen);
                _transmit.Publish();
                break;
            case PortOpen:
                IsOpen = value != 0;
                break;
            case PortRemoved:
                IsOpen = false;
                break;
        }
    }

    /// <summary>Offers a message. There are three in a life, each with a head of its own, so that none has to come back.</summary>
    private void Send(uint port, ushort what)
    {
        *(ulong*)(_sent + ConsoleQueues.Offset(ConsoleQueues.ControlTransmit, _next)) = port | ((ulong)what << 32) | (1UL << 48);
        _transmit.Offer(_next++);
    }
}

namespace Tierce.Runtime.Devices;

/// <summary>
/// The queues of a console, and the fixed requests (<em>heads</em>) of each. The bus fills a descriptor for each head, once. The bytes of a
/// queue lie in the driver's part of that queue's memory, at <see cref="QueueLayout.Headers"/>.
/// </summary>
public static class ConsoleQueues
{
    /// <summary>Bytes from the port, and bytes for it.</summary>
    public const int Receive = 0, Transmit = 1;

    /// <summary>Messages about ports from the device, and for it.</summary>
    public const int ControlReceive = 2, ControlTransmit = 3;

    /// <summary>Number of queues.</summary>
    public const int Count = 4;

    /// <summary>The port that is used. Port 0 is left out because QEMU drops what its host does not take at once from that port.</summary>
    public const uint Port = 1;

    /// <summary>Heads of reception, and bytes of each: together two pages.</summary>
    public const uint ReceiveHeads = 8, ReceiveBytes = 1024;

    /// <summary>
    /// Heads of transmission. Head n moves 2^n bytes from offset 2^n, so that some of them move any number of bytes up to
    /// <see cref="TransmitBytes"/>.
    /// </summary>
    public const int TransmitHeads = 13;

    /// <summary>Most bytes that the heads of transmission move together.</summary>
    public const uint TransmitBytes = (1 << TransmitHeads) - 1;

    /// <summary>Heads of control in each direction, bytes of a message for the device, and bytes that there are for one from it.</summary>
    public const uint ControlHeads = 16, MessageBytes = 8, ControlBytes = 64;

    /// <summary>Fewest entries of a queue.</summary>
    public const uint FewestEntries = 16;

    /// <summary>The device's number of a queue (virtio 1.1, 5.3.2): those of port 1 follow those of control.</summary>
    public static uint Number(int queue) => queue is Receive or Transmit ? 4 + (uint)queue : (uint)queue;

    /// <summary>Number of heads of a queue.</summary>
    public static uint Heads(int queue) => queue switch { Receive => ReceiveHeads, Transmit => TransmitHeads, _ => ControlHeads };

    /// <summary>Whether the device writes what the heads of a queue name.</summary>
    public static bool DeviceWrites(int queue) => queue is Receive or ControlReceive;

    /// <summary>Bytes that a head moves.</summary>
    public static uint Bytes(int queue, uint head) => queue switch
    {
        Receive => ReceiveBytes,
        Transmit => 1U << (int)head,
        ControlReceive => ControlBytes,
        _ => MessageBytes,
    };

    /// <summary>Where a head's bytes begin in those of its queue.</summary>
    public static uint Offset(int queue, uint head) => queue switch
    {
        Receive => head * ReceiveBytes,
        Transmit => 1U << (int)head,
        _ => head * ControlBytes,
    };
}

using Tierce.Runtime;

namespace Tierce.Drivers.Console;

/// <summary>The 16550 of a serial port. Registers and bits: National Semiconductor PC16550D data sheet.</summary>
public struct Uart
{
    /// <summary>Bytes that the transmitter takes at once when it is empty.</summary>
    public const int TransmitFifo = 16;

    /// <summary>Received bytes at which the device interrupts without waiting for a pause.</summary>
    public const int ReceiveTrigger = 14;

    private const byte ReceiveInterrupt = 1;
    private const byte TransmitInterrupt = 2;
    private const byte IdentityMask = 0x0f;
    private const byte ReceivedTrigger = 4;
    private const byte DataReady = 1;
    private const byte TransmitEmpty = 0x20;

    private readonly ushort _base;
    private readonly ushort _lineStatus;
    private byte _enabled;

    /// <summary>The device at a base port. The constructor does not access it.</summary>
    public Uart(ushort port)
    {
        _base = port;
        _lineStatus = (ushort)(port + 5);
        _enabled = 0;
    }

    private readonly ushort Data => _base;

    private readonly ushort InterruptEnable => (ushort)(_base + 1);

    private readonly ushort InterruptIdentity => (ushort)(_base + 2);

    private readonly ushort FifoControl => (ushort)(_base + 2);

    private readonly ushort LineControl => (ushort)(_base + 3);

    private readonly ushort ModemControl => (ushort)(_base + 4);

    /// <summary>
    /// 115,200 baud, 8 data bits, FIFOs on, interrupt line driven; only reception interrupts. Bytes in the device stay there.
    /// </summary>
    public void Open()
    {
        Machine.Out8(InterruptEnable, 0);
        Machine.Out8(LineControl, 0x80);    // divisor latch
        Machine.Out8(Data, 1);
        Machine.Out8(InterruptEnable, 0);
        Machine.Out8(LineControl, 0x03);    // 8 bits, no parity, one stop bit
        Machine.Out8(FifoControl, 0xc1);    // FIFOs on, interrupt at 14 bytes or a pause
        Machine.Out8(ModemControl, 0x0b);   // terminal ready, request to send, OUT2: interrupt line on
        SetReceiving(true);
    }

    /// <summary>Whether an interrupt cause is pending; reading it also clears "transmitter empty".</summary>
    public readonly bool Interrupting => (Machine.In8(InterruptIdentity) & 1) == 0;

    /// <summary>Whether a received byte is in the device.</summary>
    public readonly bool CanReceive => (Machine.In8(_lineStatus) & DataReady) != 0;

    /// <summary>Takes a received byte.</summary>
    public readonly byte Receive() => Machine.In8(Data);

    /// <summary>
    /// Whether <see cref="ReceiveTrigger"/> bytes are in the device. Reading this may clear "transmitter empty", as
    /// <see cref="Interrupting"/> does.
    /// </summary>
    public readonly bool IsFilled => (Machine.In8(InterruptIdentity) & IdentityMask) == ReceivedTrigger;

    /// <summary>Takes as many bytes as the span holds. The device must have them.</summary>
    public readonly void Receive(Span<byte> bytes) => Machine.In8(Data, bytes);

    /// <summary>Whether <see cref="TransmitFifo"/> bytes can be written.</summary>
    public readonly bool CanTransmit => (Machine.In8(_lineStatus) & TransmitEmpty) != 0;

    /// <summary>Writes bytes to the transmitter, at most <see cref="TransmitFifo"/>.</summary>
    public readonly void Transmit(ReadOnlySpan<byte> bytes) => Machine.Out8(Data, bytes);

    /// <summary>Turns the reception interrupt on or off. While it is off, bytes stay in the device, which then stops the sender.</summary>
    public void SetReceiving(bool on) => Enable(ReceiveInterrupt, on);

    /// <summary>Turns the interrupt "transmitter empty" on or off.</summary>
    public void SetTransmitting(bool on) => Enable(TransmitInterrupt, on);

    private void Enable(byte bit, bool on)
    {
        byte wanted = (byte)(on ? _enabled | bit : _enabled & ~bit);
        if (wanted != _enabled)
        {
            _enabled = wanted;
            Machine.Out8(InterruptEnable, wanted);
        }
    }
}

namespace Tierce.Drivers.Console;

/// <summary>Why the device interrupts: the lowest three bits of its interrupt identification register (PC16550D data sheet, table IV).</summary>
public enum InterruptCause : byte
{
    /// <summary>The modem's lines have changed.</summary>
    ModemStatus = 0,

    /// <summary>It does not.</summary>
    None = 1,

    /// <summary>The transmitter is empty.</summary>
    TransmitterEmpty = 2,

    /// <summary>Bytes have been received: enough of them, or some and then none for a while.</summary>
    Received = 4,

    /// <summary>Something was wrong with what was received.</summary>
    LineStatus = 6,
}

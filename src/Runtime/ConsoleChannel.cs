namespace Tierce.Runtime;

/// <summary>
/// The pages that a console driver shares with one client: a ring each way.
/// Page 0 holds both headers, page 1 the input (device to client), pages 2 and 3 the output.
/// </summary>
/// <remarks>
/// Each side has two bits of the other's notification to signal, the lower for "there are bytes for you" and the higher for
/// "there is room again".
/// </remarks>
public static unsafe class ConsoleChannel
{
    /// <summary>Pages of a channel.</summary>
    public const ulong Pages = 4;

    /// <summary>Bytes of the input ring.</summary>
    public const uint InputSize = 4096;

    /// <summary>Bytes of the output ring.</summary>
    public const uint OutputSize = 8192;

    /// <summary>
    /// Bit of a monitor's notification: the driver has input; the next bit: it has room for output again.
    /// </summary>
    public const ulong ClientBit = 1 << 3;

    /// <summary>Bit of a monitor's notification that root sets when the driver has died: nothing will be taken or come any more.</summary>
    public const ulong ClientGoneBit = 1 << 5;

    private const int InputHeader = 256;
    private const int InputData = 4096;
    private const int OutputData = 8192;

    /// <summary>The client's end for output.</summary>
    public static ByteRingWriter OutputWriter(byte* pages) => new((ByteRingHeader*)pages, pages + OutputData, OutputSize);

    /// <summary>The driver's end for output.</summary>
    public static ByteRingReader OutputReader(byte* pages) => new((ByteRingHeader*)pages, pages + OutputData, OutputSize);

    /// <summary>The driver's end for input.</summary>
    public static ByteRingWriter InputWriter(byte* pages) => new((ByteRingHeader*)(pages + InputHeader), pages + InputData, InputSize);

    /// <summary>The client's end for input.</summary>
    public static ByteRingReader InputReader(byte* pages) => new((ByteRingHeader*)(pages + InputHeader), pages + InputData, InputSize);
}

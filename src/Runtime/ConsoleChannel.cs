using Tierce.Abi;

namespace Tierce.Runtime;

/// <summary>
/// The memory that a console driver shares with one client. The channel is for output: page 0 holds its header, pages 1 and 2 its bytes.
/// The input (device to client) is in the guest's own memory: <see cref="ConsoleInput"/>.
/// </summary>
/// <remarks>
/// Each side has two bits to signal in the other's notification: the lower bit reports bytes, the higher one reports room.
/// </remarks>
public static unsafe class ConsoleChannel
{
    /// <summary>Pages of a channel.</summary>
    public const ulong Pages = 3;

    /// <summary>Bytes of the output ring.</summary>
    public const uint OutputSize = 8192;

    /// <summary>
    /// Bit of the driver's notification: a client has output or has made room; bit 0 is its interrupt's. All clients share this bit and the
    /// next: whenever the driver wakes, it tests each client.
    /// </summary>
    public const ulong DriverBit = 1 << 1;

    /// <summary>Bytes of a driver's record of one client beyond its first.</summary>
    public const uint ClientBytes = 256;

    /// <summary>Pages of a driver's own memory for this number of clients.</summary>
    public static ulong TablePages(uint clients) => clients < 2 ? 0 : ((clients * (ulong)ClientBytes) + 4095) >> 12;

    /// <summary>
    /// Bit of a monitor's notification: the driver has input; the next bit: it has room for output again.
    /// </summary>
    public const ulong ClientBit = 1 << 3;

    /// <summary>Bit of a monitor's notification that root sets when the driver has died: no more bytes will be taken or arrive.</summary>
    public const ulong ClientGoneBit = 1 << 5;

    private const int OutputData = 4096;

    /// <summary>The client's end for output.</summary>
    public static ByteRingWriter OutputWriter(byte* pages) => new((ByteRingHeader*)pages, pages + OutputData, OutputSize);

    /// <summary>The driver's end for output.</summary>
    public static ByteRingReader OutputReader(byte* pages) => new((ByteRingHeader*)pages, pages + OutputData, OutputSize);

    /// <summary>The driver's end for input, over the pages of that.</summary>
    public static ByteRingWriter InputWriter(byte* pages) => new((ByteRingHeader*)pages, pages + ConsoleInput.Data, ConsoleInput.Size);

    /// <summary>The client's end for input. A guest's monitor only inspects it; the guest's ROM takes the bytes.</summary>
    public static ByteRingReader InputReader(byte* pages) => new((ByteRingHeader*)pages, pages + ConsoleInput.Data, ConsoleInput.Size);
}

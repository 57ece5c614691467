using System.Runtime.InteropServices;

namespace Tierce.Runtime.Devices;

/// <summary>One request of a back end to a disk's driver.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
public struct BlockRequest
{
    /// <summary>Number that the answer repeats.</summary>
    [FieldOffset(0)] public uint Tag;

    /// <summary>The client's head (<see cref="BlockShapes"/>).</summary>
    [FieldOffset(4)] public uint Head;

    /// <summary>First sector, of 512 bytes.</summary>
    [FieldOffset(8)] public ulong Sector;
}

/// <summary>The answer to one request.</summary>
[StructLayout(LayoutKind.Explicit, Size = 8)]
public struct BlockAnswer
{
    /// <summary>The request's tag.</summary>
    [FieldOffset(0)] public uint Tag;

    /// <summary><see cref="BlockResult"/>.</summary>
    [FieldOffset(4)] public uint Result;
}

/// <summary>How a request ended.</summary>
public enum BlockResult : uint
{
    /// <summary>Done.</summary>
    Ok = 0,

    /// <summary>The device failed.</summary>
    DeviceError = 1,

    /// <summary>The request is not one that this client may make.</summary>
    Refused = 2,
}

/// <summary>
/// The page that a back end and a disk's driver share: a ring of requests, a ring of answers, and what the disk is. Each side keeps its own
/// indices privately and reads each word of the other once.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 4096)]
public struct BlockChannel
{
    /// <summary>Pages of a channel.</summary>
    public const ulong Pages = 1;

    /// <summary>Requests that fit; a power of two. A client has no more in flight, so the ring of answers never overflows.</summary>
    public const uint Entries = 128;

    /// <summary>Lowest bit of a driver's notification for its clients; client n signals the bit n higher.</summary>
    public const int FirstClientBit = 8;

    /// <summary>Requests ever written. The back end writes it.</summary>
    [FieldOffset(0)] public uint Requested;

    /// <summary>Not 0 while the back end waits: the driver then signals after it has answered.</summary>
    [FieldOffset(4)] public uint ClientWaits;

    /// <summary>Answers ever written. The driver writes it.</summary>
    [FieldOffset(64)] public uint Answered;

    /// <summary>Not 0 while the driver waits: the back end then signals after it has written requests.</summary>
    [FieldOffset(68)] public uint DriverWaits;

    /// <summary>Requests ever taken, and requests that are with the device, as the driver found them when it last waited.</summary>
    [FieldOffset(72)] public uint Taken;

    /// <inheritdoc cref="Taken"/>
    [FieldOffset(76)] public uint InFlight;

    /// <summary>
    /// Counts the driver's lives; not 0 once the driver has written the fields that follow. A new life has forgotten the requests below
    /// <see cref="StartIndex"/> that were not answered: the back end makes them again.
    /// </summary>
    [FieldOffset(128)] public uint Generation;

    /// <summary>Properties.</summary>
    [FieldOffset(132)] public BlockFeatures Features;

    /// <summary>Sectors of 512 bytes.</summary>
    [FieldOffset(136)] public ulong Sectors;

    /// <summary>Bytes that the disk reads and writes at least.</summary>
    [FieldOffset(144)] public uint BlockSize;

    /// <summary>The client's heads.</summary>
    [FieldOffset(148)] public uint Heads;

    /// <summary>The first request that this life of the driver takes.</summary>
    [FieldOffset(152)] public uint StartIndex;

    /// <summary>First answer.</summary>
    [FieldOffset(1024)] public BlockAnswer FirstAnswer;

    /// <summary>First request.</summary>
    [FieldOffset(2048)] public BlockRequest FirstRequest;
}

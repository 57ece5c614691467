using System.Runtime.InteropServices;

namespace Tierce.Abi;

/// <summary>
/// The input of a guest's console: a ring of bytes from the driver to the guest's ROM. It lies in the guest's last frames, so that neither
/// side needs the monitor for it. Page 0 holds the header, page 1 the bytes.
/// </summary>
public static class ConsoleInput
{
    /// <summary>Pages of the ring, the last ones of the guest.</summary>
    public const ulong Pages = 2;

    /// <summary>Bytes of the ring.</summary>
    public const uint Size = 4096;

    /// <summary>Offset of the bytes from the header.</summary>
    public const int Data = 4096;
}

/// <summary>
/// The shared words of a ring of bytes with one producer and one consumer, each on a cache line of its own. Both indices only grow and wrap
/// at 2^32; their difference is the number of bytes in the ring.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
public struct ByteRingHeader
{
    /// <summary>Bytes ever written. Only the producer writes it.</summary>
    [FieldOffset(0)] public uint Produced;

    /// <summary>Bytes ever read. Only the consumer writes it.</summary>
    [FieldOffset(64)] public uint Consumed;

    /// <summary>Set by the producer when it waits for room, cleared by the consumer when it signals.</summary>
    [FieldOffset(128)] public uint ProducerWaits;
}

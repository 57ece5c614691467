using System.Runtime.InteropServices;

namespace Tierce.Runtime.Devices;

/// <summary>What a client of a disk's driver may have in a second; 0: any number.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
public struct ClientRate
{
    /// <summary>Operations.</summary>
    [FieldOffset(0)] public ulong Operations;

    /// <summary>Bytes.</summary>
    [FieldOffset(8)] public ulong Bytes;
}

/// <summary>
/// The page with the limits of a driver's clients, in their order. Root writes it while the driver runs, and the driver can only read it. A
/// driver that is started again finds the limits that held last.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 4096)]
public struct RateTable
{
    /// <summary>Pages.</summary>
    public const ulong Pages = 1;

    /// <summary>Bit of the driver's notification: a limit has changed. Bit 0 is its interrupt's.</summary>
    public const ulong ChangedBit = 1 << 1;

    /// <summary>First client.</summary>
    [FieldOffset(0)] public ClientRate First;
}

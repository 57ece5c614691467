using System.Runtime.InteropServices;

namespace Tierce.Runtime.Devices;

/// <summary>What a guest has of one of its disks.</summary>
public enum PlugState : uint
{
    /// <summary>Its store does not show the disk.</summary>
    Unplugged = 0,

    /// <summary>Its store shows the disk, and its front end has not connected.</summary>
    Offered = 1,

    /// <summary>Its front end can read and write.</summary>
    Connected = 2,

    /// <summary>Its front end is asked to close the disk, and has not done so yet.</summary>
    Unplugging = 3,
}

/// <summary>One disk in a <see cref="PlugTable"/>.</summary>
[StructLayout(LayoutKind.Explicit, Size = 128)]
public struct PlugLine
{
    /// <summary>Not 0: the guest shall have the disk. Root writes it.</summary>
    [FieldOffset(0)] public uint Wanted;

    /// <summary>What the guest has. Its monitor writes it.</summary>
    [FieldOffset(64)] public PlugState State;
}

/// <summary>
/// The page by which root plugs and unplugs a guest's disks. Its monitor changes the store accordingly. Neither waits for the other.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 4096)]
public struct PlugTable
{
    /// <summary>Pages.</summary>
    public const ulong Pages = 1;

    /// <summary>Bit of the monitor's notification: a wish has changed.</summary>
    public const ulong ChangedBit = 1 << 9;

    /// <summary>First disk.</summary>
    [FieldOffset(0)] public PlugLine First;
}

using System.Runtime.InteropServices;

namespace Tierce.Runtime.Devices;

/// <summary>What a back end has done for one device of its guest.</summary>
public enum BackEndState : uint
{
    /// <summary>It does not know the device yet.</summary>
    Starting = 0,

    /// <summary>It knows the device: the front end can be told.</summary>
    Ready = 1,

    /// <summary>It serves the front end's ring.</summary>
    Connected = 2,

    /// <summary>It serves no ring.</summary>
    Closed = 3,

    /// <summary>The front end's ring or requests are unusable. It serves no ring until the front end connects again.</summary>
    Broken = 4,
}

/// <summary>The page that a monitor and a back end share: the control path of the guest's devices of one class.</summary>
[StructLayout(LayoutKind.Explicit, Size = 4096)]
public struct DeviceControl
{
    /// <summary>Pages.</summary>
    public const ulong Pages = 1;

    /// <summary>Most devices of a guest.</summary>
    public const int MostDevices = Abi.VCpuDoorbell.Count;

    /// <summary>First device.</summary>
    [FieldOffset(0)] public DeviceControlLine First;
}

/// <summary>One device in a <see cref="DeviceControl"/>.</summary>
[StructLayout(LayoutKind.Explicit, Size = 128)]
public struct DeviceControlLine
{
    /// <summary>Counts the monitor's wishes: a new number means that the fields below hold a new one. 0: none yet.</summary>
    [FieldOffset(0)] public uint Wish;

    /// <summary>Not 0: connect to the ring below. 0: serve no ring.</summary>
    [FieldOffset(4)] public uint Connect;

    /// <summary>Grant reference of the ring's page.</summary>
    [FieldOffset(8)] public uint RingReference;

    /// <summary>The wish that the back end has fulfilled last.</summary>
    [FieldOffset(64)] public uint Fulfilled;

    /// <summary>Its state.</summary>
    [FieldOffset(68)] public BackEndState State;

    /// <summary>Sectors of 512 bytes.</summary>
    [FieldOffset(72)] public ulong Sectors;

    /// <summary>Bytes that the disk reads and writes at least.</summary>
    [FieldOffset(80)] public uint BlockSize;

    /// <summary>Properties.</summary>
    [FieldOffset(84)] public BlockFeatures Features;
}

/// <summary>
/// Memory of a back end's own: a list of copies, then an area for each device with its copy of the ring. It outlives the back end, so that
/// its next life finds the requests that were taken and not answered.
/// </summary>
public static class BackEndMemory
{
    /// <summary>Pages of a device's area.</summary>
    public const ulong AreaPages = 4;

    /// <summary>Pages for a number of devices.</summary>
    public static ulong Pages(int devices) => 1 + (AreaPages * (ulong)devices);
}

/// <summary>Bits of a back end's notification, for device n of its guest.</summary>
public static class BackEndEvent
{
    /// <summary>Shift of the monitor's notification for its back end.</summary>
    public const int Monitor = 8;

    /// <summary>The guest has used its ring.</summary>
    public const int Doorbell = 0;

    /// <summary>The driver has answered.</summary>
    public const int Driver = 8;

    /// <summary>The monitor has a wish.</summary>
    public const int Control = 16;
}

using Tierce.Runtime.Devices;

namespace Tierce.Drivers.Bus;

/// <summary>What the bus has to know of each class of virtio device.</summary>
public static class DeviceClass
{
    /// <summary>Bytes of a device's own registers of any class here.</summary>
    public const uint ConfigurationSize = 24;

    private const uint VirtioVendor = 0x1af4;

    /// <summary>Device numbers: modern, and transitional (virtio 1.1, 4.1.2).</summary>
    private const uint ModernBlock = 0x1042, TransitionalBlock = 0x1001, ModernConsole = 0x1043, TransitionalConsole = 0x1003;

    /// <summary>Features of any device (virtio 1.1, 6).</summary>
    private const uint IndirectFeature = 1 << 28, EventIndexFeature = 1 << 29;

    /// <summary>Features of a disk (virtio 1.1, 5.2.3).</summary>
    private const uint ReadOnlyFeature = 1 << 5, BlockSizeFeature = 1 << 6, FlushFeature = 1 << 9;

    /// <summary>The feature of a console that it has several ports (virtio 1.1, 5.3.3).</summary>
    private const uint PortsFeature = 1 << 1;

    /// <summary>The kind of a function of PCI.</summary>
    public static DeviceKind KindOf(uint identity) => (identity & 0xffff) != VirtioVendor ? DeviceKind.None : (identity >> 16) switch
    {
        ModernBlock or TransitionalBlock => DeviceKind.Block,
        ModernConsole or TransitionalConsole => DeviceKind.Console,
        _ => DeviceKind.None,
    };

    /// <summary>The word for a device of a kind.</summary>
    public static ReadOnlySpan<byte> Name(DeviceKind kind) => kind == DeviceKind.Console ? "console"u8 : "disk"u8;

    /// <summary>Features of the first word that are used if the device has them.</summary>
    public static uint Features(DeviceKind kind) => EventIndexFeature
        | (kind == DeviceKind.Console ? PortsFeature : ReadOnlyFeature | BlockSizeFeature | FlushFeature | IndirectFeature);

    /// <summary>The device's number of a queue.</summary>
    public static uint QueueNumber(DeviceKind kind, uint queue) => kind == DeviceKind.Console ? ConsoleQueues.Number((int)queue) : queue;

    /// <summary>Describes the device. Returns why it cannot be used; empty if it can.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="registers">Its own registers.</param>
    /// <param name="features">The first word of the features that it offers.</param>
    /// <param name="device">Has the size of its queues.</param>
    public static ReadOnlySpan<byte> Describe(DeviceKind kind, DeviceWindow registers, uint features, ref BusDevice device)
    {
        device.QueueFeatures = (features & EventIndexFeature) != 0 ? QueueFeatures.EventIndex : 0;
        if (kind == DeviceKind.Console)
        {
            const uint PortsRegister = 4;
            return (features & PortsFeature) == 0 || registers.Read32(PortsRegister) <= ConsoleQueues.Port ? "has no port 1"u8
                : device.QueueSize < ConsoleQueues.FewestEntries ? "has too short a queue"u8 : default;
        }

        device.Sectors = registers.Read32(0) | ((ulong)registers.Read32(4) << 32);
        device.BlockSize = (features & BlockSizeFeature) != 0 ? registers.Read32(20) : 512;
        device.Features = ((features & ReadOnlyFeature) != 0 ? BlockFeatures.ReadOnly : 0) | ((features & FlushFeature) != 0 ? BlockFeatures.Flush : 0);
        return (features & IndirectFeature) == 0 ? "is too old: indirect descriptors are needed"u8
            : device.QueueSize < BlockShapes.FewestHeads ? "has too short a queue"u8 : default;
    }
}

using Tierce.Runtime;
using Tierce.Runtime.Devices;

namespace Tierce.Drivers.VirtioBlock;

/// <summary>What root says of the disk.</summary>
public readonly struct Disk
{
    /// <summary>Sectors of 512 bytes.</summary>
    public readonly ulong Sectors;

    /// <summary>Properties.</summary>
    public readonly BlockFeatures Features;

    /// <summary>Bytes that it reads and writes at least.</summary>
    public readonly uint BlockSize;

    /// <summary>Heads of a client.</summary>
    public readonly uint Heads;

    /// <summary>Reads the startup page.</summary>
    public Disk(Startup startup, uint heads)
    {
        startup.TryGet(StartupPurpose.DeviceFact, DeviceFacts.Sectors, out _, out Sectors);
        startup.TryGet(StartupPurpose.DeviceFact, DeviceFacts.Features, out _, out ulong features);
        startup.TryGet(StartupPurpose.DeviceFact, DeviceFacts.BlockSize, out _, out ulong blockSize);
        Features = (BlockFeatures)features;
        BlockSize = (uint)blockSize;
        Heads = heads;
    }
}

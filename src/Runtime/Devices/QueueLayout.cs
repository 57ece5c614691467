namespace Tierce.Runtime.Devices;

/// <summary>
/// Memory of a virtio queue. The first part, with the descriptors, has every physical address that the device gets. The bus writes it and
/// the driver has no access. The second part is the driver's: it names descriptors by number. A device with several queues has as many of
/// each, one after another.
/// </summary>
public static class QueueLayout
{
    /// <summary>Most entries that are used of a device's queue.</summary>
    public const uint MostEntries = 256;

    /// <summary>Bytes of a descriptor (virtio 1.1, 2.6.5).</summary>
    public const uint DescriptorSize = 16;

    /// <summary>Bytes between two indirect tables. Each has three descriptors: header, data, status.</summary>
    public const uint IndirectSize = 64;

    /// <summary>Offset of the indirect tables; the queue's own descriptors come first.</summary>
    public const uint Indirect = MostEntries * DescriptorSize;

    /// <summary>Pages of the first part.</summary>
    public const ulong DescriptorPages = (Indirect + (MostEntries * IndirectSize)) / 4096;

    /// <summary>Offset of the available ring from the second part's beginning.</summary>
    public const uint Available = 0;

    /// <summary>Offset of a word that the driver keeps for its next life, beyond the end of the available ring.</summary>
    public const uint Journal = 2048;

    /// <summary>Offset of the used ring.</summary>
    public const uint Used = 4096;

    /// <summary>Offset of the last life's used ring, which the bus keeps for the driver when it resets the device.</summary>
    public const uint Kept = 8192;

    /// <summary>Offset of the number of used rings that the bus has kept, 16 bits.</summary>
    public const uint KeptCount = Kept + 4094;

    /// <summary>Offset of what the device reads and writes besides: a disk's requests' headers, one for each descriptor; a console's bytes.</summary>
    public const uint Headers = 12288;

    /// <summary>Bytes between two headers: 16 of the header, then the status byte.</summary>
    public const uint HeaderSize = 32;

    /// <summary>Offset of the status byte in a header.</summary>
    public const uint Status = 16;

    /// <summary>Pages of the second part.</summary>
    public const ulong DriverPages = (Headers + (MostEntries * HeaderSize)) / 4096;

    /// <summary>Offset of a ring's index in it, and of its entries.</summary>
    public const uint RingIndex = 2, RingEntries = 4;

    /// <summary>Bytes of an entry of the used ring: a descriptor's number, and the bytes that were written.</summary>
    public const uint UsedEntrySize = 8;
}

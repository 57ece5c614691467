namespace Tierce.Runtime.Devices;

/// <summary>The words with which root describes a device to its driver (grants of the purpose DeviceFact), by index.</summary>
public static class DeviceFacts
{
    /// <summary>Sectors of 512 bytes.</summary>
    public const int Sectors = 0;

    /// <summary><see cref="BlockFeatures"/>.</summary>
    public const int Features = 1;

    /// <summary>Bytes that the disk reads and writes at least.</summary>
    public const int BlockSize = 2;

    /// <summary><see cref="Devices.QueueFeatures"/>.</summary>
    public const int QueueFeatures = 3;

    /// <summary>Offset of the notify register of the first queue in its page; those of the others follow.</summary>
    public const int NotifyOffset = 4;
}

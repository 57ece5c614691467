using Tierce.Runtime;
using Tierce.Runtime.Devices;

namespace Tierce.Drivers.VirtioConsole;

/// <summary>Where the queues of the device are.</summary>
public readonly unsafe ref struct PortQueues
{
    private readonly Startup _startup;
    private readonly byte* _rings;
    private readonly byte* _notify;

    /// <summary>Queues over mapped memory.</summary>
    /// <param name="startup">The driver's startup page.</param>
    /// <param name="rings">The driver's part of their memory.</param>
    /// <param name="notify">The page of their notify registers.</param>
    public PortQueues(Startup startup, byte* rings, byte* notify)
    {
        _startup = startup;
        _rings = rings;
        _notify = notify;
    }

    private uint Size => (uint)_startup.Value(StartupPurpose.QueueRings);

    /// <summary>A queue, which the device does not use yet.</summary>
    public VirtioQueue Open(int queue)
    {
        _startup.TryGet(StartupPurpose.DeviceFact, DeviceFacts.QueueFeatures, out _, out ulong features);
        _startup.TryGet(StartupPurpose.DeviceFact, DeviceFacts.NotifyOffset + queue, out _, out ulong offset);
        bool hasEventIndex = ((QueueFeatures)features & QueueFeatures.EventIndex) != 0;

        // SAFETY: the offset is cut to the page.
        return new VirtioQueue(Rings(queue), (ushort*)(_notify + (offset & 4094)), ConsoleQueues.Number(queue), Size, hasEventIndex);
    }

    /// <summary>The journal of a queue.</summary>
    public QueueJournal Journal(int queue) => new(Rings(queue), Size);

    /// <summary>The bytes of a queue.</summary>
    public byte* Bytes(int queue) => Rings(queue) + QueueLayout.Headers;

    // SAFETY: the driver has mapped the memory of all queues.
    private byte* Rings(int queue) => _rings + ((ulong)queue * QueueLayout.DriverPages * 4096);
}

using System.Threading;
using Tierce.Runtime.Devices;

namespace Tierce.Drivers.VirtioBlock;

/// <summary>The headers of the requests of a disk's queue, one for each descriptor (virtio 1.1, 5.2.6).</summary>
public readonly unsafe struct RequestHeaders
{
    // SAFETY: the memory is mapped for the domain's life, and callers stay below the queue's size, which QueueLayout has room for.

    private readonly byte* _rings;

    /// <summary>The headers in a queue's memory.</summary>
    public RequestHeaders(byte* rings) => _rings = rings;

    /// <summary>Writes a request's header.</summary>
    public void Set(uint head, uint type, ulong sector)
    {
        byte* header = Header(head);
        *(ulong*)header = type;
        *(ulong*)(header + 8) = sector;
        header[QueueLayout.Status] = byte.MaxValue;
    }

    /// <summary>The device's status of a request that it has returned; 0 is success.</summary>
    public byte Status(uint head) => Volatile.Read(ref Header(head)[QueueLayout.Status]);

    private byte* Header(uint head) => _rings + QueueLayout.Headers + (head * QueueLayout.HeaderSize);
}

using System.Threading;
using Tierce.Runtime.Devices;

namespace Tierce.Drivers.VirtioBlock;

/// <summary>
/// The driver's part of a queue: the rings by which descriptors are offered and come back, and the requests' headers. The descriptors are
/// the bus's. Layout: virtio 1.1, 2.6.
/// </summary>
public unsafe struct VirtioQueue
{
    // SAFETY: the memory is mapped for the domain's life, and every index is below the queue's size, which QueueLayout has room for.

    private const uint NoInterrupt = 1, NoNotify = 1;
    private const uint Index = 2, Ring = 4, UsedEntry = 8;

    private readonly byte* _rings;
    private readonly ushort* _notify;
    private readonly uint _mask;
    private ushort _offered, _taken;

    /// <summary>A queue of a power of two of entries, over memory that the device does not use yet.</summary>
    public VirtioQueue(byte* rings, ushort* notify, uint size)
    {
        _rings = rings;
        _notify = notify;
        _mask = size - 1;
        _offered = 0;
        _taken = 0;
    }

    /// <summary>Whether the device has returned a descriptor that was not taken yet.</summary>
    public readonly bool HasReturned => Volatile.Read(ref *(ushort*)(_rings + QueueLayout.Used + Index)) != _taken;

    /// <summary>Writes a request's header.</summary>
    public readonly void SetHeader(uint head, uint type, ulong sector)
    {
        byte* header = Header(head);
        *(ulong*)header = type;
        *(ulong*)(header + 8) = sector;
        header[QueueLayout.Status] = byte.MaxValue;
    }

    /// <summary>The device's status of a request that it has returned; 0 is success.</summary>
    public readonly byte Status(uint head) => Volatile.Read(ref Header(head)[QueueLayout.Status]);

    /// <summary>Adds a descriptor to those that <see cref="Publish"/> shows to the device.</summary>
    public void Offer(uint head)
    {
        *(ushort*)(_rings + QueueLayout.Available + Ring + ((_offered & _mask) * sizeof(ushort))) = (ushort)head;
        _offered++;
    }

    /// <summary>Shows the device what was offered, and notifies it unless it looks anyway.</summary>
    public readonly void Publish()
    {
        Volatile.Write(ref *(ushort*)(_rings + QueueLayout.Available + Index), _offered);
        Interlocked.MemoryBarrier();
        if ((Volatile.Read(ref *(ushort*)(_rings + QueueLayout.Used)) & NoNotify) == 0)
        {
            Volatile.Write(ref *_notify, 0);
        }
    }

    /// <summary>Takes a returned descriptor; the device's number is not trusted.</summary>
    public uint Take()
    {
        uint head = Volatile.Read(ref *(uint*)(_rings + QueueLayout.Used + Ring + ((_taken & _mask) * UsedEntry)));
        _taken++;
        return head;
    }

    /// <summary>Allows or forbids interrupts. After allowing them the caller looks once more.</summary>
    public readonly void SetInterrupts(bool allowed)
    {
        Volatile.Write(ref *(ushort*)(_rings + QueueLayout.Available), (ushort)(allowed ? 0 : NoInterrupt));
        Interlocked.MemoryBarrier();
    }

    private readonly byte* Header(uint head) => _rings + QueueLayout.Headers + (head * QueueLayout.HeaderSize);
}

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
    private readonly bool _hasEventIndex;
    private ushort _offered, _taken, _published;

    /// <summary>A queue of a power of two of entries, over memory that the device does not use yet.</summary>
    /// <param name="rings">Its memory.</param>
    /// <param name="notify">The notify register.</param>
    /// <param name="size">Entries.</param>
    /// <param name="hasEventIndex">Each side requests its next event by an index (virtio 1.1, 2.6.7 and 2.6.8), not by a flag.</param>
    public VirtioQueue(byte* rings, ushort* notify, uint size, bool hasEventIndex)
    {
        _hasEventIndex = hasEventIndex;
        _published = 0;
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
    public void Publish()
    {
        ushort before = _published;
        _published = _offered;
        Volatile.Write(ref *(ushort*)(_rings + QueueLayout.Available + Index), _offered);
        Interlocked.MemoryBarrier();
        ushort wanted = Volatile.Read(ref *(ushort*)(_rings + QueueLayout.Used + Ring + ((_mask + 1) * UsedEntry)));
        bool notifies = _hasEventIndex
            ? (ushort)(_offered - wanted - 1) < (ushort)(_offered - before)
            : (Volatile.Read(ref *(ushort*)(_rings + QueueLayout.Used)) & NoNotify) == 0;
        if (notifies)
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

    /// <summary>
    /// Forbids interrupts. With event indices there is nothing to do: the one that was asked for has come or comes once more.
    /// </summary>
    public readonly void ForbidInterrupts()
    {
        if (!_hasEventIndex)
        {
            Volatile.Write(ref *(ushort*)(_rings + QueueLayout.Available), (ushort)NoInterrupt);
        }
    }

    /// <summary>Asks for an interrupt. After that the caller looks once more.</summary>
    /// <param name="returned">Descriptors that the device has to return before it, from 1 on; without event indices 1 is assumed.</param>
    public readonly void AskForInterrupt(uint returned)
    {
        if (_hasEventIndex)
        {
            Volatile.Write(ref *(ushort*)(_rings + QueueLayout.Available + Ring + ((_mask + 1) * sizeof(ushort))), (ushort)(_taken + returned - 1));
        }
        else
        {
            Volatile.Write(ref *(ushort*)(_rings + QueueLayout.Available), 0);
        }

        Interlocked.MemoryBarrier();
    }

    private readonly byte* Header(uint head) => _rings + QueueLayout.Headers + (head * QueueLayout.HeaderSize);
}

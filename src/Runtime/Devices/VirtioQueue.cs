using System.Threading;

namespace Tierce.Runtime.Devices;

/// <summary>
/// The driver's part of a queue: the rings by which descriptors are offered and come back. The descriptors are the bus's. Layout: virtio
/// 1.1, 2.6.
/// </summary>
public unsafe struct VirtioQueue
{
    // SAFETY: the memory is mapped for the domain's life, and every index is below the queue's size, which QueueLayout has room for.

    private const uint NoInterrupt = 1, NoNotify = 1;
    private const uint Index = QueueLayout.RingIndex, Ring = QueueLayout.RingEntries, UsedEntry = QueueLayout.UsedEntrySize;

    private readonly byte* _rings;
    private readonly ushort* _notify;
    private readonly uint _mask;
    private readonly ushort _number;
    private readonly bool _hasEventIndex;
    private ushort _offered, _taken, _published;

    /// <summary>A queue of a power of two of entries, over memory that the device does not use yet.</summary>
    /// <param name="rings">Its memory.</param>
    /// <param name="notify">The notify register.</param>
    /// <param name="number">The device's number of the queue.</param>
    /// <param name="size">Entries.</param>
    /// <param name="hasEventIndex">Each side requests its next event by an index (virtio 1.1, 2.6.7 and 2.6.8), not by a flag.</param>
    public VirtioQueue(byte* rings, ushort* notify, uint number, uint size, bool hasEventIndex)
    {
        _hasEventIndex = hasEventIndex;
        _published = 0;
        _rings = rings;
        _notify = notify;
        _number = (ushort)number;
        _mask = size - 1;
        _offered = 0;
        _taken = 0;
    }

    /// <summary>Whether the device has returned a descriptor that was not taken yet.</summary>
    public readonly bool HasReturned => Volatile.Read(ref *(ushort*)(_rings + QueueLayout.Used + Index)) != _taken;

    /// <summary>Whether descriptors were offered that the device was not shown.</summary>
    public readonly bool HasOffered => _offered != _published;

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
            Volatile.Write(ref *_notify, _number);
        }
    }

    /// <summary>Takes a returned descriptor; the device's number is not trusted.</summary>
    public uint Take() => Take(out _);

    /// <summary>Takes a returned descriptor, with the number of bytes that the device has written. Neither is trusted.</summary>
    public uint Take(out uint written)
    {
        byte* entry = _rings + QueueLayout.Used + Ring + ((_taken & _mask) * UsedEntry);
        uint head = Volatile.Read(ref *(uint*)entry);
        written = Volatile.Read(ref *(uint*)(entry + sizeof(uint)));
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
}

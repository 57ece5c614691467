using System.Threading;
using Tierce.Runtime.Devices;

namespace Tierce.Drivers.VirtioConsole;

/// <summary>
/// What the driver keeps of a queue for its next life: how far it is with what the device has returned, and the client's ring's index at that
/// point. It is one word, so that a crash finds the old or the new value. The bus keeps what the device had returned in the last life.
/// </summary>
public readonly unsafe struct QueueJournal
{
    // SAFETY: the memory is mapped for the domain's life; offsets are fixed, and indices are masked by the queue's size.

    private readonly byte* _rings;
    private readonly uint _mask;

    /// <summary>The journal in a queue's memory.</summary>
    /// <param name="rings">The memory.</param>
    /// <param name="size">Entries of the queue, a power of two.</param>
    public QueueJournal(byte* rings, uint size)
    {
        _rings = rings;
        _mask = size - 1;
    }

    /// <summary>The client's ring's index after the returned descriptors that are done.</summary>
    public uint Position => (uint)Word;

    /// <summary>
    /// Descriptors that the device had returned and that were not done when the last life ended. 0 as soon as the driver has
    /// <see cref="Begin">begun</see> to count those of this life.
    /// </summary>
    public uint Left
    {
        get
        {
            uint left = (ushort)(*(ushort*)(_rings + QueueLayout.Kept + QueueLayout.RingIndex) - Done);
            return Seen == KeptCount || left > _mask + 1 ? 0 : left;
        }
    }

    private ulong Word => Volatile.Read(ref *(ulong*)(_rings + QueueLayout.Journal));

    private ushort Done => (ushort)(Word >> 32);

    private ushort Seen => (ushort)(Word >> 48);

    private ushort KeptCount => *(ushort*)(_rings + QueueLayout.KeptCount);

    /// <summary>The first of those that are <see cref="Left"/>, with the bytes that the device had written. Neither is trusted.</summary>
    public uint FirstLeft(out uint written)
    {
        byte* entry = _rings + QueueLayout.Kept + QueueLayout.RingEntries + ((Done & _mask) * QueueLayout.UsedEntrySize);
        written = *(uint*)(entry + sizeof(uint));
        return *(uint*)entry;
    }

    /// <summary>One more returned descriptor is done. After the last one that was left, those of this life are counted.</summary>
    public void Finish(uint position)
    {
        if (Left == 1)
        {
            Begin(position);
        }
        else
        {
            Write(position, (ushort)(Done + 1), Seen);
        }
    }

    /// <summary>Counts the descriptors of this life from now on.</summary>
    public void Begin(uint position) => Write(position, 0, KeptCount);

    /// <summary>Corrects the client's ring's index.</summary>
    public void Move(uint position) => Write(position, Done, Seen);

    private void Write(uint position, ushort done, ushort seen) =>
        Volatile.Write(ref *(ulong*)(_rings + QueueLayout.Journal), position | ((ulong)done << 32) | ((ulong)seen << 48));
}

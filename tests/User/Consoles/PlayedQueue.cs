using Tierce.Runtime.Devices;

namespace Tierce.User.Consoles;

/// <summary>
/// The device's side of one queue of a console. It takes each head once, and those that exist alone. It interrupts, and looks for new heads,
/// as event indices say (virtio 1.1, 2.6.7 and 2.6.8).
/// </summary>
/// <param name="number">Which of <see cref="ConsoleQueues"/> it is.</param>
/// <param name="size">Entries.</param>
internal sealed unsafe class PlayedQueue(int number, uint size)
{
    private const ulong Page = 4096;

    private readonly List<uint> _heads = [];
    private byte* _rings;
    private ushort _seen, _returned;

    /// <summary>The device returns what it does not have, and may then get heads twice.</summary>
    public bool Lies { get; set; }

    /// <summary>Heads that the device has, in the order of their offers.</summary>
    public IReadOnlyCollection<uint> Heads => _heads;

    private ushort* Available => (ushort*)(_rings + QueueLayout.Available);

    private ushort* Used => (ushort*)(_rings + QueueLayout.Used);

    /// <summary>The device was reset: it has nothing, and counts from 0.</summary>
    /// <param name="all">Memory of all queues.</param>
    public void Reset(byte* all)
    {
        _rings = all + ((ulong)number * QueueLayout.DriverPages * Page);
        _heads.Clear();
        _seen = 0;
        _returned = 0;
    }

    /// <summary>The queue's memory.</summary>
    public Span<byte> Memory => new(_rings, (int)(QueueLayout.DriverPages * Page));

    /// <summary>A head's bytes.</summary>
    public Span<byte> Bytes(uint head) =>
        new(_rings + QueueLayout.Headers + ConsoleQueues.Offset(number, head), (int)ConsoleQueues.Bytes(number, head));

    /// <summary>Takes what the driver has offered.</summary>
    public void Look()
    {
        while (_seen != Available[1])
        {
            uint head = Available[2 + (_seen++ % size)];
            Assert.True(head < ConsoleQueues.Heads(number), $"queue {number} has no head {head}");
            Assert.True(Lies || !_heads.Contains(head), $"head {head} of queue {number} is offered twice");
            _heads.Add(head);
        }

        *(ushort*)((byte*)Used + QueueLayout.RingEntries + (size * QueueLayout.UsedEntrySize)) = _seen;
    }

    /// <summary>Writes anything to a place where it may write: into the bytes of the first head.</summary>
    public void Scribble(Random random)
    {
        if (_heads.Count != 0 && ConsoleQueues.DeviceWrites(number))
        {
            random.NextBytes(Bytes(_heads[0]));
        }
    }

    /// <summary>Returns the first head. Returns whether that is an interrupt.</summary>
    public bool Return(uint written) => Return(_heads[0], written);

    /// <summary>Returns a number, whether it has it or not. Returns whether that is an interrupt.</summary>
    public bool Return(uint head, uint written)
    {
        _heads.Remove(head);
        ushort awaited = Available[2 + size];
        uint* entry = (uint*)((byte*)Used + QueueLayout.RingEntries + (_returned % size * QueueLayout.UsedEntrySize));
        entry[0] = head;
        entry[1] = written;
        Used[1] = ++_returned;
        return (ushort)(_returned - awaited - 1) < 1;
    }
}

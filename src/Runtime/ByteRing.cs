using System.Threading;
using Tierce.Abi;

namespace Tierce.Runtime;

/// <summary>
/// The writing end. It trusts nothing that the other side can write: it keeps its own index privately and checks the other's.
/// </summary>
public unsafe struct ByteRingWriter
{
    private readonly ByteRingHeader* _header;
    private readonly byte* _data;
    private readonly uint _size;
    private uint _produced;

    /// <summary>
    /// A writer over shared memory that was zero when the ring was made; <paramref name="size"/> is a power of two. It continues where an
    /// earlier writer stopped.
    /// </summary>
    public ByteRingWriter(ByteRingHeader* header, byte* data, uint size)
    {
        _header = header;
        _data = data;
        _size = size;
        _produced = Volatile.Read(ref header->Produced);
    }

    /// <summary>Bytes ever written.</summary>
    public readonly uint Position => _produced;

    /// <summary>Bytes that can be written now. If the consumer's index is impossible, the ring counts as full.</summary>
    public readonly uint Room
    {
        get
        {
            uint used = Used;
            return used <= _size ? _size - used : 0;
        }
    }

    /// <summary>Whether a byte can be written now.</summary>
    public readonly bool HasRoom => Used < _size;

    /// <summary>
    /// Drops the bytes in the ring if the consumer's index is impossible, and continues from that index. A guest that has overwritten its
    /// index thus has a console again in its next life.
    /// </summary>
    public void Resynchronise()
    {
        uint consumed = Volatile.Read(ref _header->Consumed);
        if (_produced - consumed > _size)
        {
            _produced = consumed;
            Volatile.Write(ref _header->Produced, consumed);
        }
    }

    /// <summary>Whether the consumer has taken everything.</summary>
    public readonly bool Drained => Used == 0;

    /// <summary>Bytes that the consumer has not taken; more than the ring holds if its index is impossible.</summary>
    public readonly uint Used => _produced - Volatile.Read(ref _header->Consumed);

    /// <summary>Writes as many bytes as there is room for, and returns their number. The caller then signals the consumer.</summary>
    public int Write(ReadOnlySpan<byte> bytes)
    {
        uint room = Room;
        int count = bytes.Length < room ? bytes.Length : (int)room;

        // SAFETY: the index is masked by the size of the data area, and the first piece ends at its end.
        int place = (int)(_produced & (_size - 1));
        int first = count < (int)_size - place ? count : (int)_size - place;
        bytes.Slice(0, first).CopyTo(new Span<byte>(_data + place, first));
        bytes.Slice(first, count - first).CopyTo(new Span<byte>(_data, count - first));
        _produced += (uint)count;
        Volatile.Write(ref _header->Produced, _produced);
        return count;
    }

    /// <summary>Writes one byte, if there is room. The caller then signals the consumer.</summary>
    public bool TryWrite(byte value)
    {
        if (!HasRoom)
        {
            return false;
        }

        Put(value);
        return true;
    }

    /// <summary>Writes one byte for a caller that has checked that there is room.</summary>
    public void Put(byte value)
    {
        // SAFETY: the index is masked by the size of the data area.
        uint produced = _produced;
        _data[produced & (_size - 1)] = value;
        _produced = ++produced;
        Volatile.Write(ref _header->Produced, produced);
    }

    /// <summary>Whether the consumer has not yet answered the request of <see cref="WaitForRoom"/>.</summary>
    public readonly bool IsWaiting => Volatile.Read(ref _header->ProducerWaits) != 0;

    /// <summary>
    /// Requests a signal when the consumer has taken something. Returns false if there is room already, so that no signal is missed.
    /// </summary>
    public readonly bool WaitForRoom(uint wanted)
    {
        Interlocked.Exchange(ref _header->ProducerWaits, 1);
        return Room < wanted;
    }
}

/// <summary>The reading end. It trusts the other side as little as <see cref="ByteRingWriter"/> does.</summary>
public unsafe struct ByteRingReader
{
    private readonly ByteRingHeader* _header;
    private readonly byte* _data;
    private readonly uint _size;
    private uint _consumed;

    /// <summary>As <see cref="ByteRingWriter(ByteRingHeader*, byte*, uint)"/>, for the reader.</summary>
    public ByteRingReader(ByteRingHeader* header, byte* data, uint size)
    {
        _header = header;
        _data = data;
        _size = size;
        _consumed = Volatile.Read(ref header->Consumed);
    }

    /// <summary>Bytes that can be read now. If the producer's index is impossible, the ring counts as empty.</summary>
    public readonly uint Available
    {
        get
        {
            uint used = Volatile.Read(ref _header->Produced) - _consumed;
            return used <= _size ? used : 0;
        }
    }

    /// <summary>Whether all bytes have been taken, by any reader.</summary>
    public readonly bool Drained => Volatile.Read(ref _header->Produced) == Volatile.Read(ref _header->Consumed);

    /// <summary>Bytes ever read.</summary>
    public readonly uint Position => _consumed;

    /// <summary>Reads as many bytes as there are and fit, and returns their number.</summary>
    public int Read(Span<byte> bytes)
    {
        uint available = Available;
        int count = bytes.Length < available ? bytes.Length : (int)available;
        Copy(_consumed, bytes.Slice(0, count));
        Skip((uint)count);
        return count;
    }

    /// <summary>Copies bytes and leaves them in the ring.</summary>
    /// <param name="skipped">Bytes of the ring that come before them. Together with these there are at most as many as <see cref="Available"/>.</param>
    /// <param name="bytes">Takes the bytes.</param>
    public readonly void Peek(uint skipped, Span<byte> bytes) => Copy(_consumed + skipped, bytes);

    /// <summary>Takes bytes out of the ring, which has as many.</summary>
    public void Skip(uint count)
    {
        _consumed += count;
        Volatile.Write(ref _header->Consumed, _consumed);
    }

    /// <summary>Whether the producer waits for room.</summary>
    public readonly bool IsAwaited => Volatile.Read(ref _header->ProducerWaits) != 0;

    /// <summary>Whether the producer waits for the room that was just made. The caller then signals it, once.</summary>
    public readonly bool TakeWaiter() =>
        Volatile.Read(ref _header->ProducerWaits) != 0 && Interlocked.Exchange(ref _header->ProducerWaits, 0) != 0;

    private readonly void Copy(uint from, Span<byte> bytes)
    {
        // SAFETY: the index is masked by the size of the data area, and the first piece ends at its end.
        int place = (int)(from & (_size - 1));
        int first = bytes.Length < (int)_size - place ? bytes.Length : (int)_size - place;
        new ReadOnlySpan<byte>(_data + place, first).CopyTo(bytes);
        new ReadOnlySpan<byte>(_data, bytes.Length - first).CopyTo(bytes.Slice(first));
    }
}

using System.Buffers.Binary;

namespace Tierce.Monitor;

/// <summary>Messages on their way to the guest: a flat buffer, filled at the end and emptied at the front.</summary>
public ref struct StoreQueue
{
    private readonly Span<byte> _bytes;
    private readonly ref int _length;

    /// <summary>A queue over storage that lives longer than a request.</summary>
    public StoreQueue(Span<byte> bytes, ref int length)
    {
        _bytes = bytes;
        _length = ref length;
    }

    /// <summary>Bytes waiting.</summary>
    public readonly int Length => _length;

    /// <summary>Bytes that can still be appended.</summary>
    public readonly int Room => _bytes.Length - _length;

    /// <summary>The queued bytes, oldest first.</summary>
    public readonly ReadOnlySpan<byte> Waiting => _bytes.Slice(0, _length);

    /// <summary>Starts a message; returns its place, for <see cref="End"/>.</summary>
    public readonly int Begin(uint type, uint request, uint transaction)
    {
        int start = _length;
        Span<byte> header = _bytes.Slice(start, StoreWire.HeaderSize);
        BinaryPrimitives.WriteUInt32LittleEndian(header, type);
        BinaryPrimitives.WriteUInt32LittleEndian(header.Slice(4), request);
        BinaryPrimitives.WriteUInt32LittleEndian(header.Slice(8), transaction);
        BinaryPrimitives.WriteUInt32LittleEndian(header.Slice(12), 0);
        _length += StoreWire.HeaderSize;
        return start;
    }

    /// <summary>Appends to the message begun last.</summary>
    public readonly void Append(scoped ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_bytes.Slice(_length));
        _length += bytes.Length;
    }

    /// <summary>Fills in the length of the message begun at <paramref name="start"/>.</summary>
    public readonly void End(int start) =>
        BinaryPrimitives.WriteUInt32LittleEndian(_bytes.Slice(start + 12), (uint)(_length - start - StoreWire.HeaderSize));

    /// <summary>Removes the message begun at <paramref name="start"/>.</summary>
    public readonly void Retract(int start) => _length = start;

    /// <summary>Takes bytes off the front.</summary>
    public readonly void Consume(int count)
    {
        for (int i = count; i < _length; i++)
        {
            _bytes[i - count] = _bytes[i];
        }

        _length -= count;
    }
}

/// <summary>Numbers of the wire protocol. Source: Xen public header <c>io/xs_wire.h</c>.</summary>
public static class StoreWire
{
    /// <summary>Bytes of a message's header: type, request, transaction, length.</summary>
    public const int HeaderSize = 16;

    /// <summary>Most bytes of a message's payload.</summary>
    public const int PayloadMax = 4096;

    /// <summary>Message types.</summary>
    public const uint Directory = 1, Read = 2, GetPermissions = 3, Watch = 4, Unwatch = 5, TransactionStart = 6, TransactionEnd = 7;

    /// <summary>Message types, continued.</summary>
    public const uint GetDomainPath = 10, Write = 11, MakeDirectory = 12, Remove = 13, SetPermissions = 14, WatchEvent = 15, Error = 16;

    /// <summary>Message types, continued.</summary>
    public const uint IsDomainIntroduced = 17, ResetWatches = 21;
}

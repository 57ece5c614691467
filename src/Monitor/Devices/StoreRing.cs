using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Threading;

namespace Tierce.Monitor;

/// <summary>
/// The xenstore ring page: reads requests from it and writes answers to it, in pieces if they are larger than the ring. Offsets: Xen public
/// header <c>io/xs_wire.h</c>, struct xenstore_domain_interface.
/// </summary>
public ref struct StoreRing
{
    /// <summary>Bytes that a partly received request may take.</summary>
    public const int InputSize = StoreWire.HeaderSize + StoreWire.PayloadMax;

    /// <summary>Free bytes that the output queue must have before the next request is taken: an answer and its events.</summary>
    public const int OutputReserve = InputSize + 4096;

    private const uint RingSize = 1024;
    private const int Requests = 0;
    private const int Responses = 1024;
    private const int RequestConsumed = 2048;
    private const int RequestProduced = 2052;
    private const int ResponseConsumed = 2056;
    private const int ResponseProduced = 2060;

    private readonly Span<byte> _page;
    private readonly Span<byte> _input;
    private readonly ref int _inputLength;

    /// <summary>A ring over the guest's page and storage for a partly received request.</summary>
    public StoreRing(Span<byte> page, Span<byte> input, ref int inputLength)
    {
        _page = page;
        _input = input;
        _inputLength = ref inputLength;
    }

    /// <summary>Does what is possible now. Returns whether the guest needs an event because a ring moved.</summary>
    public readonly bool Pump(in XenStore store, StoreQueue output)
    {
        bool moved = Send(output);
        while (output.Room >= OutputReserve && Receive())
        {
            moved = true;
            if (Complete(out int length))
            {
                store.Handle(Field(0), Field(4), Field(8), _input.Slice(StoreWire.HeaderSize, length));
                _inputLength = 0;
                Send(output);
            }
        }

        return moved;
    }

    /// <summary>
    /// Takes bytes of one request from the ring: the header first, then the announced payload. Returns false if no bytes arrived.
    /// </summary>
    private readonly bool Receive()
    {
        uint consumed = Read(RequestConsumed);
        uint available = Read(RequestProduced) - consumed;
        uint wanted = (uint)(StoreWire.HeaderSize - _inputLength);
        if (_inputLength >= StoreWire.HeaderSize)
        {
            wanted = (uint)(StoreWire.HeaderSize + PayloadLength() - _inputLength);
        }

        // The index is impossible: the guest has broken its own ring, and is not served.
        if (available > RingSize)
        {
            return false;
        }

        uint count = available < wanted ? available : wanted;
        for (uint i = 0; i < count; i++)
        {
            _input[_inputLength++] = _page[Requests + (int)((consumed + i) & (RingSize - 1))];
        }

        Write(RequestConsumed, consumed + count);
        return count != 0;
    }

    private readonly bool Complete(out int length)
    {
        length = _inputLength >= StoreWire.HeaderSize ? PayloadLength() : 0;
        return _inputLength >= StoreWire.HeaderSize && _inputLength == StoreWire.HeaderSize + length;
    }

    /// <summary>The announced length, cut to the protocol's limit. A larger one breaks only the guest's own stream.</summary>
    private readonly int PayloadLength()
    {
        uint length = Field(12);
        return length <= StoreWire.PayloadMax ? (int)length : StoreWire.PayloadMax;
    }

    private readonly uint Field(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(_input.Slice(offset));

    private readonly bool Send(StoreQueue output)
    {
        uint produced = Read(ResponseProduced);
        uint used = produced - Read(ResponseConsumed);
        if (used > RingSize)
        {
            return false;
        }

        ReadOnlySpan<byte> waiting = output.Waiting;
        int count = waiting.Length < RingSize - used ? waiting.Length : (int)(RingSize - used);
        for (int i = 0; i < count; i++)
        {
            _page[Responses + (int)((produced + (uint)i) & (RingSize - 1))] = waiting[i];
        }

        Write(ResponseProduced, produced + (uint)count);
        output.Consume(count);
        return count != 0;
    }

    private readonly uint Read(int offset) => Volatile.Read(ref Index(offset));

    private readonly void Write(int offset, uint value) => Volatile.Write(ref Index(offset), value);

    private readonly ref uint Index(int offset) => ref MemoryMarshal.Cast<byte, uint>(_page.Slice(offset, 4))[0];
}

using Tierce.Abi;
using Tierce.Runtime;

namespace Tierce.Monitor;

/// <summary>A file of the boot bundle, mapped read-only as a whole while it is needed.</summary>
public unsafe struct MappedFile
{
    private readonly ulong _address;
    private readonly ulong _bytes;
    private uint _firstSlot, _endSlot;

    /// <summary>Maps <paramref name="bytes"/> bytes of a memory capability at <paramref name="address"/>.</summary>
    public MappedFile(Memory memory, ulong bytes, ulong address, ref SlotAllocator slots)
    {
        _address = address;
        _bytes = bytes;
        _firstSlot = _endSlot = 0;
        ulong pages = (bytes + 4095) >> 12;
        for (ulong first = 0; first < pages; first += Memory.MapPages)
        {
            ulong count = pages - first < Memory.MapPages ? pages - first : Memory.MapPages;
            uint slot = slots.Take();
            Failure.Check(memory.Map(Domain.Own, address + (first << 12), first, count, CapRights.Read, slot), "mapping a file"u8);
            _firstSlot = first == 0 ? slot : _firstSlot;
            _endSlot = slot + 1;
        }
    }

    /// <summary>The file's bytes.</summary>
    public readonly ReadOnlySpan<byte> Bytes =>
        // SAFETY: mapped by the constructor, until Close; files are smaller than 2 GiB, which root checks.
        new((void*)_address, (int)_bytes);

    /// <summary>Unmaps it.</summary>
    public void Close()
    {
        for (; _firstSlot < _endSlot; _firstSlot++)
        {
            Failure.Check(new Capability(_firstSlot).Delete(), "unmapping a file"u8);
        }
    }
}

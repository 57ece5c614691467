using Tierce.Abi;
using Tierce.Runtime;

namespace Tierce.Monitor;

/// <summary>
/// A movable view of a memory capability. It maps 512 pages at a time, so that a guest of any size can be filled with few page tables of
/// the monitor's own.
/// </summary>
public unsafe struct MemoryWindow
{
    private readonly Memory _memory;
    private readonly ulong _pages;
    private readonly ulong _address;
    private readonly uint _slot;
    private ulong _first;
    private bool _mapped;

    /// <summary>A window at <paramref name="address"/> (2 MiB aligned) over <paramref name="pages"/> pages; its mapping lives in <paramref name="slot"/>.</summary>
    public MemoryWindow(Memory memory, ulong pages, ulong address, uint slot)
    {
        _memory = memory;
        _pages = pages;
        _address = address;
        _slot = slot;
        _first = 0;
        _mapped = false;
    }

    /// <summary>Whether a page can be reached without moving the window.</summary>
    public readonly bool Shows(ulong page) => _mapped && page - _first < Memory.MapPages;

    /// <summary>Address of a page, after moving the window if needed; the program ends if the kernel refuses.</summary>
    public byte* Page(ulong page)
    {
        if (!Shows(page))
        {
            Close();
            _first = page & ~(Memory.MapPages - 1);
            ulong count = _pages - _first < Memory.MapPages ? _pages - _first : Memory.MapPages;
            Failure.Check(_memory.Map(Domain.Own, _address, _first, count, CapRights.Read | CapRights.Write, _slot), "mapping guest memory"u8);
            _mapped = true;
        }

        return (byte*)(_address + ((page - _first) << 12));
    }

    /// <summary>Unmaps.</summary>
    public void Close()
    {
        if (_mapped)
        {
            Failure.Check(new Capability(_slot).Delete(), "unmapping guest memory"u8);
            _mapped = false;
        }
    }
}

/// <summary>The guest's frames as the builder sees them: two windows, so that copying between two places does not thrash.</summary>
public unsafe struct GuestMemory : IGuestFrames
{
    private MemoryWindow _one, _two;
    private bool _oneIsOlder;

    /// <summary>A view of all of the guest's memory, through two stretches of 2 MiB at <paramref name="address"/>.</summary>
    public GuestMemory(Memory memory, ulong pages, ulong address, uint slotOne, uint slotTwo)
    {
        _one = new MemoryWindow(memory, pages, address, slotOne);
        _two = new MemoryWindow(memory, pages, address + (Memory.MapPages << 12), slotTwo);
        _oneIsOlder = false;
    }

    /// <inheritdoc/>
    public Span<byte> Frame(ulong frame)
    {
        bool one = _one.Shows(frame) || (!_two.Shows(frame) && _oneIsOlder);
        _oneIsOlder = !one;

        // SAFETY: the window maps the frame until it moves, which is at a later call.
        return new Span<byte>(one ? _one.Page(frame) : _two.Page(frame), 4096);
    }

    /// <summary>Copies bytes to a guest-physical address.</summary>
    public void Copy(ulong address, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length != 0)
        {
            Span<byte> target = Frame(address >> 12).Slice((int)(address & 4095));
            int count = bytes.Length < target.Length ? bytes.Length : target.Length;
            bytes.Slice(0, count).CopyTo(target);
            bytes = bytes.Slice(count);
            address += (ulong)count;
        }
    }

    /// <summary>Zeroes bytes from a guest-physical address on.</summary>
    public void Clear(ulong address, ulong bytes)
    {
        while (bytes != 0)
        {
            Span<byte> target = Frame(address >> 12).Slice((int)(address & 4095));
            int count = bytes < (ulong)target.Length ? (int)bytes : target.Length;
            target.Slice(0, count).Clear();
            bytes -= (ulong)count;
            address += (ulong)count;
        }
    }

    /// <summary>Unmaps everything.</summary>
    public void Close()
    {
        _one.Close();
        _two.Close();
    }
}

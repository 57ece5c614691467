using System.Buffers.Binary;

namespace Tierce.Runtime;

/// <summary>What is wrong with an ELF file.</summary>
public enum ElfError
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>It does not begin with ELF's magic.</summary>
    NotElf,

    /// <summary>It is not a 64-bit little-endian x86-64 program.</summary>
    NotX64,

    /// <summary>It ends before the end that its headers state.</summary>
    Truncated,

    /// <summary>It has no segment to load, or one whose numbers contradict each other.</summary>
    BadSegment,
}

/// <summary>One program header of an ELF file.</summary>
public readonly struct ElfSegment
{
    /// <summary>Type of a segment that is loaded.</summary>
    public const uint Load = 1;

    /// <summary>Type of a segment with notes.</summary>
    public const uint Note = 4;

    /// <summary>Flag: executable.</summary>
    public const uint Executable = 1;

    /// <summary>Flag: writable.</summary>
    public const uint Writable = 2;

    /// <summary>Type and flags.</summary>
    public readonly uint Type, Flags;

    /// <summary>Where it is in the file and in memory.</summary>
    public readonly ulong Offset, VirtualAddress, PhysicalAddress;

    /// <summary>Bytes in the file and in memory; the rest is zero.</summary>
    public readonly ulong FileSize, MemorySize;

    /// <summary>Reads one program header.</summary>
    public ElfSegment(ReadOnlySpan<byte> header)
    {
        Type = BinaryPrimitives.ReadUInt32LittleEndian(header);
        Flags = BinaryPrimitives.ReadUInt32LittleEndian(header.Slice(4));
        Offset = BinaryPrimitives.ReadUInt64LittleEndian(header.Slice(8));
        VirtualAddress = BinaryPrimitives.ReadUInt64LittleEndian(header.Slice(16));
        PhysicalAddress = BinaryPrimitives.ReadUInt64LittleEndian(header.Slice(24));
        FileSize = BinaryPrimitives.ReadUInt64LittleEndian(header.Slice(32));
        MemorySize = BinaryPrimitives.ReadUInt64LittleEndian(header.Slice(40));
    }
}

/// <summary>A checked view of an ELF64 file: after <see cref="Open"/> every segment's bytes lie inside the file.</summary>
/// <remarks>Source of the offsets: System V ABI, ELF-64 object file format.</remarks>
public readonly ref struct ElfImage
{
    private const int HeaderSize = 64;
    private const int SegmentHeaderSize = 56;
    private const int SectionHeaderSize = 64;
    private const ushort MachineX64 = 62;

    private readonly ReadOnlySpan<byte> _file;
    private readonly int _table;

    private ElfImage(ReadOnlySpan<byte> file, int table, int count, ulong entry)
    {
        _file = file;
        _table = table;
        SegmentCount = count;
        Entry = entry;
    }

    /// <summary>Number of program headers.</summary>
    public readonly int SegmentCount;

    /// <summary>Type of a section with notes.</summary>
    public const uint NoteSection = 7;

    /// <summary>Entry point of the file's header.</summary>
    public readonly ulong Entry;

    /// <summary>Checks a file.</summary>
    public static ElfError Open(ReadOnlySpan<byte> file, out ElfImage image)
    {
        image = default;
        if (file.Length < 4 || BinaryPrimitives.ReadUInt32LittleEndian(file) != 0x464c_457f)
        {
            return ElfError.NotElf;
        }

        if (file.Length < HeaderSize)
        {
            return ElfError.Truncated;
        }

        if (file[4] != 2 || file[5] != 1 || BinaryPrimitives.ReadUInt16LittleEndian(file.Slice(18)) != MachineX64)
        {
            return ElfError.NotX64;
        }

        ulong entry = BinaryPrimitives.ReadUInt64LittleEndian(file.Slice(24));
        ulong table = BinaryPrimitives.ReadUInt64LittleEndian(file.Slice(32));
        int entrySize = BinaryPrimitives.ReadUInt16LittleEndian(file.Slice(54));
        int count = BinaryPrimitives.ReadUInt16LittleEndian(file.Slice(56));
        if (entrySize != SegmentHeaderSize || count == 0)
        {
            return ElfError.BadSegment;
        }

        ulong size = (ulong)file.Length;
        if (table > size || (ulong)(count * SegmentHeaderSize) > size - table)
        {
            return ElfError.Truncated;
        }

        image = new ElfImage(file, (int)table, count, entry);
        return image.CheckSegments(size);
    }

    /// <summary>Program header number <paramref name="index"/>.</summary>
    public ElfSegment Segment(int index) => new(_file.Slice(_table + (index * SegmentHeaderSize), SegmentHeaderSize));

    /// <summary>The bytes that a segment has in the file.</summary>
    public ReadOnlySpan<byte> Bytes(scoped in ElfSegment segment) => _file.Slice((int)segment.Offset, (int)segment.FileSize);

    /// <summary>The loaded segment that holds some bytes of the file; false if none does.</summary>
    public bool Find(ulong address, ulong size, out ElfSegment segment)
    {
        for (int i = 0; i < SegmentCount; i++)
        {
            segment = Segment(i);
            ulong offset = address - segment.VirtualAddress;
            if (segment.Type == ElfSegment.Load && offset <= segment.FileSize && size <= segment.FileSize - offset)
            {
                return true;
            }
        }

        segment = default;
        return false;
    }

    /// <summary>Bytes of the file by the address they are loaded at; none if they do not lie in one segment.</summary>
    public ReadOnlySpan<byte> BytesAt(ulong address, ulong size) =>
        Find(address, size, out ElfSegment segment) ? Bytes(segment).Slice((int)(address - segment.VirtualAddress), (int)size) : default;

    /// <summary>
    /// The address and size of a section. Loading does not depend on section headers: a file may have none, and a caller has to check what
    /// they state.
    /// </summary>
    /// <param name="name">Its name, with the zero after it.</param>
    /// <param name="address">Its address.</param>
    /// <param name="size">Its bytes.</param>
    /// <returns>False if there is none, or the headers do not lie in the file.</returns>
    public bool FindSection(ReadOnlySpan<byte> name, out ulong address, out ulong size)
    {
        int index = SectionIndex(name);
        ReadOnlySpan<byte> header = index < 0 ? default : SectionHeader(index);
        address = index < 0 ? 0 : BinaryPrimitives.ReadUInt64LittleEndian(header.Slice(16));
        size = index < 0 ? 0 : BinaryPrimitives.ReadUInt64LittleEndian(header.Slice(32));
        return index >= 0;
    }

    /// <summary>Number of section headers; 0 if they do not lie in the file.</summary>
    public int SectionCount
    {
        get
        {
            ulong table = BinaryPrimitives.ReadUInt64LittleEndian(_file.Slice(40));
            int count = BinaryPrimitives.ReadUInt16LittleEndian(_file.Slice(60));
            ulong all = (ulong)_file.Length;
            bool inFile = table <= all && (ulong)(count * SectionHeaderSize) <= all - table;
            return inFile && BinaryPrimitives.ReadUInt16LittleEndian(_file.Slice(58)) == SectionHeaderSize ? count : 0;
        }
    }

    /// <summary>The section with a name, which includes the zero after it; -1 if there is none.</summary>
    public int SectionIndex(ReadOnlySpan<byte> name)
    {
        int names = BinaryPrimitives.ReadUInt16LittleEndian(_file.Slice(62));
        int count = SectionCount;
        if (names >= count)
        {
            return -1;
        }

        ulong text = BinaryPrimitives.ReadUInt64LittleEndian(SectionHeader(names).Slice(24));
        ulong all = (ulong)_file.Length;
        for (int i = 0; i < count; i++)
        {
            ulong at = text + BinaryPrimitives.ReadUInt32LittleEndian(SectionHeader(i));
            if (at < all && (ulong)name.Length <= all - at && _file.Slice((int)at, name.Length).SequenceEqual(name))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Type of a section.</summary>
    public uint SectionType(int index) => BinaryPrimitives.ReadUInt32LittleEndian(SectionHeader(index).Slice(4));

    /// <summary>The bytes that a section has in the file; none if they do not lie there.</summary>
    public ReadOnlySpan<byte> SectionBytes(int index)
    {
        ReadOnlySpan<byte> header = SectionHeader(index);
        ulong offset = BinaryPrimitives.ReadUInt64LittleEndian(header.Slice(24));
        ulong size = BinaryPrimitives.ReadUInt64LittleEndian(header.Slice(32));
        ulong all = (ulong)_file.Length;
        return offset <= all && size <= all - offset ? _file.Slice((int)offset, (int)size) : default;
    }

    private ReadOnlySpan<byte> SectionHeader(int index)
    {
        ulong table = BinaryPrimitives.ReadUInt64LittleEndian(_file.Slice(40));
        return _file.Slice((int)table + (index * SectionHeaderSize), SectionHeaderSize);
    }

    private ElfError CheckSegments(ulong size)
    {
        bool loads = false;
        for (int i = 0; i < SegmentCount; i++)
        {
            ElfSegment segment = Segment(i);
            if (segment.Type is not (ElfSegment.Load or ElfSegment.Note))
            {
                continue;
            }

            if (segment.Offset > size || segment.FileSize > size - segment.Offset)
            {
                return ElfError.Truncated;
            }

            if (segment.Type != ElfSegment.Load)
            {
                continue;
            }

            // Addresses of programs lie far below this bound; it keeps sums of them from overflowing.
            const ulong Limit = 1UL << 46;
            if (segment.FileSize > segment.MemorySize || segment.MemorySize > Limit || segment.PhysicalAddress > Limit)
            {
                return ElfError.BadSegment;
            }

            loads |= segment.MemorySize != 0;
        }

        return loads ? ElfError.None : ElfError.BadSegment;
    }
}

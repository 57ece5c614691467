using System.Buffers.Binary;
using Tierce.Abi;

namespace Tierce.Kernel.Loading;

/// <summary>A segment to load.</summary>
public struct ElfSegment
{
    /// <summary>Address in the program.</summary>
    public ulong Address;

    /// <summary>Bytes in memory; those after <see cref="FileSize"/> are zero.</summary>
    public ulong MemorySize;

    /// <summary>Offset in the file.</summary>
    public int FileOffset;

    /// <summary>Bytes in the file.</summary>
    public int FileSize;

    /// <summary>Access.</summary>
    public CapRights Rights;
}

/// <summary>
/// The parts of a static 64-bit x86 ELF executable that loading needs. Source of offsets and values: System V ABI, ELF-64 object file
/// format.
/// </summary>
public readonly ref struct ElfFile
{
    private const int HeaderSize = 64;
    private const int SegmentSize = 56;
    private const uint Magic = 0x464c_457f;
    private const byte Class64 = 2;
    private const byte LittleEndian = 1;
    private const ushort Executable = 2;
    private const ushort MachineX64 = 62;
    private const uint Loadable = 1;
    private const int MostSegments = 16;

    private readonly ReadOnlySpan<byte> file;
    private readonly int table;

    /// <summary>Checks the header.</summary>
    public ElfFile(ReadOnlySpan<byte> contents)
    {
        file = contents;
        table = 0;
        Count = 0;
        Entry = 0;
        if (contents.Length < HeaderSize || BinaryPrimitives.ReadUInt32LittleEndian(contents) != Magic
            || contents[4] != Class64 || contents[5] != LittleEndian
            || Half(16) != Executable || Half(18) != MachineX64 || Half(54) != SegmentSize)
        {
            return;
        }

        ulong offset = Word(32);
        ushort count = Half(56);
        if (count > MostSegments || offset > (ulong)contents.Length || (ulong)count * SegmentSize > (ulong)contents.Length - offset)
        {
            return;
        }

        table = (int)offset;
        Entry = Word(24);
        Count = count;
    }

    /// <summary>Number of program headers; 0 if the file cannot be loaded.</summary>
    public int Count { get; }

    /// <summary>Address of the first instruction.</summary>
    public ulong Entry { get; }

    /// <summary>Reads a program header. Returns false if it is not to be loaded, or lies outside the file or the user half.</summary>
    public bool TryGetSegment(int index, out ElfSegment segment, out bool malformed)
    {
        segment = default;
        malformed = false;
        int at = table + (index * SegmentSize);
        if (BinaryPrimitives.ReadUInt32LittleEndian(file.Slice(at)) != Loadable)
        {
            return false;
        }

        ulong offset = Word(at + 8);
        ulong fileSize = Word(at + 32);
        segment.Address = Word(at + 16);
        segment.MemorySize = Word(at + 40);
        segment.Rights = ToRights(BinaryPrimitives.ReadUInt32LittleEndian(file.Slice(at + 4)));
        ulong length = (ulong)file.Length;
        malformed = offset > length || fileSize > length - offset || fileSize > segment.MemorySize
            || segment.Address >= HoleLayout.UserLimit || segment.MemorySize >= HoleLayout.UserLimit - segment.Address;
        if (malformed)
        {
            return false;
        }

        segment.FileOffset = (int)offset;
        segment.FileSize = (int)fileSize;
        return segment.MemorySize != 0;
    }

    private static CapRights ToRights(uint flags) =>
        ((flags & 4) != 0 ? CapRights.Read : 0) | ((flags & 2) != 0 ? CapRights.Write : 0) | ((flags & 1) != 0 ? CapRights.Execute : 0);

    private ushort Half(int at) => BinaryPrimitives.ReadUInt16LittleEndian(file.Slice(at));

    private ulong Word(int at) => BinaryPrimitives.ReadUInt64LittleEndian(file.Slice(at));
}

using System.Buffers.Binary;
using System.Text;

namespace Tierce.ImageTool;

/// <summary>A section of an ELF file.</summary>
internal sealed record ElfSection(string Name, uint Type, ulong Flags, ulong Address, ulong Offset, ulong Size, uint Link);

/// <summary>A symbol of an ELF file. Type and binding are ELF's STT_ and STB_ numbers.</summary>
internal sealed record ElfSymbol(string Name, ulong Address, ulong Size, int Type, int Binding, int Section);

/// <summary>The parts of a 64-bit little-endian ELF file that the tool looks at: sections and symbols.</summary>
/// <remarks>Source of the layouts: the System V ABI, "Object Files", chapters "Sections" and "Symbol Table".</remarks>
internal sealed class ElfFile
{
    /// <summary>STT_FUNC.</summary>
    public const int Function = 2;

    /// <summary>STT_NOTYPE.</summary>
    public const int NoType = 0;

    /// <summary>Type of a symbol that names data.</summary>
    public const int Data = 1;

    /// <summary>STB_GLOBAL.</summary>
    public const int Global = 1;

    private const int SectionHeaderSize = 64;
    private const int SymbolSize = 24;
    private const uint SymbolTableType = 2;
    private const uint NoBitsType = 8;
    private const ulong ExecutableFlag = 4;

    private readonly byte[] _bytes;

    private ElfFile(byte[] bytes)
    {
        _bytes = bytes;
        if (bytes.Length < 64 || !bytes.AsSpan(0, 6).SequenceEqual<byte>([0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1]))
        {
            throw new ImageException("not a 64-bit little-endian ELF file");
        }

        int headers = checked((int)Word64(0x28)), count = Half(0x3c), nameSection = Half(0x3e);
        var sections = new List<ElfSection>();
        ulong namesAt = Word64(headers + (nameSection * SectionHeaderSize) + 24);
        for (int i = 0; i < count; i++)
        {
            int at = headers + (i * SectionHeaderSize);
            sections.Add(new ElfSection(
                Text((int)namesAt + (int)Word32(at)),
                Word32(at + 4),
                Word64(at + 8),
                Word64(at + 16),
                Word64(at + 24),
                Word64(at + 32),
                Word32(at + 40)));
        }

        Sections = sections;
        Symbols = ReadSymbols();
    }

    /// <summary>All sections, by index.</summary>
    public IReadOnlyList<ElfSection> Sections { get; }

    /// <summary>All symbols.</summary>
    public IReadOnlyList<ElfSymbol> Symbols { get; }

    /// <summary>Sections of instructions.</summary>
    public IEnumerable<ElfSection> CodeSections => Sections.Where(s => (s.Flags & ExecutableFlag) != 0 && s.Type != NoBitsType);

    /// <summary>Reads a file.</summary>
    public static ElfFile Read(string path) => new(File.ReadAllBytes(path));

    /// <summary>The bytes of a section.</summary>
    public ReadOnlySpan<byte> Contents(ElfSection section) =>
        section.Type == NoBitsType ? default : _bytes.AsSpan(checked((int)section.Offset), checked((int)section.Size));

    /// <summary>The bytes in the code sections at an address.</summary>
    public ReadOnlySpan<byte> Code(ulong address, ulong size)
    {
        foreach (ElfSection section in CodeSections)
        {
            if (address >= section.Address && address + size <= section.Address + section.Size)
            {
                return Contents(section).Slice((int)(address - section.Address), (int)size);
            }
        }

        throw new ImageException($"no code at 0x{address:x}");
    }

    /// <summary>The section that holds an address, or null.</summary>
    public ElfSection? CodeSectionAt(ulong address) =>
        CodeSections.FirstOrDefault(s => address >= s.Address && address < s.Address + s.Size);

    private List<ElfSymbol> ReadSymbols()
    {
        var symbols = new List<ElfSymbol>();
        foreach (ElfSection table in Sections.Where(s => s.Type == SymbolTableType))
        {
            int names = (int)Sections[(int)table.Link].Offset;
            for (int at = (int)table.Offset; at < (int)(table.Offset + table.Size); at += SymbolSize)
            {
                byte info = _bytes[at + 4];
                symbols.Add(new ElfSymbol(
                    Text(names + (int)Word32(at)), Word64(at + 8), Word64(at + 16), info & 15, info >> 4, Half(at + 6)));
            }
        }

        return symbols;
    }

    private string Text(int at)
    {
        int length = _bytes.AsSpan(at).IndexOf((byte)0);
        return Encoding.ASCII.GetString(_bytes, at, length);
    }

    private ushort Half(int at) => BinaryPrimitives.ReadUInt16LittleEndian(_bytes.AsSpan(at));

    private uint Word32(int at) => BinaryPrimitives.ReadUInt32LittleEndian(_bytes.AsSpan(at));

    private ulong Word64(int at) => BinaryPrimitives.ReadUInt64LittleEndian(_bytes.AsSpan(at));
}

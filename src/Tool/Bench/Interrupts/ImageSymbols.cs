using System.Buffers.Binary;
using System.Text;

namespace Tierce.Tool.Bench.Interrupts;

/// <summary>The symbols of a linked ELF image: where functions lie, and which function an address is in.</summary>
internal sealed class ImageSymbols
{
    private const int SymbolTableType = 2;
    private const int SectionSize = 64;
    private const int SymbolSize = 24;

    private readonly Dictionary<string, ulong> _addresses = new(StringComparer.Ordinal);
    private readonly ulong[] _starts;
    private readonly string[] _names;

    private ImageSymbols(IEnumerable<(string Name, ulong Address)> symbols)
    {
        foreach ((string name, ulong address) in symbols)
        {
            _addresses.TryAdd(name, address);
        }

        (string Name, ulong Address)[] sorted = [.. _addresses.Select(entry => (entry.Key, entry.Value)).OrderBy(entry => entry.Value)];
        _starts = [.. sorted.Select(entry => entry.Address)];
        _names = [.. sorted.Select(entry => entry.Name)];
    }

    /// <summary>Reads an image's symbol table.</summary>
    /// <exception cref="ToolException">It has none.</exception>
    public static ImageSymbols Read(string path)
    {
        ReadOnlySpan<byte> file = File.ReadAllBytes(path);
        int sections = (int)BinaryPrimitives.ReadUInt64LittleEndian(file[40..]);
        int count = BinaryPrimitives.ReadUInt16LittleEndian(file[60..]);
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> section = file.Slice(sections + (i * SectionSize), SectionSize);
            if (BinaryPrimitives.ReadUInt32LittleEndian(section[4..]) == SymbolTableType)
            {
                int names = sections + (BinaryPrimitives.ReadInt32LittleEndian(section[40..]) * SectionSize);
                return new ImageSymbols(Parse(Part(file, section), Part(file, file.Slice(names, SectionSize))));
            }
        }

        throw new ToolException($"{path} has no symbols");
    }

    /// <summary>A symbol's address.</summary>
    /// <exception cref="ToolException">There is no such symbol.</exception>
    public ulong this[string name] => _addresses.TryGetValue(name, out ulong address) ? address : throw new ToolException($"the image has no symbol {name}");

    /// <summary>Name of the last symbol at or before an address; empty before the first.</summary>
    public string Around(ulong address)
    {
        int index = Array.BinarySearch(_starts, address);
        index = index < 0 ? ~index - 1 : index;
        return index < 0 ? string.Empty : _names[index];
    }

    private static ReadOnlySpan<byte> Part(ReadOnlySpan<byte> file, ReadOnlySpan<byte> section) =>
        file.Slice((int)BinaryPrimitives.ReadUInt64LittleEndian(section[24..]), (int)BinaryPrimitives.ReadUInt64LittleEndian(section[32..]));

    private static List<(string Name, ulong Address)> Parse(ReadOnlySpan<byte> table, ReadOnlySpan<byte> names)
    {
        List<(string, ulong)> symbols = [];
        for (int at = 0; at + SymbolSize <= table.Length; at += SymbolSize)
        {
            ReadOnlySpan<byte> name = names[BinaryPrimitives.ReadInt32LittleEndian(table[at..])..];
            string text = Encoding.ASCII.GetString(name[..name.IndexOf((byte)0)]);
            ulong address = BinaryPrimitives.ReadUInt64LittleEndian(table[(at + 8)..]);
            if (text.Length > 0 && address != 0)
            {
                symbols.Add((text, address));
            }
        }

        return symbols;
    }
}

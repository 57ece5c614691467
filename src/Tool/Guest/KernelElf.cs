using System.Buffers.Binary;
using System.Text;

namespace Tierce.Tool.Guest;

/// <summary>What the tool must know of a guest's ELF kernel before it is worth booting.</summary>
/// <param name="Entry">Entry for Xen PV or native guests, a virtual address, from the ELF note.</param>
/// <param name="End">First physical address after the loaded kernel, in bytes.</param>
internal sealed record KernelElf(ulong Entry, ulong End)
{
    // xen/include/public/elfnote.h; a native guest's own note has the same number (docs/reference/native-abi.md)
    private const uint NoteEntry = 1;

    private const int HeaderSize = 64;
    private const int ProgramHeaderSize = 56;
    private const uint Load = 1;
    private const uint Note = 4;

    /// <summary>Checks an ELF kernel and reads its notes, Xen's or Tierce's own.</summary>
    /// <exception cref="ToolException">Not a 64-bit x86 executable, cut short, or built for neither Xen PV nor Tierce.</exception>
    public static KernelElf Read(string name, ReadOnlySpan<byte> elf)
    {
        if (elf.Length < HeaderSize)
        {
            throw new ToolException($"{name}: truncated image: its ELF header is cut short");
        }

        // Class 64-bit, little endian; machine 62 is x86-64.
        if (!KernelImage.IsElf(elf) || elf[4] != 2 || elf[5] != 1 || BinaryPrimitives.ReadUInt16LittleEndian(elf[18..]) != 62)
        {
            throw new ToolException($"{name}: not a kernel: not a 64-bit x86 ELF file");
        }

        ulong table = BinaryPrimitives.ReadUInt64LittleEndian(elf[32..]);
        int count = BinaryPrimitives.ReadUInt16LittleEndian(elf[56..]);
        Check(name, elf, table, (ulong)count * ProgramHeaderSize);
        ulong end = 0;
        ulong? entry = null;
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> header = elf.Slice((int)table + (i * ProgramHeaderSize), ProgramHeaderSize);
            uint type = BinaryPrimitives.ReadUInt32LittleEndian(header);
            ulong offset = BinaryPrimitives.ReadUInt64LittleEndian(header[8..]);
            ulong physical = BinaryPrimitives.ReadUInt64LittleEndian(header[24..]);
            ulong fileSize = BinaryPrimitives.ReadUInt64LittleEndian(header[32..]);
            ulong memorySize = BinaryPrimitives.ReadUInt64LittleEndian(header[40..]);
            if (type is Load or Note)
            {
                Check(name, elf, offset, fileSize);
            }

            if (type == Load)
            {
                end = Math.Max(end, physical + memorySize);
            }
            else if (type == Note)
            {
                entry ??= FindEntry(elf.Slice((int)offset, (int)fileSize));
            }
        }

        return end == 0
            ? throw new ToolException($"{name}: not a kernel: it has nothing to load")
            : new KernelElf(entry ?? throw new ToolException($"{name}: no Xen PV notes, and none of Tierce's own: this kernel was not built with CONFIG_XEN_PV"), end);
    }

    private static void Check(string name, ReadOnlySpan<byte> elf, ulong offset, ulong size)
    {
        if (offset > (ulong)elf.Length || size > (ulong)elf.Length - offset)
        {
            throw new ToolException($"{name}: truncated image: a segment ends at byte {offset + size}, the file at {elf.Length}");
        }
    }

    private static ulong? FindEntry(ReadOnlySpan<byte> notes)
    {
        while (notes.Length >= 12)
        {
            int nameSize = BinaryPrimitives.ReadInt32LittleEndian(notes);
            int size = BinaryPrimitives.ReadInt32LittleEndian(notes[4..]);
            uint type = BinaryPrimitives.ReadUInt32LittleEndian(notes[8..]);
            long start = 12L + ((nameSize + 3L) & ~3L);
            long next = start + ((size + 3L) & ~3L);
            if (nameSize < 0 || size < 0 || next > notes.Length)
            {
                return null;
            }

            if (type == NoteEntry && size == 8 && Encoding.ASCII.GetString(notes.Slice(12, nameSize)) is "Xen\0" or "Tierce\0")
            {
                return BinaryPrimitives.ReadUInt64LittleEndian(notes[(int)start..]);
            }

            notes = notes[(int)next..];
        }

        return null;
    }
}

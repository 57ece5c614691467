using System.Buffers.Binary;
using System.Text;

namespace Tierce.Tool.Guest;

/// <summary>What the tool must know of a guest's ELF kernel before it is worth booting.</summary>
/// <param name="Entry">Entry for Xen PV or native guests, a virtual address: from the ELF note, or else the header's.</param>
/// <param name="End">First physical address after the loaded kernel, in bytes.</param>
internal sealed record KernelElf(ulong Entry, ulong End)
{
    // xen/include/public/elfnote.h; a native guest's own note has the same number (docs/reference/native-abi.md)
    private const uint NoteEntry = 1;

    /// <summary>Entry for guests with hardware virtualization: a kernel that has it alone is none for PV.</summary>
    private const uint NotePhysicalEntry = 18;

    private const int HeaderSize = 64;
    private const int ProgramHeaderSize = 56;
    private const int SectionHeaderSize = 64;
    private const uint Load = 1;
    private const uint Note = 4;
    private const uint NoteSection = 7;

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
        Notes notes = default;
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
                notes.Read(elf.Slice((int)offset, (int)fileSize));
            }
        }

        if (end == 0)
        {
            throw new ToolException($"{name}: not a kernel: it has nothing to load");
        }

        if (!notes.Any)
        {
            ReadSections(elf, ref notes);
        }

        if (!notes.Any || (notes.Entry == null && notes.Physical))
        {
            throw new ToolException($"{name}: no Xen PV notes, and none of Tierce's own: this kernel was not built with CONFIG_XEN_PV");
        }

        return new KernelElf(notes.Entry ?? BinaryPrimitives.ReadUInt64LittleEndian(elf[24..]), end);
    }

    /// <summary>Where Xen's loader looks if no segment has notes: sections with notes, and the one with the string that came before notes.</summary>
    private static void ReadSections(ReadOnlySpan<byte> elf, ref Notes notes)
    {
        ulong table = BinaryPrimitives.ReadUInt64LittleEndian(elf[40..]);
        int count = BinaryPrimitives.ReadUInt16LittleEndian(elf[60..]);
        int names = BinaryPrimitives.ReadUInt16LittleEndian(elf[62..]);
        if (!Lies(elf, table, (ulong)count * SectionHeaderSize) || BinaryPrimitives.ReadUInt16LittleEndian(elf[58..]) != SectionHeaderSize)
        {
            return;
        }

        ReadOnlySpan<byte> headers = elf.Slice((int)table, count * SectionHeaderSize);
        ReadOnlySpan<byte> text = names < count ? SectionBytes(elf, headers[(names * SectionHeaderSize)..]) : default;
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> header = headers[(i * SectionHeaderSize)..];
            uint nameAt = BinaryPrimitives.ReadUInt32LittleEndian(header);
            notes.Any |= nameAt < text.Length && text[(int)nameAt..].StartsWith("__xen_guest\0"u8);
            if (BinaryPrimitives.ReadUInt32LittleEndian(header[4..]) == NoteSection)
            {
                notes.Read(SectionBytes(elf, header));
            }
        }
    }

    private static ReadOnlySpan<byte> SectionBytes(ReadOnlySpan<byte> elf, ReadOnlySpan<byte> header)
    {
        ulong offset = BinaryPrimitives.ReadUInt64LittleEndian(header[24..]);
        ulong size = BinaryPrimitives.ReadUInt64LittleEndian(header[32..]);
        return Lies(elf, offset, size) ? elf.Slice((int)offset, (int)size) : default;
    }

    private static bool Lies(ReadOnlySpan<byte> elf, ulong offset, ulong size) => offset <= (ulong)elf.Length && size <= (ulong)elf.Length - offset;

    private static void Check(string name, ReadOnlySpan<byte> elf, ulong offset, ulong size)
    {
        if (!Lies(elf, offset, size))
        {
            throw new ToolException($"{name}: truncated image: a segment ends at byte {offset + size}, the file at {elf.Length}");
        }
    }

    /// <summary>What was found in notes.</summary>
    private struct Notes
    {
        public bool Any;
        public bool Physical;
        public ulong? Entry;

        public void Read(ReadOnlySpan<byte> notes)
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
                    return;
                }

                string owner = Encoding.ASCII.GetString(notes.Slice(12, nameSize));
                if (owner is "Xen\0" or "Tierce\0")
                {
                    Any = true;
                    Physical |= owner == "Xen\0" && type == NotePhysicalEntry;
                    Entry ??= type == NoteEntry && size == sizeof(ulong) ? BinaryPrimitives.ReadUInt64LittleEndian(notes[(int)start..]) : null;
                }

                notes = notes[(int)next..];
            }
        }
    }
}

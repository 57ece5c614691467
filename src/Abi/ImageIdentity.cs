using System;
using System.Buffers.Binary;

namespace Tierce.Abi;

/// <summary>
/// The definition of the ABI with which an image was built: a number that the build computes from the sources of the ABI and of the
/// user-level library (<c>ImageTool identity</c>), and from nothing else, so that equal sources give equal numbers. Images with different
/// numbers must not run together. Kernel and root compare the numbers before they start a program; the monitor compares them before it
/// gives a guest its ROM, whose header has the number (<see cref="RomHeader.Identity"/>). ELF images have it in a note
/// (<c>identity.inc</c>).
/// </summary>
public static class ImageIdentity
{
    private const int HeaderSize = 64;
    private const int SegmentSize = 56;
    private const uint Elf = 0x464c_457f;
    private const uint NoteSegment = 4;

    /// <summary>The note before the number: sizes of owner and content, kind, owner.</summary>
    private static ReadOnlySpan<byte> Head => [7, 0, 0, 0, 8, 0, 0, 0, 1, 0, 0, 0, (byte)'T', (byte)'i', (byte)'e', (byte)'r', (byte)'c', (byte)'e', 0, 0];

    /// <summary>Reads the number from an ELF file. The file may hold anything.</summary>
    /// <returns>The number; 0 if there is none. No image has 0.</returns>
    public static ulong Read(ReadOnlySpan<byte> file)
    {
        if (file.Length < HeaderSize || BinaryPrimitives.ReadUInt32LittleEndian(file) != Elf)
        {
            return 0;
        }

        ulong table = BinaryPrimitives.ReadUInt64LittleEndian(file.Slice(32));
        int count = BinaryPrimitives.ReadUInt16LittleEndian(file.Slice(56));
        ulong size = (ulong)file.Length;
        if (table > size || (ulong)(count * SegmentSize) > size - table)
        {
            return 0;
        }

        ulong identity = 0;
        for (int i = 0; i < count && identity == 0; i++)
        {
            ReadOnlySpan<byte> segment = file.Slice((int)table + (i * SegmentSize), SegmentSize);
            ulong offset = BinaryPrimitives.ReadUInt64LittleEndian(segment.Slice(8));
            ulong length = BinaryPrimitives.ReadUInt64LittleEndian(segment.Slice(32));
            if (BinaryPrimitives.ReadUInt32LittleEndian(segment) == NoteSegment && offset <= size && length <= size - offset)
            {
                identity = Find(file.Slice((int)offset, (int)length));
            }
        }

        return identity;
    }

    /// <summary>Notes are aligned to four bytes.</summary>
    private static ulong Find(ReadOnlySpan<byte> notes)
    {
        for (int at = 0; at + Head.Length + sizeof(ulong) <= notes.Length; at += 4)
        {
            if (notes.Slice(at, Head.Length).SequenceEqual(Head))
            {
                return BinaryPrimitives.ReadUInt64LittleEndian(notes.Slice(at + Head.Length));
            }
        }

        return 0;
    }
}

using System;
using System.Buffers.Binary;

namespace Tierce.Abi;

/// <summary>
/// Which definition of the ABI an image was built with: a number that the build makes of the sources of ABI and user-level library
/// (<c>ImageTool identity</c>), and of nothing else, so that the same sources give the same. Images whose numbers differ do not go
/// together: kernel and root compare before they start a program, the monitor before it gives a guest its ROM, which has the number in its
/// header (<see cref="RomHeader.Identity"/>). ELF images have it in a note (<c>identity.inc</c>).
/// </summary>
public static class ImageIdentity
{
    private const int HeaderSize = 64;
    private const int SegmentSize = 56;
    private const uint Elf = 0x464c_457f;
    private const uint NoteSegment = 4;

    /// <summary>What stands before the number: bytes of owner and content, kind, owner.</summary>
    private static ReadOnlySpan<byte> Head => [7, 0, 0, 0, 8, 0, 0, 0, 1, 0, 0, 0, (byte)'T', (byte)'i', (byte)'e', (byte)'r', (byte)'c', (byte)'e', 0, 0];

    /// <summary>Reads it from an ELF image, whatever that holds.</summary>
    /// <returns>The number; 0 if there is none, which no image has.</returns>
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

    /// <summary>Notes begin at multiples of four.</summary>
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

using System.Buffers.Binary;
using System.IO.Compression;

namespace Tierce.HostTool.Tests;

/// <summary>Makes small kernels for tests: just what the tool looks at.</summary>
internal static class TestImages
{
    /// <summary>An ELF kernel with one segment to load and Xen's note of its PV entry, or of its entry for guests with hardware virtualization alone.</summary>
    public static byte[] Elf(bool withEntryNote = true)
    {
        byte[] elf = new byte[512];
        "\u007fELF"u8.CopyTo(elf);
        elf[4] = 2;
        elf[5] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(elf.AsSpan(18), 62);
        BinaryPrimitives.WriteUInt64LittleEndian(elf.AsSpan(32), 64);
        BinaryPrimitives.WriteUInt16LittleEndian(elf.AsSpan(56), 2);
        Segment(elf.AsSpan(64), type: 1, offset: 256, physical: 0x1000000, fileSize: 256, memorySize: 0x200000);
        Segment(elf.AsSpan(120), type: 4, offset: 256, physical: 0, fileSize: 24, memorySize: 24);
        Span<byte> note = elf.AsSpan(256);
        BinaryPrimitives.WriteInt32LittleEndian(note, 4);
        BinaryPrimitives.WriteInt32LittleEndian(note[4..], 8);
        BinaryPrimitives.WriteInt32LittleEndian(note[8..], withEntryNote ? 1 : 18);
        "Xen\0"u8.CopyTo(note[12..]);
        BinaryPrimitives.WriteUInt64LittleEndian(note[16..], 0xffffffff82f6b160);
        return elf;
    }

    /// <summary>A bzImage whose payload is the given ELF file, compressed with gzip.</summary>
    public static byte[] BzImage(byte[] elf)
    {
        using MemoryStream packed = new();
        using (GZipStream gzip = new(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(elf);
        }

        byte[] image = new byte[1024 + packed.Length];
        image[0x1f1] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(image.AsSpan(0x1fe), 0xaa55);
        "HdrS"u8.CopyTo(image.AsSpan(0x202));
        BinaryPrimitives.WriteUInt16LittleEndian(image.AsSpan(0x206), 0x20f);
        BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(0x248), 0);
        BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(0x24c), (uint)packed.Length);
        packed.ToArray().CopyTo(image, 1024);
        return image;
    }

    private static void Segment(Span<byte> header, uint type, ulong offset, ulong physical, ulong fileSize, ulong memorySize)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(header, type);
        BinaryPrimitives.WriteUInt64LittleEndian(header[8..], offset);
        BinaryPrimitives.WriteUInt64LittleEndian(header[24..], physical);
        BinaryPrimitives.WriteUInt64LittleEndian(header[32..], fileSize);
        BinaryPrimitives.WriteUInt64LittleEndian(header[40..], memorySize);
    }
}

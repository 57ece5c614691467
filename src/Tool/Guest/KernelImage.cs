using System.Buffers.Binary;
using Tierce.Tool.Host;

namespace Tierce.Tool.Guest;

/// <summary>
/// Takes the ELF kernel out of a Linux bzImage: the boot protocol's header (Documentation/arch/x86/boot.rst) says where the compressed payload
/// lies, its first bytes how it is compressed. The programs gzip, xz, lz4 and zstd unpack it.
/// </summary>
internal static class KernelImage
{
    private const int SetupSectorsOffset = 0x1f1;
    private const int SystemSizeOffset = 0x1f4;
    private const int BootFlagOffset = 0x1fe;
    private const int HeaderMagicOffset = 0x202;
    private const int ProtocolOffset = 0x206;
    private const int PayloadOffset = 0x248;
    private const int PayloadLength = 0x24c;
    private const uint HeaderMagic = 0x53726448; // "HdrS"
    private const int FirstProtocolWithPayload = 0x208;

    /// <summary>Whether a file begins as an ELF file does.</summary>
    public static bool IsElf(ReadOnlySpan<byte> image) => image.StartsWith("\u007fELF"u8);

    /// <summary>Returns the ELF kernel inside <paramref name="image"/>, or the image itself when it is one.</summary>
    /// <param name="name">What messages call the image.</param>
    /// <param name="image">A bzImage or ELF file.</param>
    /// <exception cref="ToolException">Not a kernel, truncated, or compressed in an unknown way.</exception>
    public static byte[] Unpack(string name, byte[] image)
    {
        if (IsElf(image))
        {
            return image;
        }

        byte[] kernel = Decompress(name, Payload(name, image));
        return IsElf(kernel) ? kernel : throw new ToolException($"{name}: not a kernel: its payload is not an ELF file");
    }

    /// <summary>The compressed payload, without the length that the kernel's build appends.</summary>
    public static ReadOnlySpan<byte> Payload(string name, ReadOnlySpan<byte> image)
    {
        if (image.Length < PayloadLength + 4
            || BinaryPrimitives.ReadUInt16LittleEndian(image[BootFlagOffset..]) != 0xaa55
            || BinaryPrimitives.ReadUInt32LittleEndian(image[HeaderMagicOffset..]) != HeaderMagic)
        {
            throw new ToolException($"{name}: not a kernel: neither a Linux bzImage nor an ELF file");
        }

        int protocol = BinaryPrimitives.ReadUInt16LittleEndian(image[ProtocolOffset..]);
        if (protocol < FirstProtocolWithPayload)
        {
            throw new ToolException($"{name}: boot protocol {protocol >> 8}.{protocol & 0xff:d2} is too old: it does not say where the payload lies");
        }

        // The size of the part after the setup sectors is counted in 16 bytes. Zero sectors stand for four, for kernels older than any this tool can start.
        int setup = image[SetupSectorsOffset] == 0 ? 4 : image[SetupSectorsOffset];
        long start = ((setup + 1L) * 512) + BinaryPrimitives.ReadUInt32LittleEndian(image[PayloadOffset..]);
        long length = BinaryPrimitives.ReadUInt32LittleEndian(image[PayloadLength..]);
        long end = Math.Max(start + length, ((setup + 1L) * 512) + (16L * BinaryPrimitives.ReadUInt32LittleEndian(image[SystemSizeOffset..])));
        if (length < 4 || end > image.Length)
        {
            throw new ToolException($"{name}: truncated image: it ends at byte {end} by its header, the file at {image.Length}");
        }

        // The last four bytes are the unpacked size, which only gzip's own format has room for.
        return image.Slice((int)start, (int)length);
    }

    private static byte[] Decompress(string name, ReadOnlySpan<byte> payload)
    {
        (string program, bool sizeIsApart) = payload switch
        {
            [0x1f, 0x8b, ..] => ("gzip", false),
            [0xfd, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', ..] => ("xz", true),
            [0x02, 0x21, 0x4c, 0x18, ..] => ("lz4", true),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => ("zstd", true),
            _ => throw new ToolException($"{name}: payload is compressed in an unknown way (first bytes {Convert.ToHexString(payload[..4])})"),
        };

        ReadOnlySpan<byte> stream = sizeIsApart ? payload[..^4] : payload;
        ProgramResult result = Programs.Run(program, ["-dc"], stream.ToArray());
        if (result.Status != 0)
        {
            throw new ToolException($"{name}: truncated or damaged image: {program} says: {result.Error.Trim()}");
        }

        uint expected = BinaryPrimitives.ReadUInt32LittleEndian(payload[^4..]);
        return result.Output.Length == expected
            ? result.Output
            : throw new ToolException($"{name}: truncated or damaged image: {result.Output.Length} bytes unpacked, {expected} expected");
    }
}

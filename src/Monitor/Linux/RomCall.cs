using System.Buffers.Binary;

namespace Tierce.Monitor;

/// <summary>The call through a pointer by which a changed function of the guest kernel enters the ROM.</summary>
internal static class RomCall
{
    /// <summary>Its bytes.</summary>
    public const int Size = 6;

    /// <summary>Writes it.</summary>
    /// <param name="code">Takes <see cref="Size"/> bytes.</param>
    /// <param name="displacement">Distance from the end of the call to the pointer.</param>
    public static void Write(Span<byte> code, int displacement)
    {
        code[0] = 0xff;
        code[1] = 0x15;
        BinaryPrimitives.WriteInt32LittleEndian(code.Slice(2), displacement);
    }

    /// <summary>Writes it, followed by its pointer.</summary>
    /// <param name="code">Takes <see cref="Size"/> bytes and eight more.</param>
    /// <param name="entry">The ROM's entry.</param>
    public static void WriteWithPointer(Span<byte> code, ulong entry)
    {
        Write(code, 0);
        BinaryPrimitives.WriteUInt64LittleEndian(code.Slice(Size), entry);
    }
}

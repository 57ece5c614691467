using System.Buffers.Binary;

namespace Tierce.Kernel.Loading;

/// <summary>The information of a Multiboot2 loader, converted to that of a PVH loader. Every length in it is checked.</summary>
/// <remarks>Multiboot2 specification 2.0, section 3.6: a total size, then tags (type, size, contents), each at a multiple of 8.</remarks>
internal static class Multiboot2
{
    /// <summary>Value of EAX at the entry.</summary>
    public const uint LoaderMagic = 0x36d7_6289;

    private const int FirstTag = 8, TagHeader = 8, MemoryMapHeader = 16, MemoryMapEntry = 24;
    private const uint End = 0, CommandLine = 1, Module = 3, MemoryMap = 6, OldRsdp = 14, NewRsdp = 15;

    /// <summary>
    /// Reads the tags. The results refer to the information itself, which must not be overwritten until they have been used.
    /// </summary>
    /// <param name="information">The whole information.</param>
    /// <param name="address">Its physical address.</param>
    /// <param name="start">The results. A field whose tag is missing keeps its value.</param>
    /// <param name="module">The first module.</param>
    /// <returns>False if a tag is malformed.</returns>
    public static bool TryRead(ReadOnlySpan<byte> information, ulong address, ref StartInfo start, ref StartModule module)
    {
        int at = FirstTag;
        while (information.Length - at >= TagHeader)
        {
            uint type = BinaryPrimitives.ReadUInt32LittleEndian(information.Slice(at));
            uint size = BinaryPrimitives.ReadUInt32LittleEndian(information.Slice(at + 4));
            if (size < TagHeader || size > (uint)(information.Length - at))
            {
                return false;
            }

            if (type == End)
            {
                return true;
            }

            if (!Take(type, information.Slice(at, (int)size), address + (ulong)at, ref start, ref module))
            {
                return false;
            }

            int padded = ((int)size + 7) & ~7;
            at = padded > information.Length - at ? information.Length : at + padded;
        }

        return false;
    }

    private static bool Take(uint type, ReadOnlySpan<byte> tag, ulong address, ref StartInfo start, ref StartModule module)
    {
        switch (type)
        {
            case CommandLine:
                start.CommandLine = address + TagHeader;
                return tag.Slice(TagHeader).IndexOf((byte)0) >= 0;
            case Module when start.ModuleCount++ == 0:
                return TakeModule(tag, ref module);
            case MemoryMap:
                if (tag.Length < MemoryMapHeader || BinaryPrimitives.ReadUInt32LittleEndian(tag.Slice(TagHeader)) != MemoryMapEntry)
                {
                    return false;
                }

                // An entry has the same layout as a PVH loader's.
                start.MemoryMap = address + MemoryMapHeader;
                start.MemoryMapEntries = (uint)((tag.Length - MemoryMapHeader) / MemoryMapEntry);
                return true;
            case NewRsdp:
            case OldRsdp when start.Rsdp == 0:
                start.Rsdp = address + TagHeader;
                return true;
            default:
                return true;
        }
    }

    private static bool TakeModule(ReadOnlySpan<byte> tag, ref StartModule module)
    {
        if (tag.Length < TagHeader + 8)
        {
            return false;
        }

        uint first = BinaryPrimitives.ReadUInt32LittleEndian(tag.Slice(TagHeader));
        uint end = BinaryPrimitives.ReadUInt32LittleEndian(tag.Slice(TagHeader + 4));
        module.Address = first;
        module.Size = end - first;
        return end >= first;
    }
}

using System.Buffers.Binary;
using Tierce.Abi;

namespace Tierce.Kernel.Loading;

/// <summary>Finds a file in the boot bundle. The bundle comes from the boot loader, so every number in it is checked.</summary>
public static class BootBundle
{
    private const int HeaderSize = 32;
    private const int EntrySize = 64;
    private const int CountOffset = 8;
    private const int NameSize = BundleEntry.NameSize;

    /// <summary>The contents of a file, or an empty span if the bundle is malformed or has no such file.</summary>
    public static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> bundle, ReadOnlySpan<byte> name)
    {
        if (bundle.Length < HeaderSize || name.Length >= NameSize
            || BinaryPrimitives.ReadUInt64LittleEndian(bundle) != BundleHeader.ExpectedMagic)
        {
            return default;
        }

        ulong count = BinaryPrimitives.ReadUInt64LittleEndian(bundle.Slice(CountOffset));
        if (count > (ulong)(bundle.Length - HeaderSize) / EntrySize)
        {
            return default;
        }

        for (int i = 0; i < (int)count; i++)
        {
            ReadOnlySpan<byte> entry = bundle.Slice(HeaderSize + (i * EntrySize), EntrySize);
            if (entry[name.Length] == 0 && entry.Slice(0, name.Length).SequenceEqual(name))
            {
                return File(bundle, entry);
            }
        }

        return default;
    }

    private static ReadOnlySpan<byte> File(ReadOnlySpan<byte> bundle, ReadOnlySpan<byte> entry)
    {
        ulong offset = BinaryPrimitives.ReadUInt64LittleEndian(entry.Slice(NameSize));
        ulong size = BinaryPrimitives.ReadUInt64LittleEndian(entry.Slice(NameSize + sizeof(ulong)));
        ulong length = (ulong)bundle.Length;
        return offset <= length && size <= length - offset ? bundle.Slice((int)offset, (int)size) : default;
    }
}

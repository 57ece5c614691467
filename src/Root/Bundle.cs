using Tierce.Abi;

namespace Tierce.Root;

/// <summary>One file of the boot bundle.</summary>
public readonly struct BundleFile
{
    /// <summary>Where it is in the bundle, and its bytes.</summary>
    public readonly ulong Offset, Size;

    /// <summary>A file at an offset, with a size.</summary>
    public BundleFile(ulong offset, ulong size)
    {
        Offset = offset;
        Size = size;
    }

    /// <summary>Pages that it occupies.</summary>
    public ulong Pages => (Size + 4095) >> 12;
}

/// <summary>The boot bundle's table of files. The kernel has found root in it; root checks the other lines.</summary>
public static unsafe class Bundle
{
    /// <summary>Largest file: what a span can hold.</summary>
    private const ulong MaxFile = int.MaxValue;

    /// <summary>Finds a file by name.</summary>
    public static bool TryFind(RootInfo* info, ReadOnlySpan<byte> name, out BundleFile file)
    {
        file = default;

        // SAFETY: the kernel maps the whole bundle, at least a page, read-only for root's life.
        BundleHeader* header = (BundleHeader*)RootInfo.BundleAddress;
        BundleEntry* entries = (BundleEntry*)(header + 1);
        ulong room = (info->BundleSize - (ulong)sizeof(BundleHeader)) / (ulong)sizeof(BundleEntry);
        ulong count = header->Count < room ? header->Count : room;
        for (ulong i = 0; i < count; i++)
        {
            var entryName = new ReadOnlySpan<byte>(entries[i].Name, BundleEntry.NameSize);
            int end = entryName.IndexOf((byte)0);
            if (!entryName.Slice(0, end < 0 ? BundleEntry.NameSize : end).SequenceEqual(name))
            {
                continue;
            }

            ulong offset = entries[i].Offset;
            ulong size = entries[i].Size;
            bool inside = (offset & 4095) == 0 && offset <= info->BundleSize && size <= info->BundleSize - offset && size <= MaxFile;
            file = new BundleFile(offset, size);
            return inside;
        }

        return false;
    }

    /// <summary>A file's bytes, as mapped in root.</summary>
    public static ReadOnlySpan<byte> Bytes(in BundleFile file) =>
        // SAFETY: TryFind checked that the file lies inside the mapped bundle.
        new((void*)(RootInfo.BundleAddress + file.Offset), (int)file.Size);
}

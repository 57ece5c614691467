using Tierce.Abi;
using Tierce.Runtime;

namespace Tierce.Root;

/// <summary>Root's tables of programs and guests, in memory of their own: as long as the manifest has sections.</summary>
public readonly unsafe ref struct RootTables
{
    private const ulong Address = 0x0000_0045_0000_0000;

    /// <summary>Sections as the manifest describes them.</summary>
    public readonly Span<ProgramEntry> Programs;

    /// <inheritdoc cref="Programs"/>
    public readonly Span<GuestEntry> Guests;

    /// <summary>Root's state of each while it runs.</summary>
    public readonly Span<ProgramWiring> ProgramWiring;

    /// <inheritdoc cref="ProgramWiring"/>
    public readonly Span<GuestWiring> GuestWiring;

    /// <summary>Tables with room for all sections of a manifest, whatever their kinds.</summary>
    public RootTables(ref RootState root, ReadOnlySpan<byte> manifest)
    {
        int count = CountHeads(manifest);
        ulong each = (ulong)(sizeof(ProgramEntry) + sizeof(GuestEntry) + sizeof(ProgramWiring) + sizeof(GuestWiring));
        ulong pages = (((ulong)count * each) + 4095) >> 12;
        Map(ref root, pages);

        // SAFETY: mapped just now for root's life, as large as the four tables. Each structure's size is a multiple of eight.
        byte* next = (byte*)Address;
        Programs = new Span<ProgramEntry>(next, count);
        next += count * sizeof(ProgramEntry);
        Guests = new Span<GuestEntry>(next, count);
        next += count * sizeof(GuestEntry);
        ProgramWiring = new Span<ProgramWiring>(next, count);
        next += count * sizeof(ProgramWiring);
        GuestWiring = new Span<GuestWiring>(next, count);
    }

    /// <summary>A number not less than the manifest's sections: the brackets that may begin one.</summary>
    public static int CountHeads(ReadOnlySpan<byte> manifest)
    {
        int count = 0;
        for (int i = 0; i < manifest.Length; i++)
        {
            count += manifest[i] == (byte)'[' ? 1 : 0;
        }

        return count;
    }

    private static void Map(ref RootState root, ulong pages)
    {
        if (pages == 0)
        {
            return;
        }

        Failure.Check(root.Allocate(pages, CapRights.Read | CapRights.Write, out Memory memory), "memory for the manifest's tables"u8);
        for (ulong first = 0; first < pages; first += Memory.MapPages)
        {
            ulong count = pages - first < Memory.MapPages ? pages - first : Memory.MapPages;
            Failure.Check(
                memory.Map(Domain.Own, Address + (first << 12), first, count, CapRights.Read | CapRights.Write, root.Slots.Take()),
                "mapping the manifest's tables"u8);
        }
    }
}

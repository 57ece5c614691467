using System.Runtime.CompilerServices;
using Tierce.Abi;

namespace Tierce.Kernel.Arch.Formats;

/// <summary>Bits of a page-table entry, the same at all levels (Intel SDM vol. 3, 4.5).</summary>
[AssemblyNames("PAGE")]
public static class PageEntry
{
    // SAFETY: a page table: the caller's pointer is to one of 512 entries, and an index of nine bits stays in it.

    /// <summary>The entry is valid.</summary>
    public const ulong Present = 1UL << 0;

    /// <summary>Writes are allowed, if all levels allow them.</summary>
    public const ulong Writable = 1UL << 1;

    /// <summary>Ring 3 may use it, if all levels have this bit.</summary>
    public const ulong User = 1UL << 2;

    /// <summary>Used since the guest last cleared it.</summary>
    public const ulong Accessed = 1UL << 5;

    /// <summary>Written since the guest last cleared it (leaves only).</summary>
    public const ulong Dirty = 1UL << 6;

    /// <summary>At levels 2 and 3: a large page.</summary>
    public const ulong Large = 1UL << 7;

    /// <summary>In leaves: the TLB keeps the translation over a load of CR3 (where CR4.PGE is set).</summary>
    public const ulong Global = 1UL << 8;

    /// <summary>No instruction may be fetched.</summary>
    public const ulong NoExecute = 1UL << 63;

    /// <summary>The bits of the physical address (52 bits).</summary>
    public const ulong AddressMask = 0x000f_ffff_ffff_f000;

    /// <summary>Entries of a table.</summary>
    public const int Count = 512;

    /// <summary>The frame that an entry names.</summary>
    public static ulong Frame(ulong entry) => (entry & AddressMask) >> 12;

    /// <summary>Index of an entry in its table, which is a page.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe int Slot(ulong* place) => (int)((ulong)place & 0xfff) >> 3;

    /// <summary>The entry for an address in a table of a level.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe ulong* Of(void* table, ulong address, int level) => (ulong*)((byte*)table + ((address >> (9 * level)) & 0xff8));

    /// <summary>Index of an address in a table of a level (4 is the top).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Index(ulong address, int level) => (int)(address >> (12 + (9 * (level - 1)))) & (Count - 1);

    /// <summary>The canonical address with the same low 48 bits. IRET with another one would fault in ring 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Canonical(ulong address) => (ulong)((long)(address << 16) >> 16);
}

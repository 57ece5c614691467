namespace Tierce.Abi;

/// <summary>
/// Where the ROM finds what it needs when a function of Linux calls it that the monitor has changed: bytes from the end of the call, where the
/// address of the ROM's entry comes first.
/// </summary>
[AssemblyNames("CALLER")]
public static class LinuxPlaces
{
    /// <summary>After the call in __xen_set_pte and in xen_write_cr3: the address of page_offset_base.</summary>
    public const int PageOffset = 8;

    /// <summary>After the same calls: the address of vmemmap_base.</summary>
    public const int PageArray = 16;

    /// <summary>After the call in xen_write_cr3: where xen_cr3 lies from GS's base.</summary>
    public const int Root = 24;

    /// <summary>After the call in xen_write_cr3: where xen_current_cr3 lies from GS's base.</summary>
    public const int CurrentRoot = 32;

    /// <summary>After the call in xen_load_sp0: where the stack pointer of the TSS lies from GS's base.</summary>
    public const int Stack = 8;

    /// <summary>After the call in __xen_set_pte: where struct mm_struct keeps the address of its top-level table.</summary>
    public const int RootOffset = 0x79;

    /// <summary>In Linux's struct page, not after a call: the address of the user's top-level table, of the kernel's one's page.</summary>
    public const int PagePrivate = 40;
}

namespace Tierce.Guests;

/// <summary>Page tables of a process in a guest of our own: one page of code that all share, one of data of its own.</summary>
internal static unsafe class ProcessTables
{
    /// <summary>Where frame 0 of the guest's memory is mapped (guest.ld).</summary>
    public const ulong VirtualBase = 0xffff_ffff_8000_0000;

    /// <summary>Where code is in every process. Data is in the next page: the guests' entry.S have its address too.</summary>
    public const ulong CodeAddress = 0x40_0000;

    /// <summary>Bytes of a page.</summary>
    public const ulong PageSize = 4096;

    /// <summary>Tables of a process; its page of data follows them.</summary>
    public const int Levels = 4;

    private const ulong TableBits = 0x67;
    private const ulong CodeBits = 0x25;

    /// <summary>Fills a process's tables, which the processor does not walk yet.</summary>
    /// <param name="first">Address of zeroed pages: tables of levels 4 to 1, then data.</param>
    /// <param name="code">Address of the page of code.</param>
    public static void Fill(ulong first, ulong code)
    {
        // SAFETY: the caller's entry.S holds the pages.
        for (int level = Levels; level > 1; level--)
        {
            ulong table = first + ((ulong)(Levels - level) * PageSize);
            Entry(table, CodeAddress, level) = Machine(table + PageSize) | TableBits;
        }

        ulong last = first + ((Levels - 1) * PageSize);
        Entry(last, CodeAddress, 1) = Machine(code) | CodeBits;
        Entry(last, CodeAddress + PageSize, 1) = Machine(last + PageSize) | TableBits;
    }

    /// <summary>Machine address of a page of the guest's image: frames are numbered as they are mapped.</summary>
    public static ulong Machine(ulong address) => address - VirtualBase;

    private static ref ulong Entry(ulong table, ulong address, int level) =>
        ref ((ulong*)table)[(address >> (12 + (9 * (level - 1)))) & 511];
}

namespace Tierce.Abi;

/// <summary>
/// Pages that the parts of a system take from the machine. Root allocates by these numbers, and the host tool sizes machines by them.
/// </summary>
public static class GuestFootprint
{
    /// <summary>
    /// Pages of a large page. A guest's memory begins at a multiple of this and has a multiple of it as its size, so that the window onto
    /// it can use large pages.
    /// </summary>
    public const ulong LargePage = 512;

    /// <summary>
    /// Pages for the pool, image and stack of a monitor, a driver or an application. The programs of this repository take less.
    /// </summary>
    public const ulong ProgramPages = 512;

    /// <summary>
    /// Pages of a guest's RAM and of the frames above it, in one range. Above RAM lie eight bytes for each frame for translations, one bit
    /// for each frame for declared tables, and the interface's pages with the ROM, which take less than a MiB.
    /// </summary>
    public static ulong AllPages(ulong ram) => (ram + (ram / 512) + (ram / 16384) + 240 + LargePage - 1) / LargePage * LargePage;

    /// <summary>
    /// First page of the grant table of a guest with this number of pages in all: before the console's input, where root finds it too.
    /// </summary>
    public static ulong GrantPage(ulong all) => all - ConsoleInput.Pages - GrantTable.MostPages;

    /// <summary>Pages of the kernel's page-table cache for a guest, in one range: 2 percent of RAM and 1 MiB.</summary>
    public static ulong CachePages(ulong ram) => (ram * 2 / 100) + 256;

    /// <summary>Pages of a monitor, whose domain needs page tables to map its guest's files.</summary>
    public static ulong MonitorPages(ulong filePages) => ProgramPages + (filePages / LargePage);
}

namespace Tierce.Abi;

/// <summary>
/// Pages that the pieces of a system take from the machine. Root hands out as many, and the host tool makes machines that have as many.
/// </summary>
public static class GuestFootprint
{
    /// <summary>Pages of a large page. A guest's memory begins at a multiple, and is one, so that the window onto it has large pages.</summary>
    public const ulong LargePage = 512;

    /// <summary>Pages for a monitor's, a driver's or an application's pool, image and stack; those of the tree take less.</summary>
    public const ulong ProgramPages = 512;

    /// <summary>
    /// Pages of a guest's RAM and of what lies above it, in one range: eight bytes a frame for translations, one bit a frame for declared
    /// tables, and the interface's pages with the ROM, which take less than a MiB.
    /// </summary>
    public static ulong AllPages(ulong ram) => (ram + (ram / 512) + (ram / 16384) + 240 + LargePage - 1) / LargePage * LargePage;

    /// <summary>Pages of the kernel's page-table cache, in one range: 2 percent of RAM and 1 MiB.</summary>
    public static ulong CachePages(ulong ram) => (ram * 2 / 100) + 256;

    /// <summary>Pages of a monitor, which maps its guest's files with tables of its own.</summary>
    public static ulong MonitorPages(ulong filePages) => ProgramPages + (filePages / LargePage);
}

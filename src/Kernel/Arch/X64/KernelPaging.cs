using Tierce.Abi;
using Tierce.Kernel.Arch.Formats;
using Tierce.Kernel.Arch.Instructions;

namespace Tierce.Kernel.Arch;

/// <summary>The kernel's own tables: its image with the rights of each section, all memory, and the interrupt controllers.</summary>
internal static unsafe class KernelPaging
{
    // SAFETY: the kernel's own page tables: whole pages of the image, or free pages that start-up has just cut off.

    private const ulong WriteThrough = 1UL << 3, CacheDisable = 1UL << 4;
    private const ulong LargePageSize = 0x20_0000;

    /// <summary>Bytes reserved for the kernel's image, which no other mapping reaches.</summary>
    public const ulong ImageSize = LargePageSize;

    /// <summary>What one page directory maps.</summary>
    public const ulong Gigabyte = 1UL << 30;

    /// <summary>Bytes that <c>boot.S</c> has mapped already.</summary>
    public const ulong MappedAtBoot = 4 * Gigabyte;

    /// <summary>Replaces the boot tables' one large writable mapping of everything.</summary>
    public static void Initialise()
    {
        MapImage();
        MapDevices();

        ulong* root = (ulong*)ImageSymbols.KernelRoot();
        root[0] = 0;
        RestrictDirectMap();
        RootRegister.Reload();
        for (ulong page = (ulong)ImageSymbols.ImageStart(); page < (ulong)ImageSymbols.ImageEnd(); page += 4096)
        {
            Cpu.InvalidatePage(page);
        }
    }

    /// <summary>Maps a GiB of the direct map, with an empty page as its directory.</summary>
    public static void MapGigabyte(ulong address, ulong* directory)
    {
        for (int i = 0; i < PageEntry.Count; i++)
        {
            directory[i] = (address + ((ulong)i * LargePageSize)) | PageEntry.Present | PageEntry.Writable | PageEntry.Large | PageEntry.Global | PageEntry.NoExecute;
        }

        ((ulong*)ImageSymbols.PdptLow())[address / Gigabyte] = Machine.ToPhysical(directory) | PageEntry.Present | PageEntry.Writable;
    }

    private static void MapImage()
    {
        ulong* table = (ulong*)ImageSymbols.ImageTable();
        byte* start = ImageSymbols.ImageStart();
        for (byte* page = start; page < ImageSymbols.ImageEnd(); page += 4096)
        {
            ulong rights = page < ImageSymbols.TextEnd() ? 0
                : page < ImageSymbols.RodataEnd() ? PageEntry.NoExecute
                : PageEntry.NoExecute | PageEntry.Writable;
            table[(page - start) >> 12] = ((ulong)page - HoleLayout.KernelImage) | PageEntry.Present | PageEntry.Global | rights;
        }

        // The image is at 2 MiB: the second entry of the directory of the first GiB.
        ulong* directory = (ulong*)ImageSymbols.ImageDirectory();
        directory[1] = Machine.ToPhysical(table) | PageEntry.Present | PageEntry.Writable;
        ulong* pointers = (ulong*)ImageSymbols.PdptHigh();
        pointers[510] = Machine.ToPhysical(directory) | PageEntry.Present | PageEntry.Writable;
    }

    private static void MapDevices()
    {
        const ulong Device = PageEntry.Present | PageEntry.Writable | PageEntry.NoExecute | WriteThrough | CacheDisable | PageEntry.Global;
        ulong* table = DeviceTable();
        table[0] = LocalApic.Physical | Device;
        table[1] = IoApic.Physical | Device;
    }

    /// <summary>The table for <see cref="HoleLayout.KernelDevices"/>, linked to those above it.</summary>
    internal static ulong* DeviceTable()
    {
        ulong* table = (ulong*)ImageSymbols.DeviceTable();
        ulong* directory = (ulong*)ImageSymbols.DeviceDirectory();
        directory[0] = Machine.ToPhysical(table) | PageEntry.Present | PageEntry.Writable;
        ulong* pointers = (ulong*)ImageSymbols.PdptHigh();
        pointers[PageEntry.Index(HoleLayout.KernelDevices, 3)] = Machine.ToPhysical(directory) | PageEntry.Present | PageEntry.Writable;
        return table;
    }

    /// <summary>No code runs in the map of all memory, and the map leaves out the kernel's image.</summary>
    private static void RestrictDirectMap()
    {
        ulong* pointers = (ulong*)ImageSymbols.PdptLow();
        for (ulong gigabyte = 0; gigabyte < MappedAtBoot / Gigabyte; gigabyte++)
        {
            ulong* directory = (ulong*)(HoleLayout.KernelImage + (pointers[gigabyte] & PageEntry.AddressMask));
            for (int i = 0; i < PageEntry.Count; i++)
            {
                directory[i] |= PageEntry.Global | PageEntry.NoExecute;
            }

            if (gigabyte == 0)
            {
                directory[1] = 0;
            }
        }
    }
}

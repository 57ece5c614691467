using Tierce.Abi;

namespace Tierce.Tool.Boot;

/// <summary>
/// The memory that a machine needs for its guests and programs. A guest's memory is one range of the machine's, and QEMU's machine has two:
/// from <see cref="HoleMiB"/> on, what finds no room below the devices' addresses begins at 4 GiB.
/// </summary>
internal sealed class MachineMemory
{
    /// <summary>The machine "pc" has its memory in one range as long as it has less than this: 3.5 GiB.</summary>
    public const int HoleMiB = 3584;

    /// <summary>Memory below 4 GiB of a larger machine: enough for the boot bundle. All guests then find room in the range above.</summary>
    public const int LowMiB = 1024;

    /// <summary>The same if the bundle is larger: what "pc" has by itself.</summary>
    public const int MostLowMiB = 3072;

    /// <summary>The kernel maps no memory beyond this: 512 GiB.</summary>
    private const long MostMiB = 512 << 10;

    /// <summary>For the kernel's image, its pool for root, what firmware keeps, and the ends of ranges that are not aligned.</summary>
    private const int FixedMiB = 64;

    private const ulong PagesOfMiB = 256;

    /// <summary>
    /// The kernel's table of frames: two bytes a page and eight a block of 512. Its map of all memory: eight bytes a block. Its pool for root:
    /// a byte a page.
    /// </summary>
    private const ulong FrameBytes = 2 + 1, BlockBytes = 8 + 8;

    private ulong _pages;

    /// <summary>Checks that guests of these sizes can be in one machine, before anything is made for them.</summary>
    /// <exception cref="ToolException">They cannot.</exception>
    public static void CheckGuests(IEnumerable<int> memoryMiB)
    {
        MachineMemory machine = new();
        long ram = 0;
        foreach (int size in memoryMiB)
        {
            machine.AddGuest(size, 0);
            ram += size;
        }

        long needed = (long)(machine._pages / PagesOfMiB) + (2 * FixedMiB) + MostLowMiB;
        if (needed > MostMiB)
        {
            throw new ToolException($"guests with {ram} MiB of memory together need a machine with {needed} MiB; Tierce's kernel uses at most {MostMiB} MiB");
        }
    }

    /// <summary>Counts a guest.</summary>
    /// <param name="memoryMiB">Its RAM.</param>
    /// <param name="fileBytes">Bytes of its files in the bundle.</param>
    public void AddGuest(int memoryMiB, long fileBytes)
    {
        ulong ram = (ulong)memoryMiB * PagesOfMiB;

        // Its channel takes a few pages; the alignment of its memory wastes less than a large page.
        _pages += GuestFootprint.AllPages(ram) + GuestFootprint.CachePages(ram) + GuestFootprint.MonitorPages((ulong)fileBytes / 4096) + GuestFootprint.LargePage;
    }

    /// <summary>Counts a driver or an application.</summary>
    /// <param name="memoryMiB">Memory of its own.</param>
    public void AddProgram(int memoryMiB) => _pages += GuestFootprint.ProgramPages + ((ulong)memoryMiB * PagesOfMiB);

    /// <summary>Counts the programs of a machine's consoles and disks; buffers fit into what a program may take.</summary>
    public void AddPrograms(int count)
    {
        for (int i = 0; i < count; i++)
        {
            AddProgram(0);
        }
    }

    /// <summary>The machine's memory.</summary>
    /// <param name="bundleBytes">Bytes of the boot bundle.</param>
    /// <returns>All of it, and the part below 4 GiB if there is another above, in MiB.</returns>
    public (int AllMiB, int? BelowMiB) Size(long bundleBytes)
    {
        int bundleMiB = (int)((bundleBytes + (1 << 20) - 1) >> 20);
        int needed = WithFrameTable(_pages, 0);
        if (needed + bundleMiB < HoleMiB)
        {
            return (needed + bundleMiB, null);
        }

        int below = bundleMiB + FixedMiB <= LowMiB ? LowMiB : MostLowMiB;
        return (below + WithFrameTable(_pages, below), below);
    }

    /// <summary>The range above 4 GiB, or the only one: what was counted, and what the kernel takes for itself from the largest range.</summary>
    private static int WithFrameTable(ulong pages, int belowMiB)
    {
        // The table reaches from page 0 to the last, over the hole as well; it grows by less than a part in 400 of what is counted.
        ulong reach = pages + (pages / 256) + ((ulong)(belowMiB == 0 ? FixedMiB : 4096 + FixedMiB) * PagesOfMiB);
        ulong table = ((reach * FrameBytes) + (reach / GuestFootprint.LargePage * BlockBytes)) / 4096;
        return (int)((pages + table + PagesOfMiB - 1) / PagesOfMiB) + FixedMiB;
    }
}

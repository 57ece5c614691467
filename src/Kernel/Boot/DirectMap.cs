using Tierce.Kernel.Arch;
using Tierce.Kernel.Memory;

namespace Tierce.Kernel.Boot;

/// <summary>The kernel's map of all memory.</summary>
internal static unsafe class DirectMap
{
    // SAFETY: page tables are pages that start-up has just cut off the free memory, which the map of the loader reaches.

    /// <summary>Extends the direct map beyond 4 GiB, with page directories taken from the free ranges.</summary>
    public static void Extend(MemoryRange* ranges, int count)
    {
        ulong end = 0;
        for (int i = 0; i < count; i++)
        {
            ulong rangeEnd = (ranges[i].First + ranges[i].Pages) << 12;
            end = rangeEnd > end ? rangeEnd : end;
        }

        for (ulong address = KernelPaging.MappedAtBoot; address < end; address += KernelPaging.Gigabyte)
        {
            KernelPaging.MapGigabyte(address, TakePage(ranges, count));
        }
    }

    private static ulong* TakePage(MemoryRange* ranges, int count)
    {
        for (int i = 0; i < count; i++)
        {
            if (ranges[i].Pages > 0 && (ranges[i].First << 12) < KernelPaging.MappedAtBoot)
            {
                return (ulong*)Machine.ToVirtual(ranges[i].Cut(1) << 12);
            }
        }

        Machine.Panic("no memory below 4 GiB for page directories"u8, 0);
        return null;
    }
}

using Tierce.Abi;
using Tierce.Kernel.Arch;
using Tierce.Kernel.Arch.Instructions;
using Tierce.Kernel.Loading;
using Tierce.Kernel.Memory;

namespace Tierce.Kernel.Boot;

/// <summary>Computes the free pages, and those that devices may have, from the loader's memory map.</summary>
internal static unsafe class FreeMemory
{
    // SAFETY: the loader's memory map: StartInfo tells its place and its number of entries, and nothing has overwritten it yet.

    /// <summary>Memory below 1 MiB holds data of firmware and loader and is not used.</summary>
    private const ulong FirstUsable = 0x10_0000;

    /// <summary>Largest physical address that the kernel maps (one slot of its top-level table).</summary>
    private const ulong Limit = 1UL << 39;

    /// <summary>Devices lie above 16 MiB: below are those of the ISA bus.</summary>
    private const ulong FirstDevice = 16UL << 20;

    /// <summary>The I/O APIC's, timers' and local APIC's registers begin here, and firmware's memory ends the first 4 GiB.</summary>
    private const ulong FirstChipsetRegister = 0xfec0_0000;

    /// <summary>First address above 32 bits.</summary>
    private const ulong FirstLong = 1UL << 32;

    /// <summary>Devices lie below 64 TiB. A processor with a narrower address refuses to use a mapping beyond its own limit.</summary>
    private const ulong DeviceLimit = 1UL << 46;

    /// <summary>Writes the free ranges: RAM without low memory, kernel image and bundle.</summary>
    public static int FreeRanges(StartInfo* info, ulong bundleAddress, ulong bundleSize, MemoryRange* ranges, int most)
    {
        StartMemory* map = (StartMemory*)Machine.ToVirtual(info->MemoryMap);
        int count = 0;
        for (uint i = 0; i < info->MemoryMapEntries; i++)
        {
            if (map[i].Type != StartMemory.Ram)
            {
                continue;
            }

            ulong start = RoundUp(map[i].Address < FirstUsable ? FirstUsable : map[i].Address);
            ulong end = (map[i].Address + map[i].Size) & ~0xfffUL;
            end = end > Limit ? Limit : end;
            count = Add(ranges, count, most, start, end);
        }

        ulong imageStart = (ulong)ImageSymbols.ImageStart() - HoleLayout.KernelImage;
        count = Remove(ranges, count, most, imageStart, imageStart + KernelPaging.ImageSize);
        return Remove(ranges, count, most, bundleAddress & ~0xfffUL, RoundUp(bundleAddress + bundleSize));
    }

    /// <summary>
    /// Writes the ranges that devices may have: what no line of the memory map covers, whatever its type, since firmware keeps RAM under
    /// several types. The region of the processor's and the chipset's own registers is left out, because the kernel drives them.
    /// </summary>
    public static int DeviceRanges(StartInfo* info, MemoryRange* ranges, int most)
    {
        StartMemory* map = (StartMemory*)Machine.ToVirtual(info->MemoryMap);
        int count = Add(ranges, 0, most, FirstDevice, FirstChipsetRegister);
        count = Add(ranges, count, most, FirstLong, DeviceLimit);
        for (uint i = 0; i < info->MemoryMapEntries; i++)
        {
            ulong end = map[i].Address + map[i].Size;
            count = Remove(ranges, count, most, map[i].Address & ~0xfffUL, RoundUp(end < map[i].Address ? DeviceLimit : end));
        }

        return WithoutEmpty(ranges, count);
    }

    private static int WithoutEmpty(MemoryRange* ranges, int count)
    {
        int kept = 0;
        for (int i = 0; i < count; i++)
        {
            if (ranges[i].Pages != 0)
            {
                ranges[kept++] = ranges[i];
            }
        }

        return kept;
    }

    private static ulong RoundUp(ulong address) => (address + 0xfff) & ~0xfffUL;

    private static int Add(MemoryRange* ranges, int count, int most, ulong start, ulong end)
    {
        if (start >= end || count == most)
        {
            return count;
        }

        ranges[count].First = start >> 12;
        ranges[count].Pages = (end - start) >> 12;
        return count + 1;
    }

    private static int Remove(MemoryRange* ranges, int count, int most, ulong start, ulong end)
    {
        int result = count;
        for (int i = 0; i < count; i++)
        {
            ulong rangeStart = ranges[i].First << 12;
            ulong rangeEnd = rangeStart + (ranges[i].Pages << 12);
            if (end <= rangeStart || start >= rangeEnd)
            {
                continue;
            }

            ulong lowEnd = start > rangeStart ? start : rangeStart;
            ranges[i].Pages = (lowEnd - rangeStart) >> 12;
            result = Add(ranges, result, most, end, rangeEnd);
        }

        return result;
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Tierce.Kernel.Arch;

namespace Tierce.Kernel.Memory;

/// <summary>
/// The use of every page of RAM. It ensures that no page is kernel memory (of a pool or a page-table cache) and reachable from ring 3 at
/// the same time, however the capabilities that name it were derived. Uses are counted by page and, for whole aligned 2 MiB blocks, by
/// block, which keeps the work for a large range short.
/// </summary>
public static unsafe class FrameTable
{
    /// <summary>Pages of a block.</summary>
    private const ulong BlockPages = 512;

    /// <summary>Pages counted in one piece where they are whole blocks, of twenty instructions each at most: 1 GiB.</summary>
    private const ulong PagesBetweenInterrupts = 512 * BlockPages;

    private const ushort KernelUse = 0x8000;
    private const ushort MostUses = 0x7fff;

    private static Block* blocks;
    private static ushort* pages;
    private static ulong limit;

    [StructLayout(LayoutKind.Sequential)]
    private struct Block
    {
        /// <summary>Sum of the uses counted by page.</summary>
        public uint PageUses;

        /// <summary>Uses of the whole block.</summary>
        public ushort WholeUses;

        /// <summary>Pages in kernel use, counted by page; <see cref="KernelWhole"/> if the whole block is.</summary>
        public ushort KernelPages;
    }

    private const ushort KernelWhole = 0xffff;

    /// <summary>Pages that the table needs for RAM that ends before page <paramref name="end"/>.</summary>
    public static ulong PagesNeeded(ulong end)
    {
        ulong blockCount = (end + BlockPages - 1) / BlockPages;
        ulong bytes = blockCount * ((ulong)sizeof(Block) + (BlockPages * sizeof(ushort)));
        return (bytes + 4095) >> 12;
    }

    /// <summary>Makes the table in <see cref="PagesNeeded"/> pages from <paramref name="firstPage"/>. Once, at start.</summary>
    public static void Initialise(ulong firstPage, ulong end)
    {
        // SAFETY: the caller gives PagesNeeded pages, which nothing else uses.
        byte* memory = Machine.ToVirtual(firstPage << 12);
        ulong count = PagesNeeded(end);
        for (ulong i = 0; i < count; i++)
        {
            Machine.ZeroPage(memory + (i << 12));
        }

        ulong blockCount = (end + BlockPages - 1) / BlockPages;
        blocks = (Block*)memory;
        pages = (ushort*)(memory + (blockCount * (ulong)sizeof(Block)));
        limit = end;
    }

    /// <summary>Whether a range may be put to use, by the kernel or by ring 3.</summary>
    public static bool CanAdd(ulong first, ulong count, bool kernel)
    {
        if (first >= limit || count > limit - first)
        {
            return false;
        }

        for (ulong end = first + count; first < end; first += Step(first, end))
        {
            Block* block = blocks + (first / BlockPages);
            bool free = kernel ? IsFreeForKernel(block, first, Step(first, end)) : IsFreeForUser(block, first, Step(first, end));
            if (!free)
            {
                return false;
            }

            TakeInterrupts(first);
        }

        return true;
    }

    /// <summary>Whether a page is RAM that ring 3 may use: the kernel keeps nothing in it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsOpen(ulong page) =>
        page < limit && blocks[page / BlockPages].KernelPages != KernelWhole && (pages[page] & KernelUse) == 0;

    /// <summary>Counts a use of a range for which <see cref="CanAdd"/> returned true.</summary>
    public static void Add(ulong first, ulong count, bool kernel)
    {
        Invariant.Holds(first < limit && count <= limit - first);
        for (ulong end = first + count; first < end; first += Step(first, end))
        {
            Change(first, Step(first, end), kernel, 1);
            TakeInterrupts(first);
        }
    }

    /// <summary>Ends a use. The range must be one that was added.</summary>
    public static void Remove(ulong first, ulong count, bool kernel)
    {
        Invariant.Holds(first < limit && count <= limit - first);
        for (ulong end = first + count; first < end; first += Step(first, end))
        {
            Change(first, Step(first, end), kernel, -1);
            TakeInterrupts(first);
        }
    }

    /// <summary>Pages of the piece that begins at <paramref name="first"/>: up to the end of its block.</summary>
    private static ulong Step(ulong first, ulong end)
    {
        ulong next = (first & ~(BlockPages - 1)) + BlockPages;
        return (next < end ? next : end) - first;
    }

    /// <summary>A range of many GiB is long work.</summary>
    private static void TakeInterrupts(ulong page)
    {
        if (page % PagesBetweenInterrupts == 0)
        {
            Machine.TakeInterrupts();
        }
    }

    private static bool IsFreeForKernel(Block* block, ulong first, ulong count)
    {
        if (block->WholeUses != 0 || block->KernelPages == KernelWhole)
        {
            return false;
        }

        if (count == BlockPages)
        {
            return block->PageUses == 0 && block->KernelPages == 0;
        }

        if (block->PageUses == 0 && block->KernelPages == 0)
        {
            return true;
        }

        for (ulong i = 0; i < count; i++)
        {
            if (pages[first + i] != 0)
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsFreeForUser(Block* block, ulong first, ulong count)
    {
        if (block->KernelPages == KernelWhole)
        {
            return false;
        }

        if (count == BlockPages)
        {
            return block->KernelPages == 0 && block->WholeUses < MostUses;
        }

        for (ulong i = 0; i < count; i++)
        {
            if (pages[first + i] >= MostUses)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether a block that is the kernel's whole was free, or was so, before a change.</summary>
    private static bool IsConsistentForKernel(Block* block, int sign) =>
        sign > 0 ? block->PageUses == 0 && block->WholeUses == 0 && block->KernelPages == 0 : block->KernelPages == KernelWhole;

    /// <summary>The same of one that ring 3 uses whole.</summary>
    private static bool IsConsistentForUser(Block* block, int sign) => sign > 0 ? block->KernelPages == 0 && block->WholeUses < MostUses : block->WholeUses != 0;

    private static void Change(ulong first, ulong count, bool kernel, int sign)
    {
        Block* block = blocks + (first / BlockPages);
        if (count == BlockPages)
        {
            Invariant.Holds(kernel ? IsConsistentForKernel(block, sign) : IsConsistentForUser(block, sign));
            if (kernel)
            {
                block->KernelPages = sign > 0 ? KernelWhole : (ushort)0;
            }
            else
            {
                block->WholeUses = (ushort)(block->WholeUses + sign);
            }

            return;
        }

        Invariant.Holds(block->KernelPages != KernelWhole);
        Invariant.Holds(sign > 0 || (kernel ? block->KernelPages : block->PageUses) >= count);
        Invariant.Holds(!kernel || block->WholeUses == 0);
        int total = sign * (int)count;
        if (kernel)
        {
            block->KernelPages = (ushort)(block->KernelPages + total);
        }
        else
        {
            block->PageUses = (uint)((int)block->PageUses + total);
        }

        for (ulong i = 0; i < count; i++)
        {
            ushort* page = pages + first + i;
            Invariant.Holds(kernel ? *page == (sign > 0 ? 0 : KernelUse) : sign > 0 ? *page < MostUses : *page is not (0 or KernelUse));
            *page = kernel ? (sign > 0 ? KernelUse : (ushort)0) : (ushort)(*page + sign);
        }
    }
}

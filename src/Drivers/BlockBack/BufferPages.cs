using System.Runtime.CompilerServices;
using Tierce.Runtime.Devices;

namespace Tierce.Drivers.BlockBack;

/// <summary>Which pages of the back end's buffers are in use. The pages are those after the small one.</summary>
public struct BufferPages
{
    private const uint BlockPages = BlockShapes.BlockPages;
    private const int MostGroups = 16;

    private readonly BlockShapes _shapes;
    private Groups _used;

    [InlineArray(MostGroups)]
    private struct Groups
    {
        private ushort _first;
    }

    /// <summary>All pages are free.</summary>
    public BufferPages(BlockShapes shapes)
    {
        this = default;
        _shapes = shapes;
    }

    /// <summary>The small page is in use.</summary>
    public bool SmallTaken;

    /// <summary>
    /// Takes 16, 4 or 1 pages: the largest of these that is not larger than <paramref name="wanted"/>, is free, and has a head. Returns how
    /// many; 0 if no page is free.
    /// </summary>
    /// <param name="wanted">Pages.</param>
    /// <param name="wholeBlocks">A request for 16 pages or more takes 16 or none: the caller can wait until a block is free.</param>
    /// <param name="page">The first of them.</param>
    public uint Take(uint wanted, bool wholeBlocks, out uint page)
    {
        if (wholeBlocks && wanted >= BlockPages && _shapes.Blocks != 0)
        {
            return TryTake(BlockPages, out page) ? BlockPages : 0;
        }

        for (uint pages = BlockPages; pages != 0; pages /= 4)
        {
            if (pages <= wanted && TryTake(pages, out page))
            {
                return pages;
            }
        }

        page = 0;
        return 0;
    }

    /// <summary>Frees pages.</summary>
    public void Free(uint page, uint pages) => _used[(int)(page / BlockPages)] &= (ushort)~Mask(page, pages);

    private bool TryTake(uint pages, out uint page)
    {
        // Single pages after the blocks have no larger heads.
        uint limit = pages == 1 ? _shapes.WholePages : _shapes.Blocks * BlockPages;
        limit = limit < MostGroups * BlockPages ? limit : MostGroups * BlockPages;
        for (page = 0; page < limit; page += pages)
        {
            ref ushort group = ref _used[(int)(page / BlockPages)];
            uint mask = Mask(page, pages);
            if (pages == 1 && group == ushort.MaxValue)
            {
                page |= BlockPages - 1;
                continue;
            }

            if ((group & mask) == 0)
            {
                group |= (ushort)mask;
                return true;
            }
        }

        return false;
    }

    private static uint Mask(uint page, uint pages) => ((1U << (int)pages) - 1) << (int)(page % BlockPages);
}

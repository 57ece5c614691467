namespace Tierce.Root;

/// <summary>A stretch of a memory capability: which one, and its first page there.</summary>
public readonly struct PageStretch
{
    /// <summary>Number of the memory capability, from 0.</summary>
    public readonly int Range;

    /// <summary>First page in it.</summary>
    public readonly ulong First;

    /// <summary>A stretch at a page.</summary>
    public PageStretch(int range, ulong first)
    {
        Range = range;
        First = first;
    }
}

/// <summary>
/// Allocates physical memory permanently: small stretches from the bottom of a range, aligned ones from its top, so that alignment wastes
/// little. Root frees nothing; restarting a guest uses its stretches again.
/// </summary>
public unsafe struct PageAllocator
{
    /// <summary>Most ranges.</summary>
    public const int MaxRanges = 16;

    private fixed ulong _physical[MaxRanges];
    private fixed ulong _bottom[MaxRanges];
    private fixed ulong _top[MaxRanges];
    private int _count;

    /// <summary>Adds a range by its first physical page number and its pages.</summary>
    public void Add(ulong firstPhysicalPage, ulong pages)
    {
        if (_count < MaxRanges)
        {
            _physical[_count] = firstPhysicalPage;
            _bottom[_count] = 0;
            _top[_count] = pages;
            _count++;
        }
    }

    /// <summary>Pages left in all ranges.</summary>
    public readonly ulong Free
    {
        get
        {
            ulong free = 0;
            for (int i = 0; i < _count; i++)
            {
                free += _top[i] - _bottom[i];
            }

            return free;
        }
    }

    /// <summary>Takes pages from the smallest range that has them, so that the largest stays in one piece for guests.</summary>
    public bool TryTake(ulong pages, out PageStretch stretch)
    {
        stretch = default;
        int best = -1;
        for (int i = 0; i < _count; i++)
        {
            ulong free = _top[i] - _bottom[i];
            if (free >= pages && (best < 0 || free < _top[best] - _bottom[best]))
            {
                best = i;
            }
        }

        if (best < 0)
        {
            return false;
        }

        stretch = new PageStretch(best, _bottom[best]);
        _bottom[best] += pages;
        return true;
    }

    /// <summary>Number of ranges.</summary>
    public readonly int Count => _count;

    /// <summary>Pages left in a range.</summary>
    public readonly ulong FreeIn(int range) => _top[range] - _bottom[range];

    /// <summary>Pages left in a range from the first physical multiple of <paramref name="alignment"/> pages to the last.</summary>
    public readonly ulong FreeIn(int range, ulong alignment)
    {
        ulong first = (_physical[range] + _bottom[range] + alignment - 1) / alignment * alignment;
        ulong end = (_physical[range] + _top[range]) / alignment * alignment;
        return end > first ? end - first : 0;
    }

    /// <summary>
    /// Takes pages whose physical address is a multiple of <paramref name="alignment"/> pages, from the smallest range that has them.
    /// </summary>
    public bool TryTakeAligned(ulong pages, ulong alignment, out PageStretch stretch)
    {
        stretch = default;
        int best = -1;
        for (int i = 0; i < _count; i++)
        {
            if (HasAligned(i, pages, alignment) && (best < 0 || FreeIn(i) < FreeIn(best)))
            {
                best = i;
            }
        }

        if (best < 0)
        {
            return false;
        }

        stretch = new PageStretch(best, LastAligned(best, pages, alignment) - _physical[best]);
        _top[best] = stretch.First;
        return true;
    }

    private readonly bool HasAligned(int range, ulong pages, ulong alignment) =>
        FreeIn(range) >= pages && LastAligned(range, pages, alignment) >= _physical[range] + _bottom[range];

    /// <summary>The last physical page with that alignment from which enough pages follow in a range that has them.</summary>
    private readonly ulong LastAligned(int range, ulong pages, ulong alignment) => (_physical[range] + _top[range] - pages) / alignment * alignment;
}

using Tierce.Kernel.Arch;

namespace Tierce.Kernel.Memory;

/// <summary>
/// Pages of a domain's kernel memory. Every table and object of the domain comes from here, and nothing else in the kernel allocates. A
/// domain can therefore make the kernel use only memory that was given for it.
/// </summary>
/// <remarks>Both operations are O(1): pages that were never taken lie above <c>untouched</c>, returned ones in a list.</remarks>
public unsafe struct Pool
{
    private ulong untouched;
    private ulong end;
    private void* free;
    private ulong freeCount;

    /// <summary>Pages left.</summary>
    public readonly ulong Available => end - untouched + freeCount;

    /// <summary>Makes the pool of <paramref name="pages"/> physical pages from page number <paramref name="firstPage"/>.</summary>
    public void Initialise(ulong firstPage, ulong pages)
    {
        Invariant.Holds(pages != 0 && firstPage + pages > firstPage);
        untouched = firstPage;
        end = firstPage + pages;
        free = null;
        freeCount = 0;
    }

    /// <summary>A page of zeros, or null if none is left.</summary>
    public void* Take()
    {
        // SAFETY: the pages are the pool's own, in the kernel's map of physical memory; a free page's first word links the list.
        Invariant.Holds(untouched <= end);
        Invariant.Holds((free == null) == (freeCount == 0));
        void* page = free;
        if (page != null)
        {
            free = *(void**)page;
            freeCount--;
        }
        else if (untouched < end)
        {
            page = Machine.ToVirtual(untouched << 12);
            untouched++;
        }
        else
        {
            return null;
        }

        Machine.ZeroPage(page);
        return page;
    }

    /// <summary>Returns a page that <see cref="Take"/> returned.</summary>
    public void Give(void* page)
    {
        // SAFETY: the page came from Take and nothing refers to it any more.
        Invariant.Holds(page != null && ((ulong)page & 4095) == 0);
        Invariant.Holds(page != free);
        Invariant.Holds(Machine.ToPhysical(page) >> 12 < untouched);
        *(void**)page = free;
        free = page;
        freeCount++;
    }
}

namespace Tierce.Root;

/// <summary>
/// Records which stretches of memory one guest was built of, in order. Building it again takes the same ones in the same order: a guest is
/// always built by the same steps, so the two orders agree.
/// </summary>
public unsafe struct MemoryJournal
{
    /// <summary>Most stretches; a guest needs about ten.</summary>
    private const int Capacity = 24;

    private fixed int _range[Capacity];
    private fixed ulong _first[Capacity];
    private fixed ulong _pages[Capacity];
    private int _count;
    private int _next;

    /// <summary>
    /// Pages of all stretches, without pages that the alignment of a large stretch left unused at the end of the machine's memory.
    /// </summary>
    public readonly ulong Pages
    {
        get
        {
            ulong pages = 0;
            for (int i = 0; i < _count; i++)
            {
                pages += _pages[i];
            }

            return pages;
        }
    }

    /// <summary>Returns to the first stretch.</summary>
    public void Rewind() => _next = 0;

    /// <summary>The stretch that this step took last time; false if there was no last time, or the size differs.</summary>
    public bool TryReplay(ulong pages, out PageStretch stretch)
    {
        stretch = default;
        if (_next == _count || _pages[_next] != pages)
        {
            return false;
        }

        stretch = new PageStretch(_range[_next], _first[_next]);
        _next++;
        return true;
    }

    /// <summary>
    /// Records what a step took. A stretch without room in the record is not used again, and costs memory at each restart.
    /// </summary>
    public void Add(in PageStretch stretch, ulong pages)
    {
        if (_next == _count && _count < Capacity)
        {
            _range[_count] = stretch.Range;
            _first[_count] = stretch.First;
            _pages[_count] = pages;
            _count++;
            _next++;
        }
    }
}

namespace Tierce.Kernel.Memory;

/// <summary>Free physical memory, in pages.</summary>
public struct MemoryRange
{
    /// <summary>First page number.</summary>
    public ulong First;

    /// <summary>Number of pages.</summary>
    public ulong Pages;

    /// <summary>Cuts pages off the front.</summary>
    /// <returns>First page number of the piece; the caller has checked that there are as many.</returns>
    public ulong Cut(ulong count)
    {
        Invariant.Holds(count <= Pages);
        ulong first = First;
        First += count;
        Pages -= count;
        return first;
    }
}

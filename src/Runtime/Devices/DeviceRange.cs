namespace Tierce.Runtime.Devices;

/// <summary>A range of pages of devices, as the value of a grant of the purpose DeviceMemory holds it.</summary>
public readonly struct DeviceRange
{
    private const int PagesShift = 34;
    private const ulong MostPages = (1UL << 30) - 1;

    /// <summary>Number of the first physical page.</summary>
    public readonly ulong First;

    /// <summary>Pages, 2^30 - 1 at most.</summary>
    public readonly ulong Pages;

    /// <summary>A range; a longer one is cut.</summary>
    public DeviceRange(ulong first, ulong pages)
    {
        First = first;
        Pages = pages < MostPages ? pages : MostPages;
    }

    /// <summary>The range of a value.</summary>
    public DeviceRange(ulong value)
        : this(value & ((1UL << PagesShift) - 1), value >> PagesShift)
    {
    }

    /// <summary>The value of the range.</summary>
    public ulong Value => First | (Pages << PagesShift);

    /// <summary>Whether a page lies in it.</summary>
    public bool Has(ulong page) => page >= First && page - First < Pages;
}

namespace Tierce.Runtime;

/// <summary>How a guest kernel enters the ROM.</summary>
public enum EntryWay : ulong
{
    /// <summary>The best way that the kernel offers: page, else patch-more, else patch, else trap.</summary>
    Auto = 0,

    /// <summary>SYSCALL, which the kernel reflects. Every guest can do this, and no byte of it is changed.</summary>
    Trap = 1,

    /// <summary>The monitor turns the kernel's SYSCALL stubs into calls.</summary>
    Patch = 2,

    /// <summary>The kernel calls slots of a page that it asked the monitor to fill.</summary>
    Page = 3,

    /// <summary>
    /// As <see cref="Patch"/>; in addition, those of the kernel's functions for Xen that the monitor recognises call the ROM, or are
    /// bypassed.
    /// </summary>
    PatchMore = 4,
}

/// <summary>Names of the ways, as the manifest's key <c>entry</c> and the log have them.</summary>
public static class EntryWays
{
    /// <summary>The name.</summary>
    public static ReadOnlySpan<byte> Name(EntryWay way)
    {
        switch (way)
        {
            case EntryWay.Trap: return "trap"u8;
            case EntryWay.Patch: return "patch"u8;
            case EntryWay.Page: return "page"u8;
            case EntryWay.PatchMore: return "patch-more"u8;
            default: return "auto"u8;
        }
    }

    /// <summary>The way of a name; false if there is none.</summary>
    public static bool TryParse(ReadOnlySpan<byte> name, out EntryWay way)
    {
        for (way = EntryWay.Auto; way <= EntryWay.PatchMore; way++)
        {
            if (name.SequenceEqual(Name(way)))
            {
                return true;
            }
        }

        return false;
    }
}

namespace Tierce.Monitor;

/// <summary>
/// The page tables that map one range of virtual addresses: for each level the frames are consecutive, the top first.
/// Levels are counted as the processor does: 1 holds pages, 4 is the top.
/// </summary>
public struct TableRange
{
    /// <summary>First address, and last address, of the range.</summary>
    public ulong First, Last;

    /// <summary>Frame of the first table of each level; level 4 is meaningless when the range shares another's top.</summary>
    public ulong Frame4, Frame3, Frame2, Frame1;

    /// <summary>How many tables there are.</summary>
    public ulong Frames;

    /// <summary>Plans tables from frame <paramref name="next"/> on for addresses from <paramref name="start"/> up to <paramref name="end"/> (which may be 0: the end of the address space).</summary>
    public static TableRange Over(ulong start, ulong end, ulong next, bool withTop)
    {
        TableRange range = default;
        range.First = start;
        range.Last = end - 1;
        ulong first = next;
        range.Frame4 = next;
        next += withTop ? 1UL : 0;
        range.Frame3 = next;
        next += range.Count(3);
        range.Frame2 = next;
        next += range.Count(2);
        range.Frame1 = next;
        next += range.Count(1);
        range.Frames = next - first;
        return range;
    }

    /// <summary>How many tables of a level (1 to 3) the range needs.</summary>
    public readonly ulong Count(int level) => Index(Last, level) - Index(First, level) + 1;

    /// <summary>Number, over the whole address space, of the table of a level that covers an address.</summary>
    public static ulong Index(ulong address, int level) => (address & 0xffff_ffff_ffff) >> (12 + (9 * level));

    /// <summary>Frame of the first table of a level.</summary>
    public readonly ulong Frame(int level) => level switch { 1 => Frame1, 2 => Frame2, 3 => Frame3, _ => Frame4 };
}

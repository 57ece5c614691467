using System.Runtime.CompilerServices;
using Tierce.Kernel.Arch;

namespace Tierce.Kernel.Translation.Cache;

/// <summary>
/// Divides long work into pieces. Between two of them interrupts are taken, whatever the work is for; a thread that they wake runs after
/// the work. A drain for a call that can be made again is an exception: it stops, and continues when the call is made again.
/// </summary>
internal unsafe struct WorkMeter
{
    // SAFETY: the cache's own memory.

    /// <summary>Entries that cost as much as finding a frame's copies.</summary>
    public const uint EntriesOfSearch = 8;

    /// <summary>Number of unchanged entries that cost as much as changing one leaf and restarting the comparison after it.</summary>
    public const uint EntriesOfChange = 8;

    /// <summary>Entries of a piece: ten instructions each if nothing has changed, about forty if an entry is changed or dropped.</summary>
    private const uint EntriesOfPiece = 128;

    /// <summary>Searches of the whole cache in this entry to the kernel.</summary>
    public int Searches;

    /// <summary>The interrupts taken last have woken a thread.</summary>
    public bool IsWoken;

    /// <summary>Entries processed since interrupts were last taken.</summary>
    private uint _entries;

    /// <summary>Counts work, and takes interrupts when a piece is done.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Charge(ref PageTableCache cache, uint entries)
    {
        cache.Work._entries = cache.Work._entries + entries;
        if (cache.Work._entries >= EntriesOfPiece)
        {
            TakeInterrupts(ref cache);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void TakeInterrupts(ref PageTableCache cache)
    {
        cache.Work._entries = 0;
        Machine.TakeInterrupts();
        cache.Work.IsWoken = Machine.HasToSwitch;
    }
}

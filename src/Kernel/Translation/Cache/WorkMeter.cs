using System.Runtime.CompilerServices;
using Tierce.Kernel.Arch;

namespace Tierce.Kernel.Translation.Cache;

/// <summary>
/// Divides long work into pieces. Between two of them interrupts are taken, whatever the work is for; a thread that they wake runs after
/// the work. A drain for a call that can be made again is an exception: it stops, and continues when the call is made again.
/// </summary>
public unsafe partial struct PageTableCache
{
    /// <summary>Entries of a piece: ten instructions each if nothing has changed, about forty if an entry is changed or dropped.</summary>
    private const uint EntriesOfPiece = 128;

    /// <summary>Entries that cost as much as finding a frame's copies.</summary>
    private const uint EntriesOfSearch = 8;

    /// <summary>Number of unchanged entries that cost as much as changing one leaf and restarting the comparison after it.</summary>
    private const uint EntriesOfChange = 8;

    /// <summary>Counts work, and takes interrupts when a piece is done.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void ChargeWork(uint entries)
    {
        work += entries;
        if (work >= EntriesOfPiece)
        {
            TakeInterrupts();
        }
    }

    /// <summary>Whether the current drain stops here, because an interrupt has woken a thread.</summary>
    private readonly bool GivesWay => woken && drainer != null;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void TakeInterrupts()
    {
        work = 0;
        Machine.TakeInterrupts();
        woken = Machine.HasToSwitch;
    }
}

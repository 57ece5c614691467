using System.Runtime.CompilerServices;
using Tierce.Kernel.Arch;

namespace Tierce.Kernel.Translation;

/// <summary>
/// Long work in pieces. Between two of them interrupts are taken, whatever the work is for; what they wake runs once the work is done.
/// A drain for a call that can be made again does not wait for that: it stops, and goes on when the call is made again.
/// </summary>
public unsafe partial struct Guest
{
    /// <summary>Entries of a piece: ten instructions each where nothing has changed, about forty where an entry is changed or dropped.</summary>
    private const uint EntriesOfPiece = 128;

    /// <summary>Entries that cost as much as finding a frame's copies.</summary>
    private const uint EntriesOfSearch = 8;

    /// <summary>Entries that cost as much to pass as changing one leaf, with beginning to compare again after it.</summary>
    private const uint EntriesOfChange = 8;

    /// <summary>Counts work, and takes interrupts when a piece is done.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Worked(uint entries)
    {
        work += entries;
        if (work >= EntriesOfPiece)
        {
            TakeInterrupts();
        }
    }

    /// <summary>Whether the drain under way stops here, because an interrupt has woken somebody.</summary>
    private readonly bool GivesWay => woken && drainer != null;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void TakeInterrupts()
    {
        work = 0;
        Machine.TakeInterrupts();
        woken = Machine.HasToSwitch;
    }
}

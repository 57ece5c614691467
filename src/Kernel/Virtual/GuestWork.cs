using System.Runtime.CompilerServices;

namespace Tierce.Kernel;

/// <summary>
/// Long work in pieces. Between two of them interrupts are taken, whatever the work is for; what they wake runs once the work is done.
/// A drain for a call that can be made again does not wait for that: it stops, and goes on when the call is made again.
/// </summary>
public unsafe partial struct Guest
{
    /// <summary>Entries of a piece: ten instructions each where nothing has changed, about forty where an entry is changed or dropped.</summary>
    private const uint EntriesOfPiece = 128;

    /// <summary>Finding a frame's copies costs as much as so many entries.</summary>
    private const uint EntriesOfSearch = 8;

    /// <summary>Changing a leaf, and beginning to compare again behind it, costs as much as so many that are passed.</summary>
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

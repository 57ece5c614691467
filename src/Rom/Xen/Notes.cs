using System.Runtime.CompilerServices;
using Tierce.Abi;

namespace Tierce.Rom.Xen;

/// <summary>Writes the note page (<see cref="NotePage"/>). Entries of one table that follow each other closely share a note.</summary>
[AssemblyNames("NOTES")]
internal static unsafe class Notes
{
    /// <summary>
    /// Longest distance of an entry after the last noted one with which it may share a note. Reading an entry again costs a few
    /// instructions, a note costs many.
    /// </summary>
    internal const ulong LongestGap = 8;

    /// <summary>The part that a note has in common with an entry of the same table: kind and frame.</summary>
    private const ulong TableMask = 0x000f_ffff_ffff_f007;
    private const ulong SlotMask = 0xff8;

    /// <summary>
    /// Notes that the entry at that guest-physical address was written. Tries to extend one of the last two notes, because a fork writes
    /// two tables in turn.
    /// </summary>
    internal static void Entry(ulong address)
    {
        NotePage* page = Machine.Notes;
        uint count = page->Count;
        ulong* end = &page->First + count;
        if (count - 1 >= NotePage.Capacity || !(Extend(end - 1, address) || (count > 1 && Extend(end - 2, address))))
        {
            Append(page, count, address);
        }
    }

    /// <summary>Extends a note to cover an entry too, if the entry follows closely enough.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Extend(ulong* note, ulong address)
    {
        ulong text = *note;
        if (((text ^ address) & TableMask) != 0)
        {
            return false;
        }

        ulong more = text >> NotePage.MoreShift;
        ulong distance = ((address & SlotMask) - (text & SlotMask)) >> 3;
        if (distance <= more)
        {
            return true;
        }

        if (distance - more > LongestGap)
        {
            return false;
        }

        *note = text + ((distance - more) << NotePage.MoreShift);
        return true;
    }

    /// <summary>Notes that the frame is no page table any more.</summary>
    internal static void Drop(ulong frame) => Append(Machine.Notes, Machine.Notes->Count, (frame << 12) | (ulong)NoteKind.Drop);

    private static void Append(NotePage* page, uint count, ulong note)
    {
        if (count >= NotePage.Capacity)
        {
            page->Count = NotePage.Capacity + 1;
            return;
        }

        (&page->First)[count] = note;
        page->Count = count + 1;
    }
}

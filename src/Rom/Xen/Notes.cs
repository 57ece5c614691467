using Tierce.Abi;
using Tierce.Rom.State;

namespace Tierce.Rom.Xen;

/// <summary>Writes the note page (<see cref="NotePage"/>). A long run of entries of one table becomes one note.</summary>
internal static unsafe class Notes
{
    /// <summary>Entries of one table in a row that are noted one by one: re-reading a whole table costs about as much as this many.</summary>
    internal const uint LongestRun = 16;

    private const ulong FrameMask = ~0xfffUL;

    /// <summary>The entry at that guest-physical address was written.</summary>
    internal static void Entry(ulong address)
    {
        RomState* state = Machine.State;
        NotePage* page = Machine.Notes;
        uint count = page->Count;
        ulong frame = address & FrameMask;
        if (state->NoteRunFrame != frame || count == 0)
        {
            state->NoteRunFrame = frame;
            state->NoteRunLength = 1;
            Append(page, count, address);
            return;
        }

        uint length = state->NoteRunLength;
        if (length > LongestRun)
        {
            return;
        }

        if (length == LongestRun && count >= LongestRun && count <= NotePage.Capacity)
        {
            count -= LongestRun;
            (&page->First)[count] = frame | (ulong)NoteKind.Table;
            page->Count = count + 1;
        }
        else
        {
            Append(page, count, address);
        }

        state->NoteRunLength = length + 1;
    }

    /// <summary>The frame is no page table any more.</summary>
    internal static void Drop(ulong frame)
    {
        Machine.State->NoteRunFrame = ulong.MaxValue;
        Append(Machine.Notes, Machine.Notes->Count, (frame << 12) | (ulong)NoteKind.Drop);
    }

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

using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;
using Tierce.Abi;

namespace Tierce.Kernel;

/// <summary>Comparing leaves with the guest's entries, many at a time: what drains and filling ahead spend their time in.</summary>
public unsafe partial struct Guest
{
    /// <summary>What <see cref="SyncLeaves"/> does.</summary>
    [Flags]
    private enum LeafWork
    {
        /// <summary>Looks at present leaves.</summary>
        Sync = 1,

        /// <summary>Fills absent ones, where nothing need be noted in the guest's entry for it.</summary>
        Fill = 2,
    }

    /// <summary>Leaves that are compared without a look at the work done.</summary>
    private const int LeavesAtOnce = 64;

    /// <summary>The same where whole lines are, in half of the time.</summary>
    private const int LeavesOfLinesAtOnce = 128;

    /// <summary>Leaves of a line: what <see cref="TableRecord.Lines"/> has a bit for.</summary>
    private const int LineLeaves = 8;

    /// <summary>Bits that a guest's entry must have to be cached in a table of a role without a fault: nothing need be noted in it, nobody is kept out.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Needed(TableRole role) =>
        PageEntry.Present | PageEntry.Accessed | (role == TableRole.Kernel ? 0 : PageEntry.User);

    /// <summary>
    /// What of a guest's entry that has those bits its leaf takes over. The processor has no use for dirty in it, since what is
    /// writable is dirty too: with dirty taken over, a leaf that is writable and the same as its entry stands for a dirty one.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Taken(ulong needed) => needed | PageEntry.AddressMask | PageEntry.NoExecute | PageEntry.Writable | PageEntry.Dirty;

    /// <summary>What is added to that: the base of the guest's memory and the flags that all leaves have.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly ulong Added(TableRole role, ulong needed) => leafBases[(int)role] - needed;

    /// <summary>
    /// The shared half of a guest may be global: what its two roots share stays in the TLB from one to the other. The kernel half never
    /// is: guest user must not find it there.
    /// </summary>
    private void SetLeafBases()
    {
        ulong plain = (firstPage << 12) | LeafFlags;
        leafBases[(int)TableRole.Kernel] = plain;
        leafBases[(int)TableRole.Shared] = plain | (Machine.KeepsGlobals ? PageEntry.Global : 0);
        leafBases[(int)TableRole.User] = plain;
    }

    /// <summary>Whether a guest's entry may be a leaf: nothing need be noted in it, and the frame is owned.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsUsable(ulong guest, ulong needed, ulong limit) =>
        (guest & needed) == needed && (guest & PageEntry.AddressMask) < limit;

    /// <summary>From a leaf to the guest's entry that it is made from.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly nint ToGuest(TableRecord* record, ulong* place) => (nint)GuestEntry(record->Frame, 0) - (nint)((ulong)place & ~0xfffUL);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void SyncLeaves(int table, TableRecord* record, int slot, int end, LeafWork what)
    {
        Worked(end - slot);
        ulong* entries = Tables.Entries(table);
        ulong* last = entries + end;
        for (ulong* place = entries + slot; (place = PassLeaves(record, place, last, what)) != last; place++)
        {
            Worked(EntriesOfChange);
            SyncLeaf(record, place, fills: false);
        }
    }

    /// <summary>Compares the leaves of whole lines, as drains do: nearly all are what the guest's entries say.</summary>
    private void SyncLines(int table, TableRecord* record, int slot, int end)
    {
        ulong* entries = Tables.Entries(table);
        while (slot < end)
        {
            int piece = end - slot < LeavesOfLinesAtOnce ? end - slot : LeavesOfLinesAtOnce;
            Worked(piece / 2);
            ulong* last = entries + slot + piece;
            for (ulong* line = entries + slot; (line = PassLines(record, line, last)) != last; line += LineLeaves)
            {
                Worked(2 * EntriesOfChange);
                for (int i = 0; i < LineLeaves; i++)
                {
                    SyncLeaf(record, line + i, fills: false);
                }
            }

            slot += piece;
        }
    }

    /// <summary>
    /// Passes over lines whose leaves are what the guest's entries say, or absent. It calls nothing, so that all it needs stays in
    /// registers: five instructions a leaf.
    /// </summary>
    /// <returns>The first line with a leaf that has to be looked at, or the end.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private readonly ulong* PassLines(TableRecord* record, ulong* line, ulong* end)
    {
        ulong needed = Needed(record->Role);
        ulong taken = Taken(needed);
        ulong added = Added(record->Role, needed);
        nint toGuest = ToGuest(record, line);
        for (; line < end; line += LineLeaves)
        {
            ulong* guest = (ulong*)((nint)line + toGuest);
            bool settled = IsSettled(guest, line, taken, added) && IsSettled(guest + 1, line + 1, taken, added)
                && IsSettled(guest + 2, line + 2, taken, added) && IsSettled(guest + 3, line + 3, taken, added)
                && IsSettled(guest + 4, line + 4, taken, added) && IsSettled(guest + 5, line + 5, taken, added)
                && IsSettled(guest + 6, line + 6, taken, added) && IsSettled(guest + 7, line + 7, taken, added);
            if (!settled)
            {
                break;
            }
        }

        return line;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsSettled(ulong* guest, ulong* place, ulong taken, ulong added) =>
        (Volatile.Read(ref *guest) & taken) + added == *place || *place == 0;

    /// <summary>
    /// Passes over leaves that are what the guest's entries say, and fills absent ones if it is asked to. It calls nothing either.
    /// </summary>
    /// <returns>The first present leaf that has to be looked at, or the end.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private readonly ulong* PassLeaves(TableRecord* record, ulong* place, ulong* end, LeafWork what)
    {
        ulong needed = Needed(record->Role);
        ulong taken = Taken(needed);
        ulong added = Added(record->Role, needed);
        ulong limit = (what & LeafWork.Fill) != 0 ? frames << 12 : 0;
        nint toGuest = ToGuest(record, place);
        ulong* first = place;
        bool filled = false;
        for (; place < end; place++)
        {
            ulong entry = *place;
            ulong guest = Volatile.Read(ref *(ulong*)((nint)place + toGuest));
            ulong leaf = (guest & taken) + added;
            if (entry != 0)
            {
                if (leaf != entry && (what & LeafWork.Sync) != 0)
                {
                    break;
                }

                continue;
            }

            if (!IsUsable(guest, needed, limit))
            {
                continue;
            }

            if ((leaf & PageEntry.Writable) != 0)
            {
                ref uint uses = ref writers[PageEntry.Frame(guest)];
                bool writable = (leaf & PageEntry.Dirty) != 0 && (uses & CopiesFlag) == 0;
                leaf &= writable ? ulong.MaxValue : ~PageEntry.Writable;
                uses += writable ? 1U : 0;
            }

            *place = leaf;
            filled = true;
        }

        if (filled)
        {
            record->UseLines(PageEntry.Slot(first) >> 3, PageEntry.Slot(place - 1) >> 3);
        }

        return place;
    }

    /// <summary>Makes a leaf what the guest's entry says now, or absent. An absent one stays so unless it is to be filled.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void SyncLeaf(TableRecord* record, ulong* place, bool fills)
    {
        ulong needed = Needed(record->Role);
        ulong guest = Volatile.Read(ref *GuestEntry(record->Frame, PageEntry.Slot(place)));
        ulong leaf = (guest & Taken(needed)) + Added(record->Role, needed);
        ulong old = *place;
        if (old == leaf || (old == 0 && !fills))
        {
            return;
        }

        if (!IsUsable(guest, needed, frames << 12))
        {
            leaf = 0;
        }
        else if ((leaf & PageEntry.Writable) != 0 && ((leaf & PageEntry.Dirty) == 0 || HasCopies(PageEntry.Frame(guest))))
        {
            leaf &= ~PageEntry.Writable;
        }

        SetLeaf(record, place, leaf);
    }

    /// <summary>Clears the leaves of a line.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void ClearLine(ulong* line)
    {
        ulong any = line[0] | line[1] | line[2] | line[3] | line[4] | line[5] | line[6] | line[7];
        if ((any & PageEntry.Writable) != 0)
        {
            ForgetWriters(line);
        }

        *(LeafLine*)line = default;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private readonly void ForgetWriters(ulong* line)
    {
        for (ulong* end = line + LineLeaves; line < end; line++)
        {
            if ((*line & PageEntry.Writable) != 0)
            {
                writers[PageEntry.Frame(*line) - firstPage]--;
            }
        }
    }

    /// <summary>The memory of a line.</summary>
    [StructLayout(LayoutKind.Sequential, Size = LineLeaves * sizeof(ulong))]
    private struct LeafLine
    {
        private ulong first;
    }
}

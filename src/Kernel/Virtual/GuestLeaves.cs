using System;
using System.Runtime.CompilerServices;
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

    /// <summary>How far the dirty bit lies above the writable bit.</summary>
    private const int DirtyToWritable = 5;

    /// <summary>Bits that a guest's entry must have to be cached in a table of a role without a fault: nothing need be noted in it, nobody is kept out.</summary>
    private static ulong Needed(TableRole role) =>
        PageEntry.Present | PageEntry.Accessed | (role == TableRole.Kernel ? 0 : PageEntry.User);

    /// <summary>What of a guest's entry that has those bits its leaf takes over.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Taken(ulong needed) => needed | PageEntry.AddressMask | PageEntry.NoExecute | PageEntry.Writable;

    /// <summary>What is added to that: the base of the guest's memory and the flags that all leaves have.</summary>
    private readonly ulong Added(ulong needed) => (firstPage << 12) + LeafFlags - needed;

    /// <summary>The leaf for a guest's entry. Dirty, moved to the place of writable, keeps that.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong LeafOf(ulong guest, ulong taken, ulong added) =>
        (guest & taken & ((guest >> DirtyToWritable) | ~PageEntry.Writable)) + added;

    /// <summary>Whether a guest's entry, which names that frame, may be a leaf.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly bool IsUsable(ulong guest, ulong needed, ulong frame) => (guest & needed) == needed && frame < frames;

    /// <summary>Makes entries of a table what the guest's say.</summary>
    /// <param name="table">A copy.</param>
    /// <param name="record">Its record.</param>
    /// <param name="slot">First slot.</param>
    /// <param name="end">Slot after the last.</param>
    /// <param name="what">What is done with leaves.</param>
    private void SyncEntries(int table, TableRecord* record, int slot, int end, LeafWork what)
    {
        if (record->Level != 1)
        {
            SyncLinks(table, record, slot, end);
            return;
        }

        for (; end - slot > LeavesAtOnce; slot += LeavesAtOnce)
        {
            SyncLeaves(table, record, slot, slot + LeavesAtOnce, what);
        }

        SyncLeaves(table, record, slot, end, what);
    }

    private void SyncLeaves(int table, TableRecord* record, int slot, int end, LeafWork what)
    {
        Worked(end - slot);
        ulong* entries = Tables.Entries(table);
        ulong* last = entries + end;
        for (ulong* place = entries + slot; (place = PassLeaves(record, place, last, what)) != last; place++)
        {
            ChangeLeaf(record, place);
        }
    }

    /// <summary>
    /// Passes over leaves that are what the guest's entries say, as nearly all are, and fills absent ones. It calls nothing, so that
    /// all it needs stays in registers.
    /// </summary>
    /// <returns>The first present leaf that has to be changed, or the end.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private readonly ulong* PassLeaves(TableRecord* record, ulong* place, ulong* end, LeafWork what)
    {
        ulong needed = Needed(record->Role);
        ulong taken = Taken(needed);
        ulong added = Added(needed);
        nint toGuest = (nint)GuestEntry(record->Frame, 0) - (nint)((ulong)place & ~0xfffUL);
        for (; place < end; place++)
        {
            ulong guest = Volatile.Read(ref *(ulong*)((nint)place + toGuest));
            ulong entry = *place;
            ulong leaf = LeafOf(guest, taken, added);
            if (leaf == entry)
            {
                continue;
            }

            if (entry != 0)
            {
                if ((what & LeafWork.Sync) != 0)
                {
                    break;
                }

                continue;
            }

            ulong frame = PageEntry.Frame(guest);
            if ((what & LeafWork.Fill) == 0 || !IsUsable(guest, needed, frame))
            {
                continue;
            }

            if ((leaf & PageEntry.Writable) != 0)
            {
                uint uses = writers[frame];
                if ((uses & CopiesFlag) != 0)
                {
                    leaf &= ~PageEntry.Writable;
                }
                else
                {
                    writers[frame] = uses + 1;
                }
            }

            record->UseLine((int)((ulong)place >> 6));
            *place = leaf;
        }

        return place;
    }

    /// <summary>Makes a present leaf what the guest's entry says now, or absent.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ChangeLeaf(TableRecord* record, ulong* place)
    {
        ulong needed = Needed(record->Role);
        ulong guest = Volatile.Read(ref *GuestEntry(record->Frame, (int)((ulong)place & 0xfff) >> 3));
        ulong frame = PageEntry.Frame(guest);
        ulong leaf = 0;
        if (IsUsable(guest, needed, frame))
        {
            leaf = LeafOf(guest, Taken(needed), Added(needed));
            leaf &= HasCopies(frame) ? ~PageEntry.Writable : ulong.MaxValue;
        }

        SetLeaf(record, place, leaf);
    }

    /// <summary>Clears eight leaves.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private readonly void ClearLeaves(ulong* place)
    {
        for (ulong* end = place + 8; place < end; place++)
        {
            ulong old = *place;
            *place = 0;
            if ((old & PageEntry.Writable) != 0)
            {
                writers[PageEntry.Frame(old) - firstPage]--;
            }
        }
    }
}

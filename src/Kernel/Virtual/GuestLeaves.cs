using System.Runtime.CompilerServices;
using System.Threading;
using Tierce.Abi;

namespace Tierce.Kernel;

/// <summary>Comparing leaves with the guest's entries, many at a time: what drains and filling ahead spend their time in.</summary>
public unsafe partial struct Guest
{
    /// <summary>Position of the writable bit, and how far above it the dirty bit lies.</summary>
    private const int WritableShift = 1, DirtyToWritable = 5;

    /// <summary>Bits that a guest's entry must have to be cached in a table of a role without a fault: nothing need be noted in it, nobody is kept out.</summary>
    private static ulong Needed(TableRole role) =>
        PageEntry.Present | PageEntry.Accessed | (role == TableRole.Kernel ? 0 : PageEntry.User);

    /// <summary>
    /// Makes leaves of a table what the guest's entries say. Nearly all present ones are what they were: those are seen with one
    /// comparison.
    /// </summary>
    /// <param name="table">A copy of level 1.</param>
    /// <param name="record">Its record.</param>
    /// <param name="slot">First slot.</param>
    /// <param name="end">Slot after the last.</param>
    /// <param name="sync">Look at present leaves.</param>
    /// <param name="fill">Fill absent ones, where nothing need be noted in the guest's entry for it.</param>
    private void SyncLeaves(int table, TableRecord* record, int slot, int end, bool sync, bool fill)
    {
        // What of a guest's entry is compared, and what makes a cached leaf of that: the base of the guest's memory and the flags that all have.
        ulong needed = Needed(record->Role);
        ulong compared = needed | PageEntry.AddressMask | PageEntry.NoExecute | PageEntry.Writable;
        ulong added = (firstPage << 12) + LeafFlags - needed;
        ulong* entries = Tables.Entries(table);
        ulong* guestEntries = GuestEntry(record->Frame, 0);
        for (; slot < end; slot++)
        {
            ulong entry = entries[slot];
            if (entry == 0 ? !fill : !sync)
            {
                continue;
            }

            // Dirty, moved to the place of writable, keeps that.
            ulong guest = Volatile.Read(ref guestEntries[slot]);
            ulong leaf = (guest & compared & ((guest >> DirtyToWritable) | ~PageEntry.Writable)) + added;
            bool usable = (guest & needed) == needed;
            if (leaf != entry && (usable || entry != 0))
            {
                ChangeLeaf(table, slot, entry, usable ? leaf : 0, PageEntry.Frame(guest));
            }
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ChangeLeaf(int table, int slot, ulong entry, ulong leaf, ulong frame)
    {
        if (leaf == 0 || frame >= frames)
        {
            if (entry != 0)
            {
                SetLeaf(table, slot, 0);
            }

            return;
        }

        leaf &= HasCopies(frame) ? ~PageEntry.Writable : ulong.MaxValue;
        if (entry != 0)
        {
            SetLeaf(table, slot, leaf);
            return;
        }

        writers[frame] += (uint)(leaf & PageEntry.Writable) >> WritableShift;
        Tables.Record(table)->Use(slot);
        Tables.Entries(table)[slot] = leaf;
    }
}

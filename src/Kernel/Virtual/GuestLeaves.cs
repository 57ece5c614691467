using System.Threading;
using Tierce.Abi;

namespace Tierce.Kernel;

/// <summary>Comparing leaves with the guest's entries, many at a time: what drains and filling ahead spend their time in.</summary>
public unsafe partial struct Guest
{
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
        const ulong WritableAndDirty = PageEntry.Writable | PageEntry.Dirty;
        ulong* entries = Tables.Entries(table);
        ulong* guestEntries = GuestEntry(record->Frame, 0);
        ulong needed = Needed(record->Role);
        ulong start = firstPage << 12;
        ulong limit = frames << 12;
        for (; slot < end; slot++)
        {
            ulong entry = entries[slot];
            bool present = (entry & PageEntry.Present) != 0;
            if (!(present ? sync : fill))
            {
                continue;
            }

            ulong guest = Volatile.Read(ref guestEntries[slot]);
            ulong address = guest & PageEntry.AddressMask;
            if ((guest & needed) != needed || address >= limit)
            {
                if (present)
                {
                    SetLeaf(table, slot, 0);
                }

                continue;
            }

            ulong leaf = (address + start) | LeafFlags | (guest & PageEntry.NoExecute);
            leaf |= (guest & WritableAndDirty) == WritableAndDirty ? PageEntry.Writable : 0;
            if (leaf == entry)
            {
                continue;
            }

            ulong frame = address >> 12;
            leaf &= HasCopies(frame) ? ~PageEntry.Writable : ulong.MaxValue;
            if (present)
            {
                SetLeaf(table, slot, leaf);
                continue;
            }

            writers[frame] += (leaf & PageEntry.Writable) != 0 ? 1U : 0;
            record->Use(slot);
            entries[slot] = leaf;
        }
    }
}

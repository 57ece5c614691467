using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;
using Tierce.Abi;
using Tierce.Kernel.Arch;
using Tierce.Kernel.Arch.Formats;

namespace Tierce.Kernel.Translation.Cache;

/// <summary>Compares leaves with the guest's entries, many at a time. Drains and filling ahead spend most of their time here.</summary>
public unsafe partial struct PageTableCache
{
    // SAFETY: a copy and the guest's table that it is a copy of have the same layout, so that one distance leads from each
    // entry to its original.

    /// <summary>Leaves that are compared before interrupts are considered.</summary>
    private const int LeavesAtOnce = 64;

    /// <summary>The same for whole lines, which take half the time.</summary>
    private const int LeavesOfLinesAtOnce = 128;

    /// <summary>Leaves of a line, which has one bit in <see cref="TableRecord.Lines"/>.</summary>
    private const int LineLeaves = 8;

    /// <summary>
    /// Bits that a guest's entry must have to be cached in a table of a role without a fault: the processor would have nothing to set in
    /// it, and the role's users may use it.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong RequiredBits(TableRole role) => (ulong)(role & TableRole.MostNeeded);

    /// <summary>
    /// The bits that a leaf copies from a guest's entry which has those bits. Among them is dirty, which the processor does not need in the
    /// leaf, since a writable leaf is dirty too. Therefore a writable leaf that equals its entry stands for a dirty one.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong LeafMask(ulong needed) => needed | PageEntry.AddressMask | PageEntry.NoExecute | PageEntry.Writable | PageEntry.Dirty;

    /// <summary>The number to add to them: the base of the guest's memory and the flags that all leaves have.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly ulong LeafBias(TableRole role, ulong needed) => leafBases[(int)role] - needed;

    /// <summary>
    /// The shared half of a guest may be global, so that translations which its two roots share stay in the TLB from one to the other. The
    /// kernel half never is, because guest user must not find it there.
    /// </summary>
    private void SetLeafBases()
    {
        ulong plain = (Guest.FirstPage << 12) | LeafFlags;
        leafBases[(int)TableRole.Kernel] = plain;
        leafBases[(int)TableRole.Shared] = plain | (Machine.KeepsGlobals ? PageEntry.Global : 0);
        leafBases[(int)TableRole.User] = plain;
        leafBases[(int)TableRole.Open] = plain;
    }

    /// <summary>The guest's entry for an entry of a table's copy.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly ulong* Original(TableRecord* record, ulong* place) => (ulong*)(Guest.FrameAddress(record->Frame) + ((ulong)place & 0xfff));

    /// <summary>Whether a guest's entry may be a leaf: the processor would have nothing to set in it, and the frame is owned.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly bool IsUsable(ulong guest, ulong needed) =>
        (guest & needed) == needed && (guest & PageEntry.AddressMask) < Guest.Frames << 12;

    /// <summary>Number of entries from one up to another.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint EntryCount(ulong* first, ulong* end) => (uint)((ulong)end - (ulong)first) / sizeof(ulong);

    /// <summary>Compares leaves, and fills absent ones for which the processor would have nothing to set in the guest's entry.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void SyncLeaves(TableRecord* record, ulong* place, ulong* end)
    {
        ChargeWork(EntryCount(place, end));
        for (; (place = PassLeaves(record, place, end)) != end; place++)
        {
            ChargeWork(EntriesOfChange);
            SyncLeaf(record, place, fills: true);
        }
    }

    /// <summary>Compares the leaves of whole lines, as drains do. Nearly all agree with the guest's entries.</summary>
    private void SyncLines(TableRecord* record, ulong* line, ulong* end)
    {
        while (line < end)
        {
            ulong* last = EntryCount(line, end) < LeavesOfLinesAtOnce ? end : line + LeavesOfLinesAtOnce;
            ChargeWork(EntryCount(line, last) / 2);
            for (; (line = PassLines(record, line, last)) != last; line += LineLeaves)
            {
                ChargeWork(2 * EntriesOfChange);
                for (ulong* place = line; place < line + LineLeaves; place++)
                {
                    if (*place != 0)
                    {
                        SyncLeaf(record, place, fills: false);
                    }
                }
            }
        }
    }

    /// <summary>
    /// Skips lines whose leaves agree with the guest's entries, or are absent. It calls no function, so that everything stays in registers:
    /// five instructions for each leaf. Each leaf is compared in memory and not loaded, hence the volatile reads of the cache's own
    /// entries.
    /// </summary>
    /// <returns>The first line with a leaf that differs, or the end.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private readonly ulong* PassLines(TableRecord* record, ulong* line, ulong* end)
    {
        ulong needed = RequiredBits(record->Role);
        ulong mask = LeafMask(needed);
        ulong bias = LeafBias(record->Role, needed);
        nint toGuest = (nint)Original(record, line) - (nint)line;
        for (; line < end; line += LineLeaves)
        {
            ulong* guest = (ulong*)((nint)line + toGuest);
            if (((Volatile.Read(ref guest[0]) & mask) + bias != Volatile.Read(ref line[0]) && Volatile.Read(ref line[0]) != 0)
                || ((Volatile.Read(ref guest[1]) & mask) + bias != Volatile.Read(ref line[1]) && Volatile.Read(ref line[1]) != 0)
                || ((Volatile.Read(ref guest[2]) & mask) + bias != Volatile.Read(ref line[2]) && Volatile.Read(ref line[2]) != 0)
                || ((Volatile.Read(ref guest[3]) & mask) + bias != Volatile.Read(ref line[3]) && Volatile.Read(ref line[3]) != 0)
                || ((Volatile.Read(ref guest[4]) & mask) + bias != Volatile.Read(ref line[4]) && Volatile.Read(ref line[4]) != 0)
                || ((Volatile.Read(ref guest[5]) & mask) + bias != Volatile.Read(ref line[5]) && Volatile.Read(ref line[5]) != 0)
                || ((Volatile.Read(ref guest[6]) & mask) + bias != Volatile.Read(ref line[6]) && Volatile.Read(ref line[6]) != 0)
                || ((Volatile.Read(ref guest[7]) & mask) + bias != Volatile.Read(ref line[7]) && Volatile.Read(ref line[7]) != 0))
            {
                break;
            }
        }

        return line;
    }

    /// <summary>
    /// Skips leaves that agree with the guest's entries, and fills absent ones that are only read. It calls no function either.
    /// </summary>
    /// <returns>The first leaf that differs, or the end.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private readonly ulong* PassLeaves(TableRecord* record, ulong* place, ulong* end)
    {
        ulong needed = RequiredBits(record->Role);
        ulong mask = LeafMask(needed);
        ulong bias = LeafBias(record->Role, needed);
        ulong simple = needed | PageEntry.Writable | highFrameBits;
        nint toGuest = (nint)Original(record, place) - (nint)place;
        ulong* first = place;
        bool filled = false;
        for (; place < end; place++)
        {
            ulong guest = Volatile.Read(ref *(ulong*)((nint)place + toGuest));
            ulong leaf = (guest & mask) + bias;
            if (Volatile.Read(ref *place) != 0)
            {
                if (Volatile.Read(ref *place) != leaf)
                {
                    break;
                }
            }
            else if ((guest & simple) == needed)
            {
                *place = leaf;
                filled = true;
            }
            else if (IsUsable(guest, needed))
            {
                break;
            }
        }

        if (filled)
        {
            record->UseLines((int)((ulong)first >> 6), (int)((ulong)(place - 1) >> 6));
        }

        return place;
    }

    /// <summary>Updates a leaf from the guest's entry, or removes it. Fills an absent one only if asked to.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void SyncLeaf(TableRecord* record, ulong* place, bool fills)
    {
        ulong needed = RequiredBits(record->Role);
        ulong guest = Volatile.Read(ref *Original(record, place));
        ulong leaf = (guest & LeafMask(needed)) + LeafBias(record->Role, needed);
        ulong old = *place;
        if (old == leaf || (old == 0 && !fills))
        {
            return;
        }

        if (!IsUsable(guest, needed))
        {
            leaf = 0;
        }
        else if ((leaf & PageEntry.Writable) != 0 && ((leaf & PageEntry.Dirty) == 0 || HasCopies(PageEntry.Frame(guest))))
        {
            leaf &= ~PageEntry.Writable;
        }

        SetLeaf(record, place, leaf);
    }

    /// <summary>Clears the leaves of lines.</summary>
    private void ClearLeaves(ulong* entries, ulong lines)
    {
        for (; lines != 0; lines &= lines - 1)
        {
            ChargeWork(LineLeaves);
            ulong* line = entries + (BitOperations.TrailingZeroCount(lines) << 3);
            ulong any = line[0] | line[1] | line[2] | line[3] | line[4] | line[5] | line[6] | line[7];
            if ((any & PageEntry.Writable) != 0)
            {
                ForgetWriters(line);
            }

            *(LeafLine*)line = default;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private readonly void ForgetWriters(ulong* line)
    {
        for (ulong* end = line + LineLeaves; line < end; line++)
        {
            if ((*line & PageEntry.Writable) != 0)
            {
                writers[PageEntry.Frame(*line) - Guest.FirstPage]--;
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

using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;
using Tierce.Kernel.Arch;
using Tierce.Kernel.Arch.Formats;

namespace Tierce.Kernel.Translation.Cache;

/// <summary>
/// Sets leaves, and compares them with the guest's entries, many at a time. Drains and filling ahead spend most of their time here.
/// </summary>
internal static unsafe class CacheLeaves
{
    // SAFETY: a copy and the guest's table that it is a copy of have the same layout, so that one distance leads from each
    // entry to its original.

    /// <summary>Leaves that are compared before interrupts are considered.</summary>
    public const int LeavesAtOnce = 64;

    /// <summary>Leaves of a line, which has one bit in <see cref="TableRecord.Lines"/>.</summary>
    public const int LineLeaves = 8;

    /// <summary>As <see cref="LeavesAtOnce"/> for whole lines, which take half the time.</summary>
    private const int LeavesOfLinesAtOnce = 128;

    /// <summary>Sets a leaf and keeps count of the frame's writers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SetLeaf(ref PageTableCache cache, TableRecord* record, ulong* place, ulong entry)
    {
        Invariant.Holds(record->Level == 1 && (entry == 0 || (entry & PageEntry.Present) != 0));
        Invariant.Holds((*place & PageEntry.Present) != 0 || *place == 0);

        // An absent entry is 0.
        ulong old = *place;
        if (old == 0)
        {
            record->UseLine((int)((ulong)place >> 6));
        }
        else
        {
            if ((old & PageEntry.Writable) != 0)
            {
                Invariant.Holds(cache.Uses.Writers(PageEntry.Frame(old) - cache.Guest.FirstPage) != 0);
                cache.Uses.RemoveWriter(PageEntry.Frame(old) - cache.Guest.FirstPage);
            }

            if (!Widens(old, entry))
            {
                cache.Tlb.IsStale = true;
            }
        }

        if ((entry & PageEntry.Writable) != 0)
        {
            cache.Uses.AddWriter(PageEntry.Frame(entry) - cache.Guest.FirstPage);
        }

        *place = entry;
    }

    /// <summary>
    /// Whether a leaf allows everything that it allowed before. The TLB then need not be flushed: a fault for a right that the TLB does not
    /// have yet makes the processor drop that address itself (Intel SDM vol. 3, 4.10.4.1), and the next walk finds it.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Widens(ulong old, ulong entry)
    {
        // A right that it had, or any bit that is no right. The TLB does not use dirty.
        const ulong Rights = PageEntry.Writable | PageEntry.NoExecute;
        return ((old ^ entry) & ~PageEntry.Dirty & ((old ^ PageEntry.NoExecute) | ~Rights)) == 0;
    }

    /// <summary>The guest's entry for an entry of a table's copy.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong* Original(ref PageTableCache cache, TableRecord* record, ulong* place) => (ulong*)(cache.Guest.FrameAddress(record->Frame) + ((ulong)place & 0xfff));

    /// <summary>Whether a guest's entry may be a leaf: the processor would have nothing to set in it, and the frame is owned.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsUsable(ref PageTableCache cache, ulong guest, ulong needed) =>
        (guest & needed) == needed && (guest & PageEntry.AddressMask) < cache.Guest.Frames << 12;

    /// <summary>Number of entries from one up to another.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint EntryCount(ulong* first, ulong* end) => (uint)((ulong)end - (ulong)first) / sizeof(ulong);

    /// <summary>Compares leaves, and fills absent ones for which the processor would have nothing to set in the guest's entry.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SyncLeaves(ref PageTableCache cache, TableRecord* record, ulong* place, ulong* end)
    {
        WorkMeter.Charge(ref cache, EntryCount(place, end));
        for (; (place = PassLeaves(ref cache, record, place, end)) != end; place++)
        {
            WorkMeter.Charge(ref cache, WorkMeter.EntriesOfChange);
            SyncLeaf(ref cache, record, place, fills: true);
        }
    }

    /// <summary>Compares the leaves of whole lines, as drains do. Nearly all agree with the guest's entries.</summary>
    public static void SyncLines(ref PageTableCache cache, TableRecord* record, ulong* line, ulong* end)
    {
        while (line < end)
        {
            ulong* last = EntryCount(line, end) < LeavesOfLinesAtOnce ? end : line + LeavesOfLinesAtOnce;
            WorkMeter.Charge(ref cache, EntryCount(line, last) / 2);
            for (; (line = PassLines(ref cache, record, line, last)) != last; line += LineLeaves)
            {
                WorkMeter.Charge(ref cache, 2 * WorkMeter.EntriesOfChange);
                for (ulong* place = line; place < line + LineLeaves; place++)
                {
                    if (*place != 0)
                    {
                        SyncLeaf(ref cache, record, place, fills: false);
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
    private static ulong* PassLines(ref PageTableCache cache, TableRecord* record, ulong* line, ulong* end)
    {
        ulong needed = LeafForm.Required(record->Role);
        ulong mask = LeafForm.Mask(needed);
        ulong bias = cache.Leaves.Bias(record->Role, needed);
        nint toGuest = (nint)Original(ref cache, record, line) - (nint)line;
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
    private static ulong* PassLeaves(ref PageTableCache cache, TableRecord* record, ulong* place, ulong* end)
    {
        ulong needed = LeafForm.Required(record->Role);
        ulong mask = LeafForm.Mask(needed);
        ulong bias = cache.Leaves.Bias(record->Role, needed);
        ulong simple = needed | PageEntry.Writable | cache.Leaves.HighFrameBits;
        nint toGuest = (nint)Original(ref cache, record, place) - (nint)place;
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
            else if (IsUsable(ref cache, guest, needed))
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
    public static void SyncLeaf(ref PageTableCache cache, TableRecord* record, ulong* place, bool fills)
    {
        ulong needed = LeafForm.Required(record->Role);
        ulong guest = Volatile.Read(ref *Original(ref cache, record, place));
        ulong leaf = (guest & LeafForm.Mask(needed)) + cache.Leaves.Bias(record->Role, needed);
        ulong old = *place;
        if (old == leaf || (old == 0 && !fills))
        {
            return;
        }

        if (!IsUsable(ref cache, guest, needed))
        {
            leaf = 0;
        }
        else if ((leaf & PageEntry.Writable) != 0 && ((leaf & PageEntry.Dirty) == 0 || cache.Uses.HasCopies(PageEntry.Frame(guest))))
        {
            leaf &= ~PageEntry.Writable;
        }

        SetLeaf(ref cache, record, place, leaf);
    }

    /// <summary>Clears the leaves of lines.</summary>
    public static void ClearLeaves(ref PageTableCache cache, ulong* entries, ulong lines)
    {
        for (; lines != 0; lines &= lines - 1)
        {
            WorkMeter.Charge(ref cache, LineLeaves);
            ulong* line = entries + (BitOperations.TrailingZeroCount(lines) << 3);
            ulong any = line[0] | line[1] | line[2] | line[3] | line[4] | line[5] | line[6] | line[7];
            if ((any & PageEntry.Writable) != 0)
            {
                ForgetWriters(ref cache, line);
            }

            *(LeafLine*)line = default;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ForgetWriters(ref PageTableCache cache, ulong* line)
    {
        for (ulong* end = line + LineLeaves; line < end; line++)
        {
            if ((*line & PageEntry.Writable) != 0)
            {
                cache.Uses.RemoveWriter(PageEntry.Frame(*line) - cache.Guest.FirstPage);
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

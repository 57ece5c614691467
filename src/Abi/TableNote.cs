using System.Runtime.InteropServices;

namespace Tierce.Abi;

/// <summary>
/// The note page: hints from the ROM about page-table entries that it has written (first the entry, then the note).
/// The kernel consumes it whole at each drain and re-reads the guest's memory; it trusts nothing in it.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 4096)]
public struct NotePage
{
    /// <summary>Most notes that the page can hold; a larger <see cref="Count"/> means: resynchronise everything.</summary>
    public const int Capacity = 510;

    /// <summary>Number of notes written. The ROM raises it after writing the note; the kernel sets it to 0.</summary>
    [FieldOffset(0)] public uint Count;

    /// <summary>Where a note of entries says how many more of the same table, after the first, it speaks of.</summary>
    public const int MoreShift = 52;

    /// <summary>
    /// First of <see cref="Capacity"/> notes, each a guest-physical address (8-byte aligned) with a <see cref="NoteKind"/> in bits 0 to 2
    /// and a count from bit <see cref="MoreShift"/> on.
    /// </summary>
    [FieldOffset(8)] public ulong First;

    /// <summary>
    /// Private to the ROM; the kernel sets it to 0 when it drains the notes. Guest address of the next entry that the ROM's current note
    /// could be extended to cover.
    /// </summary>
    [FieldOffset(4088)] public ulong Next;
}

/// <summary>What a note says.</summary>
public enum NoteKind
{
    /// <summary>The entry at that address was written; also any of the entries after it, as many as the note counts.</summary>
    Entry = 0,

    /// <summary>The frame is no longer a page table (unpinned): drop its copies; of a top-level table also its roots.</summary>
    Drop = 2,
}

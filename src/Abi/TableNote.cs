using System.Runtime.InteropServices;

namespace Tierce.Abi;

/// <summary>
/// The note page: hints from the ROM about page-table entries that it has written (first the entry, then the note).
/// The kernel consumes it whole at each drain and re-reads the guest's memory; it trusts nothing in it.
/// </summary>
[AssemblyNames("NOTES")]
[StructLayout(LayoutKind.Explicit, Size = 4096)]
public struct NotePage
{
    /// <summary>Most notes that the page can hold. If <see cref="Count"/> is larger, the kernel compares all tables.</summary>
    public const int Capacity = 510;

    /// <summary>Number of notes written. The ROM raises it after writing the note; the kernel sets it to 0.</summary>
    [FieldOffset(0)] public uint Count;

    /// <summary>First bit of a note's count: how many further entries of the table, after the first, may have been written.</summary>
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

/// <summary>Kinds of notes.</summary>
[AssemblyNames("NOTE")]
public enum NoteKind
{
    /// <summary>
    /// The entry at that address was written. The following entries, as many as the note counts, may have been written too.
    /// </summary>
    Entry = 0,

    /// <summary>
    /// The frame is no longer a page table (unpinned). The kernel drops its copies; for a top-level table also its roots.
    /// </summary>
    Drop = 2,
}

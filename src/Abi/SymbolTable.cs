using System.Runtime.InteropServices;

namespace Tierce.Abi;

/// <summary>
/// One function of an image, as the image tool writes it. The compiler keeps no frame pointers. Each entry holds the size of the function's
/// frame, which is enough to walk a stack.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
public struct SymbolEntry
{
    /// <summary><see cref="Flags"/>: the frame is measured from RBP, not from RSP.</summary>
    public const byte FrameFromRbp = 1;

    /// <summary><see cref="Flags"/>: the frame's size is unknown (assembly without unwind directives).</summary>
    public const byte FrameUnknown = 2;

    /// <summary>First byte, from the image's base.</summary>
    public uint Offset;

    /// <summary>Bytes.</summary>
    public uint Size;

    /// <summary>Offset of the name in the names that follow the entries.</summary>
    public uint NameOffset;

    /// <summary>Bytes of the name (ASCII, no ending zero).</summary>
    public ushort NameLength;

    /// <summary>
    /// From RSP (or RBP, see <see cref="Flags"/>) in the function's body up to just above the return address, in 8-byte words.
    /// </summary>
    public ushort FrameWords;

    /// <summary>
    /// Place where the function saves the caller's RBP: this many words below the frame's upper end; 0 if it does not save it.
    /// </summary>
    public byte SavedRbpWords;

    /// <summary>The flags above.</summary>
    public byte Flags;

    /// <summary>0.</summary>
    public ushort Reserved;
}

/// <summary>Start of the table, at <c>__symbols_start</c>: this header, the entries in order of address, the names.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct SymbolTableHeader
{
    /// <summary>"TierceS1" in ASCII, first character in the lowest byte.</summary>
    public const ulong ExpectedMagic = 0x3153_6563_7265_6954;

    /// <summary><see cref="ExpectedMagic"/>.</summary>
    public ulong Magic;

    /// <summary>Address from which <see cref="SymbolEntry.Offset"/> counts.</summary>
    public ulong Base;

    /// <summary>Number of entries.</summary>
    public uint Count;

    /// <summary>Bytes of all names.</summary>
    public uint NameBytes;
}

/// <summary>
/// Reads a symbol table. It checks every read against the table's bounds, because it is used when an error has already occurred.
/// </summary>
public readonly ref struct SymbolTable
{
    private readonly ReadOnlySpan<SymbolEntry> _entries;
    private readonly ReadOnlySpan<byte> _names;
    private readonly ulong _base;

    /// <summary>Reads the bytes from <c>__symbols_start</c> to <c>__symbols_end</c>. The table is empty if they hold none.</summary>
    public unsafe SymbolTable(ReadOnlySpan<byte> table)
    {
        if (table.Length < sizeof(SymbolTableHeader))
        {
            return;
        }

        SymbolTableHeader header = MemoryMarshal.Read<SymbolTableHeader>(table);
        ReadOnlySpan<byte> rest = table.Slice(sizeof(SymbolTableHeader));
        ulong entryBytes = header.Count * (ulong)sizeof(SymbolEntry);
        if (header.Magic != SymbolTableHeader.ExpectedMagic || entryBytes + header.NameBytes > (ulong)rest.Length)
        {
            return;
        }

        _entries = MemoryMarshal.Cast<byte, SymbolEntry>(rest.Slice(0, (int)entryBytes));
        _names = rest.Slice((int)entryBytes, (int)header.NameBytes);
        _base = header.Base;
    }

    /// <summary>Number of functions.</summary>
    public int Count => _entries.Length;

    /// <summary>Finds the function that holds an address.</summary>
    /// <param name="address">Any address.</param>
    /// <param name="entry">Its function.</param>
    /// <param name="offset">Bytes from the function's start.</param>
    /// <returns>False if no function of the image holds the address.</returns>
    public bool TryFind(ulong address, out SymbolEntry entry, out uint offset)
    {
        ulong fromBase = address - _base;
        int low = 0, high = _entries.Length;
        while (low < high)
        {
            int middle = (low + high) >> 1;
            if (_entries[middle].Offset <= fromBase)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        entry = low > 0 ? _entries[low - 1] : default;
        offset = (uint)(fromBase - entry.Offset);
        return low > 0 && fromBase - entry.Offset < entry.Size;
    }

    /// <summary>A function's name; empty if the entry is damaged.</summary>
    public ReadOnlySpan<byte> NameOf(in SymbolEntry entry) =>
        (ulong)entry.NameOffset + entry.NameLength <= (ulong)_names.Length
            ? _names.Slice((int)entry.NameOffset, entry.NameLength)
            : default;
}

/// <summary>One step of a walk up a stack.</summary>
public struct StackFrame
{
    /// <summary>Address in the function: of the instruction, or of the return.</summary>
    public ulong Rip;

    /// <summary>Stack pointer in its body.</summary>
    public ulong Rsp;

    /// <summary>RBP in its body.</summary>
    public ulong Rbp;

    /// <summary>
    /// Goes to the caller. Reads the stack only within <paramref name="stack"/>, the mapped memory that begins at
    /// <paramref name="stackAddress"/>; the caller of this method guarantees the mapping.
    /// </summary>
    /// <returns>False at the stack's end, in an unknown function, or if the next frame does not lie above this one.</returns>
    public bool TryStepOut(in SymbolTable table, ReadOnlySpan<byte> stack, ulong stackAddress)
    {
        if (!table.TryFind(Rip, out SymbolEntry entry, out _) || (entry.Flags & SymbolEntry.FrameUnknown) != 0)
        {
            return false;
        }

        ulong top = ((entry.Flags & SymbolEntry.FrameFromRbp) != 0 ? Rbp : Rsp) + (entry.FrameWords * 8UL);
        if (top <= Rsp || !TryRead(stack, stackAddress, top - 8, out ulong returnAddress))
        {
            return false;
        }

        if (entry.SavedRbpWords != 0)
        {
            if (!TryRead(stack, stackAddress, top - (entry.SavedRbpWords * 8UL), out ulong saved))
            {
                return false;
            }

            Rbp = saved;
        }

        Rip = returnAddress;
        Rsp = top;
        return true;
    }

    private static bool TryRead(ReadOnlySpan<byte> stack, ulong stackAddress, ulong address, out ulong value)
    {
        ulong offset = address - stackAddress;
        if (stack.Length < 8 || offset > (ulong)(stack.Length - 8))
        {
            value = 0;
            return false;
        }

        value = MemoryMarshal.Read<ulong>(stack.Slice((int)offset));
        return true;
    }
}

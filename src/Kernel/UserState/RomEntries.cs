using Tierce.Abi;

namespace Tierce.Kernel.UserState;

/// <summary>Entry points and text bounds of a ROM, as its header names them.</summary>
public struct RomEntries
{
    /// <summary>Bounds of the text.</summary>
    public ulong TextStart, TextEnd;

    /// <summary>Where the ROM is entered.</summary>
    public ulong Hypercall, Syscall, Exception, Vmint;

    /// <summary>Reads each field once, since the guest may write the header at any time, and checks what was read.</summary>
    /// <returns>False if the text does not lie in the ROM's part of the hole, or an entry not in the text.</returns>
    public static unsafe bool TryRead(RomHeader* header, out RomEntries entries)
    {
        // SAFETY: the caller's frame, which is mapped.
        entries.TextStart = header->TextStart;
        entries.TextEnd = header->TextEnd;
        entries.Hypercall = header->HypercallEntry;
        entries.Syscall = header->SyscallEntry;
        entries.Exception = header->ExceptionEntry;
        entries.Vmint = header->VmintEntry;
        return header->Magic == RomHeader.ExpectedMagic && entries.IsGood();
    }

    private readonly bool IsGood() =>
        TextStart >= HoleLayout.RomText && TextEnd <= HoleLayout.RomData && Inside(Hypercall) && Inside(Syscall) && Inside(Exception) && Inside(Vmint);

    private readonly bool Inside(ulong address) => address >= TextStart && address < TextEnd;
}

using Tierce.Abi;
using Tierce.Kernel;

namespace Tierce.Unit;

/// <summary>What the kernel believes of a ROM's header, which the guest can write.</summary>
public sealed unsafe class RomEntriesTests
{
    private const ulong Start = HoleLayout.RomText, End = Start + 0x3000;

    [Fact]
    public void A_good_header_is_taken_as_it_is()
    {
        Assert.True(Read(header => { }, out RomEntries entries));
        Assert.Equal((Start, End, Start, Start + 1, Start + 0x1000, End - 1), (entries.TextStart, entries.TextEnd, entries.Hypercall, entries.Syscall, entries.Exception, entries.Vmint));
    }

    [Fact]
    public void Each_entry_lies_in_the_roms_text()
    {
        Refused(header => header->Magic++);
        Refused(header => header->TextStart = Start - 1);
        Refused(header => header->TextEnd = HoleLayout.RomData + 1);
        foreach (ulong outside in (ulong[])[0, Start - 1, End, ulong.MaxValue])
        {
            Refused(header => header->HypercallEntry = outside);
            Refused(header => header->SyscallEntry = outside);
            Refused(header => header->ExceptionEntry = outside);
            Refused(header => header->VmintEntry = outside);
        }

        // Text that ends where it begins, or before, holds no entry.
        Refused(header => header->TextEnd = Start);
        Refused(header => (header->TextStart, header->TextEnd) = (End, Start));
    }

    private static void Refused(HeaderChange change) => Assert.False(Read(change, out _));

    private static bool Read(HeaderChange change, out RomEntries entries)
    {
        RomHeader header = default;
        header.Magic = RomHeader.ExpectedMagic;
        header.TextStart = Start;
        header.TextEnd = End;
        header.HypercallEntry = Start;
        header.SyscallEntry = Start + 1;
        header.ExceptionEntry = Start + 0x1000;
        header.VmintEntry = End - 1;
        change(&header);
        return RomEntries.TryRead(&header, out entries);
    }

    private delegate void HeaderChange(RomHeader* header);
}

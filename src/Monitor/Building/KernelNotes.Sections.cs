using Tierce.Runtime;

namespace Tierce.Monitor;

/// <content>Where kernels without a note segment say the same: sections with notes, and the string that came before notes.</content>
public partial struct KernelNotes
{
    private const int PageShift = 12;

    private BuildError ReadSections(in ElfImage image, ref bool xen)
    {
        BuildError error = BuildError.None;
        for (int i = 0; i < image.SectionCount && error == BuildError.None; i++)
        {
            if (image.SectionType(i) == ElfImage.NoteSection)
            {
                error = ReadSegment(image.SectionBytes(i), ref xen);
            }
        }

        return error;
    }

    /// <summary>Pairs NAME=VALUE between commas, in the section __xen_guest.</summary>
    private BuildError ReadString(in ElfImage image, ref bool found)
    {
        int section = image.SectionIndex("__xen_guest\0"u8);
        if (section < 0)
        {
            return BuildError.None;
        }

        found = true;
        ulong hypercallPage = Absent;
        ReadOnlySpan<byte> rest = Text(image.SectionBytes(section));
        while (rest.Length != 0)
        {
            int comma = rest.IndexOf((byte)',');
            ReadOnlySpan<byte> pair = comma < 0 ? rest : rest.Slice(0, comma);
            rest = comma < 0 ? default : rest.Slice(comma + 1);
            int equals = pair.IndexOf((byte)'=');
            BuildError error = equals < 0 ? BuildError.None : TakePair(pair.Slice(0, equals), pair.Slice(equals + 1), ref hypercallPage);
            if (error != BuildError.None)
            {
                return error;
            }
        }

        if (hypercallPage != Absent)
        {
            HypercallPage = (hypercallPage << PageShift) + (VirtualBase == Absent ? 0 : VirtualBase);
        }

        return BuildError.None;
    }

    private BuildError TakePair(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, ref ulong hypercallPage)
    {
        if (name.SequenceEqual("VIRT_BASE"u8))
        {
            return Numeral(value, out VirtualBase);
        }

        if (name.SequenceEqual("VIRT_ENTRY"u8))
        {
            return Numeral(value, out Entry);
        }

        if (name.SequenceEqual("ELF_PADDR_OFFSET"u8))
        {
            return Numeral(value, out PhysicalOffset);
        }

        if (name.SequenceEqual("HYPERCALL_PAGE"u8))
        {
            return Numeral(value, out hypercallPage);
        }

        return name.SequenceEqual("XEN_VER"u8) ? TakeVersion(value)
            : name.SequenceEqual("LOADER"u8) ? TakeLoader(value)
            : name.SequenceEqual("GUEST_OS"u8) ? TakeSystem(value)
            : name.SequenceEqual("FEATURES"u8) ? CheckFeatures(value)
            : BuildError.None;
    }

    /// <summary>A number as C writes it: hexadecimal after 0x, octal after 0, otherwise decimal.</summary>
    private static BuildError Numeral(ReadOnlySpan<byte> text, out ulong number)
    {
        uint radix = text.StartsWith("0x"u8) || text.StartsWith("0X"u8) ? 16u : text.StartsWith("0"u8) ? 8u : 10u;
        number = 0;
        bool some = false;
        for (int i = radix == 16 ? 2 : 0; i < text.Length; i++)
        {
            uint c = text[i];
            uint digit = c is >= '0' and <= '9' ? c - '0' : c is >= 'a' and <= 'f' ? c - 'a' + 10 : c is >= 'A' and <= 'F' ? c - 'A' + 10 : uint.MaxValue;
            if (digit >= radix || number > (ulong.MaxValue - digit) / radix)
            {
                return BuildError.BadNotes;
            }

            number = (number * radix) + digit;
            some = true;
        }

        return some ? BuildError.None : BuildError.BadNotes;
    }
}

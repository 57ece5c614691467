using System.Buffers.Binary;
using Tierce.Abi;
using Tierce.Runtime;

namespace Tierce.Monitor;

/// <summary>
/// The notes of a guest kernel: Xen's (numbers: public header <c>elfnote.h</c>), or Tierce's own (<see cref="NativeNote"/>), which make it
/// a native guest. It may have only one kind. As Xen's loader does, it reads note segments first, then note sections, then the string of a
/// section <c>__xen_guest</c>. Xen's defaults apply to what they leave out.
/// </summary>
public partial struct KernelNotes
{
    /// <summary>Value of a note that is absent.</summary>
    public const ulong Absent = ulong.MaxValue;

    private const uint NoteEntry = 1;
    private const uint NoteHypercallPage = 2;
    private const uint NoteVirtualBase = 3;
    private const uint NotePhysicalOffset = 4;
    private const uint NoteXenVersion = 5;
    private const uint NoteGuestSystem = 6;
    private const uint NoteLoader = 8;
    private const uint NoteFeatures = 10;
    private const uint NoteHoleLow = 12;
    private const uint NoteInitialP2M = 15;
    private const uint NoteModuleFrame = 16;
    private const uint NotePhysicalEntry = 18;

    private bool _badLoader, _isLinux, _physicalEntry;

    /// <summary>Address of the first instruction; if nothing names one, that of the file's header.</summary>
    public ulong Entry;

    /// <summary>Virtual address at which guest frame 0 is to be mapped; 0 if no note specifies it.</summary>
    public ulong VirtualBase;

    /// <summary>Offset of the file's physical addresses; 0 if no note specifies it.</summary>
    public ulong PhysicalOffset;

    /// <summary>Address of the page that the kernel requests to be filled with hypercall slots, or <see cref="Absent"/>.</summary>
    public ulong HypercallPage;

    /// <summary>Lowest address of the hole that the kernel leaves to a hypervisor.</summary>
    public ulong HoleLow;

    /// <summary>Address at which the kernel requests its frame list, or <see cref="Absent"/>: next to the kernel.</summary>
    public ulong InitialP2M;

    /// <summary>The kernel takes the RAM disk's place as a frame number, so it need not be mapped.</summary>
    public bool ModuleByFrame;

    /// <summary>The notes are Tierce's own.</summary>
    public bool Native;

    /// <summary>Reads and checks the notes of a kernel.</summary>
    public static BuildError Read(in ElfImage image, out KernelNotes notes)
    {
        notes = default;
        notes.Entry = notes.VirtualBase = notes.PhysicalOffset = notes.InitialP2M = notes.HoleLow = notes.HypercallPage = Absent;
        bool xen = false;
        BuildError error = notes.ReadSegments(image, ref xen);
        if (error == BuildError.None && !xen && !notes.Native)
        {
            error = notes.ReadSections(image, ref xen);
        }

        bool isString = false;
        if (error == BuildError.None && !xen && !notes.Native)
        {
            error = notes.ReadString(image, ref isString);
        }

        if (error != BuildError.None)
        {
            return error;
        }

        if (xen && notes.Native)
        {
            return BuildError.BadNotes;
        }

        return xen || isString || notes.Native ? notes.Complete(image.Entry, isString) : BuildError.NoNotes;
    }

    private BuildError ReadSegments(in ElfImage image, ref bool xen)
    {
        BuildError error = BuildError.None;
        for (int i = 0; i < image.SegmentCount && error == BuildError.None; i++)
        {
            ElfSegment segment = image.Segment(i);
            if (segment.Type == ElfSegment.Note)
            {
                error = ReadSegment(image.Bytes(segment), ref xen);
            }
        }

        return error;
    }

    /// <summary>Sets Xen's defaults for absent notes, and checks the whole.</summary>
    private BuildError Complete(ulong fileEntry, bool isString)
    {
        if (PhysicalOffset != Absent && VirtualBase == Absent)
        {
            return BuildError.NoVirtualBase;
        }

        if (_badLoader && !_isLinux)
        {
            return BuildError.BadLoader;
        }

        if (Entry == Absent && _physicalEntry)
        {
            return BuildError.NoEntryNote;
        }

        VirtualBase = VirtualBase == Absent ? 0 : VirtualBase;
        Entry = Entry == Absent ? fileEntry : Entry;
        if (PhysicalOffset == Absent)
        {
            PhysicalOffset = isString ? VirtualBase : 0;
        }

        // A kernel without this note leaves Xen's standard hole.
        if (HoleLow != Absent && HoleLow > HoleLayout.Start)
        {
            return BuildError.HoleTooSmall;
        }

        bool inHole = VirtualBase >= HoleLayout.Start && VirtualBase < HoleLayout.End;
        return (VirtualBase & 0x3f_ffff) != 0 || inHole || Entry < VirtualBase ? BuildError.BadVirtualBase : BuildError.None;
    }

    private BuildError ReadSegment(ReadOnlySpan<byte> bytes, ref bool xen)
    {
        while (bytes.Length >= 12)
        {
            ulong nameSize = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
            ulong size = BinaryPrimitives.ReadUInt32LittleEndian(bytes.Slice(4));
            uint type = BinaryPrimitives.ReadUInt32LittleEndian(bytes.Slice(8));
            ulong start = 12 + Round(nameSize);
            ulong next = start + Round(size);
            if (start + size > (ulong)bytes.Length)
            {
                return BuildError.BadNotes;
            }

            ReadOnlySpan<byte> owner = bytes.Slice(12, (int)nameSize);
            bool isXen = owner.SequenceEqual("Xen\0"u8);
            bool isNative = owner.SequenceEqual(NativePage.NoteOwner);
            xen |= isXen;
            Native |= isNative;
            ReadOnlySpan<byte> value = bytes.Slice((int)start, (int)size);
            BuildError error = isXen ? Take(type, value) : isNative ? TakeNative((NativeNote)type, value) : BuildError.None;
            if (error != BuildError.None)
            {
                return error;
            }

            if (next >= (ulong)bytes.Length)
            {
                break;
            }

            bytes = bytes.Slice((int)next);
        }

        return BuildError.None;
    }

    private static ulong Round(ulong size) => (size + 3) & ~3UL;

    private BuildError Take(uint type, ReadOnlySpan<byte> value)
    {
        switch (type)
        {
            case NoteEntry: return Number(value, out Entry);
            case NoteHypercallPage: return Number(value, out HypercallPage);
            case NoteVirtualBase: return Number(value, out VirtualBase);
            case NotePhysicalOffset: return Number(value, out PhysicalOffset);
            case NoteHoleLow: return Number(value, out HoleLow);
            case NoteInitialP2M: return Number(value, out InitialP2M);
            case NoteModuleFrame:
                BuildError error = Number(value, out ulong byFrame);
                ModuleByFrame = byFrame != 0;
                return error;
            case NoteXenVersion: return TakeVersion(value);
            case NoteLoader: return TakeLoader(value);
            case NoteGuestSystem: return TakeSystem(value);
            case NotePhysicalEntry:
                _physicalEntry = true;
                return BuildError.None;
            case NoteFeatures: return CheckFeatures(value);
            default: return BuildError.None;
        }
    }

    private BuildError TakeNative(NativeNote type, ReadOnlySpan<byte> value) => type switch
    {
        NativeNote.Entry => Number(value, out Entry),
        NativeNote.VirtualBase => Number(value, out VirtualBase),
        _ => BuildError.None,
    };

    /// <summary>A number of 1, 2, 4 or 8 bytes.</summary>
    private static BuildError Number(ReadOnlySpan<byte> value, out ulong number)
    {
        number = 0;
        if (value.Length is not (1 or 2 or 4 or 8))
        {
            return BuildError.BadNotes;
        }

        for (int i = 0; i < value.Length; i++)
        {
            number |= (ulong)value[i] << (8 * i);
        }

        return BuildError.None;
    }

    private static BuildError TakeVersion(ReadOnlySpan<byte> value) =>
        Text(value).StartsWith("xen-3.0"u8) ? BuildError.None : BuildError.BadXenVersion;

    /// <summary>Like Xen, ignores the loader if the kernel states that it is Linux.</summary>
    private BuildError TakeLoader(ReadOnlySpan<byte> value)
    {
        _badLoader = !Text(value).StartsWith("generic"u8);
        return BuildError.None;
    }

    private BuildError TakeSystem(ReadOnlySpan<byte> value)
    {
        _isLinux = Text(value).StartsWith("linux"u8);
        return BuildError.None;
    }

    private static ReadOnlySpan<byte> Text(ReadOnlySpan<byte> value)
    {
        int end = value.IndexOf((byte)0);
        return end < 0 ? value : value.Slice(0, end);
    }

    /// <summary>Names separated by '|'; a '!' before one means that the kernel requires it.</summary>
    private static BuildError CheckFeatures(ReadOnlySpan<byte> value)
    {
        ReadOnlySpan<byte> rest = Text(value);
        while (rest.Length != 0)
        {
            int bar = rest.IndexOf((byte)'|');
            ReadOnlySpan<byte> name = bar < 0 ? rest : rest.Slice(0, bar);
            rest = bar < 0 ? ReadOnlySpan<byte>.Empty : rest.Slice(bar + 1);
            if (name.Length != 0 && name[0] == (byte)'!' && !Supported(name.Slice(1)))
            {
                return BuildError.FeatureRequired;
            }
        }

        return BuildError.None;
    }

    private static bool Supported(ReadOnlySpan<byte> feature) =>
        feature.SequenceEqual("writable_page_tables"u8) || feature.SequenceEqual("pae_pgdir_above_4gb"u8);
}

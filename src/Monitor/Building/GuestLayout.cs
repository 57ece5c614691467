using Tierce.Runtime;

namespace Tierce.Monitor;

/// <summary>
/// The place of everything in a new guest's frames: first RAM, as Xen's domain builder lays out a PV domain, then, above RAM, frames that
/// the guest reaches only by machine address or not at all. All numbers are frames unless the name states otherwise.
/// </summary>
public struct GuestLayout
{
    /// <summary>Slack of the initial mapping after the last thing that it maps (Xen's interface promises 512 KiB).</summary>
    private const ulong SlackFrames = 512 * 1024 / 4096;

    /// <summary>The initial mapping ends at a multiple of 4 MiB.</summary>
    private const ulong MappingUnit = 4UL << 20;

    /// <summary>Frames that a kernel needs, in addition to those that the builder places, to be able to report what it lacks.</summary>
    private const ulong WorkingFrames = (16UL << 20) / 4096;

    /// <summary>Grant frames: Xen's default maximum.</summary>
    public const ulong GrantFrameCount = Abi.GrantTable.MostPages;

    /// <summary>Frames of RAM, and of everything.</summary>
    public ulong RamFrames, AllFrames;

    /// <summary>Virtual address of frame 0 in the initial mapping, and the last-plus-one address mapped.</summary>
    public ulong VirtualBase, VirtualEnd;

    /// <summary>The kernel's frames: first and last-plus-one.</summary>
    public ulong KernelFrame, KernelEnd;

    /// <summary>Single pages of the interface, in RAM.</summary>
    public ulong StartInfo, StoreRing, ConsoleRing, BootStack;

    /// <summary>The initial tables: the top-level one first, then by level downwards.</summary>
    public TableRange KernelTables;

    /// <summary>The top-level table.</summary>
    public ulong RootFrame;

    /// <summary>All initial table frames next to the kernel: <see cref="RootFrame"/> first.</summary>
    public ulong TableFrames;

    /// <summary>The RAM disk, 0 bytes if there is none; mapped next to the kernel unless <see cref="ModuleByFrame"/>.</summary>
    public ulong RamDiskFrame, RamDiskBytes;

    /// <summary>start_info has the RAM disk's frame, not its address.</summary>
    public bool ModuleByFrame;

    /// <summary>The list of machine frames by guest frame: its frames (without the tables that map it) and its address.</summary>
    public ulong P2MFrame, P2MListFrames, P2MAddress;

    /// <summary>The list's frames with the tables that map it, which follow it.</summary>
    public ulong P2MFrames;

    /// <summary>Tables of the list's own region; empty when it lies next to the kernel.</summary>
    public TableRange P2MTables;

    /// <summary>Above RAM: single pages.</summary>
    public ulong SharedInfo, VCpuPage, NotePage, RomInfo;

    /// <summary>The last frames of all: the console's input, which its driver writes (<see cref="Abi.ConsoleInput"/>).</summary>
    public ulong Input;

    /// <summary>Above RAM: first frames of ranges.</summary>
    public ulong GrantFrame, TableBitmap, MachineToPhysical, RomText, RomData;

    /// <summary>Lengths of those ranges.</summary>
    public ulong TableBitmapFrames, MachineToPhysicalFrames, RomTextFrames, RomDataFrames;

    /// <summary>Virtual address of a frame next to the kernel in the initial mapping.</summary>
    public readonly ulong Address(ulong frame) => VirtualBase + (frame << 12);

    /// <summary>Lays out a guest.</summary>
    public static BuildError Plan(in ElfImage kernel, in KernelNotes notes, in RomImageHeader rom, ulong ramFrames, ulong allFrames, ulong ramDiskBytes, out GuestLayout layout)
    {
        layout = default;
        layout.RamFrames = ramFrames;
        layout.AllFrames = allFrames;
        layout.VirtualBase = notes.VirtualBase;
        layout.RamDiskBytes = ramDiskBytes;
        layout.ModuleByFrame = notes.ModuleByFrame && ramDiskBytes != 0;
        BuildError error = layout.PlaceKernel(kernel, notes);
        if (error != BuildError.None)
        {
            return error;
        }

        layout.PlaceRam(notes, ramDiskBytes);
        if (layout.UsedRam + WorkingFrames > ramFrames)
        {
            ulong ramDiskFrames = (ramDiskBytes + 4095) >> 12;
            return layout.UsedRam + WorkingFrames - ramDiskFrames > ramFrames ? BuildError.TooLittleMemory : BuildError.RamDiskTooLarge;
        }

        return layout.PlaceExtras(rom);
    }

    /// <summary>Frames of RAM up to the last that the builder uses.</summary>
    public ulong UsedRam;

    private BuildError PlaceKernel(in ElfImage kernel, in KernelNotes notes)
    {
        ulong low = ulong.MaxValue;
        ulong high = 0;
        for (int i = 0; i < kernel.SegmentCount; i++)
        {
            ElfSegment segment = kernel.Segment(i);
            if (segment.Type != ElfSegment.Load || segment.MemorySize == 0)
            {
                continue;
            }

            if (segment.PhysicalAddress < notes.PhysicalOffset)
            {
                return BuildError.BadSegment;
            }

            ulong start = segment.PhysicalAddress - notes.PhysicalOffset;
            low = start < low ? start : low;
            high = start + segment.MemorySize > high ? start + segment.MemorySize : high;
        }

        KernelFrame = low >> 12;
        KernelEnd = (high + 4095) >> 12;
        if (KernelEnd > RamFrames)
        {
            return BuildError.TooLittleMemory;
        }

        // The mapping from the virtual base up must not run over the end of the address space.
        ulong room = (0 - VirtualBase) >> 12;
        bool entryInside = notes.Entry - VirtualBase < KernelEnd << 12;
        return !entryInside || (VirtualBase != 0 && KernelEnd + ((64UL << 20) >> 12) > room) ? BuildError.BadVirtualBase : BuildError.None;
    }

    private void PlaceRam(in KernelNotes notes, ulong ramDiskBytes)
    {
        ulong next = KernelEnd;
        ulong ramDiskFrames = (ramDiskBytes + 4095) >> 12;
        P2MListFrames = ((RamFrames * 8) + 4095) >> 12;
        bool ownRegion = HasOwnRegion(notes, P2MListFrames);
        if (!ModuleByFrame)
        {
            RamDiskFrame = next;
            next += ramDiskFrames;
        }

        if (!ownRegion)
        {
            P2MFrame = next;
            P2MAddress = Address(next);
            P2MFrames = P2MListFrames;
            next += P2MListFrames;
        }

        StartInfo = next++;
        StoreRing = next++;
        ConsoleRing = next++;
        next = PlaceTables(next);
        BootStack = next++;

        // The builder uses the whole mapped range. Frames after it are not mapped by address.
        next = (VirtualEnd - VirtualBase) >> 12;
        if (ModuleByFrame)
        {
            RamDiskFrame = next;
            next += ramDiskFrames;
        }

        if (ownRegion)
        {
            P2MFrame = next;
            P2MAddress = notes.InitialP2M;
            P2MTables = TableRange.Over(notes.InitialP2M, notes.InitialP2M + (P2MListFrames << 12), next + P2MListFrames, withTop: false);
            P2MFrames = P2MListFrames + P2MTables.Frames;
            next += P2MFrames;
        }

        UsedRam = next;
    }

    /// <summary>The frame list gets a region of its own if the kernel names one that shares no top-level entry with the kernel's.</summary>
    private readonly bool HasOwnRegion(in KernelNotes notes, ulong frames)
    {
        ulong first = notes.InitialP2M;
        ulong last = first + (frames << 12) - 1;
        bool canonical = first < Abi.HoleLayout.UserLimit && last < Abi.HoleLayout.UserLimit;
        bool high = first >= Abi.HoleLayout.End && last >= first;
        return first != KernelNotes.Absent && (first & 4095) == 0 && (canonical || high) && (last >> 39) < (VirtualBase >> 39);
    }

    /// <summary>The tables must map themselves: grow the mapping until its tables, the stack and the slack fit in it.</summary>
    private ulong PlaceTables(ulong next)
    {
        RootFrame = next;
        ulong frames = 0;
        while (true)
        {
            ulong end = (next + frames + 1 + SlackFrames) << 12;
            VirtualEnd = VirtualBase + ((end + MappingUnit - 1) & ~(MappingUnit - 1));
            KernelTables = TableRange.Over(VirtualBase, VirtualEnd, next, withTop: true);
            if (KernelTables.Frames <= frames)
            {
                break;
            }

            frames = KernelTables.Frames;
        }

        TableFrames = KernelTables.Frames;
        return next + TableFrames;
    }

    private BuildError PlaceExtras(in RomImageHeader rom)
    {
        ulong next = RamFrames;
        SharedInfo = next++;
        VCpuPage = next++;
        NotePage = next++;
        RomInfo = next++;
        TableBitmap = next;
        TableBitmapFrames = (AllFrames + (8 * 4096) - 1) / (8 * 4096);
        next += TableBitmapFrames;
        MachineToPhysical = next;
        MachineToPhysicalFrames = ((AllFrames * 8) + 4095) >> 12;
        next += MachineToPhysicalFrames;
        RomText = next;
        RomTextFrames = rom.TextFrames;
        next += RomTextFrames;
        RomData = next;
        RomDataFrames = rom.DataFrames;
        next += RomDataFrames;
        Input = AllFrames - Abi.ConsoleInput.Pages;
        GrantFrame = Abi.GuestFootprint.GrantPage(AllFrames);
        return next <= GrantFrame ? BuildError.None : BuildError.TooFewExtras;
    }
}

using Tierce.Runtime;

namespace Tierce.Monitor;

/// <summary>Chooses how a guest kernel enters the ROM, and changes the loaded kernel for it.</summary>
public static partial class GuestEntry
{
    /// <summary>
    /// Prepares the requested way; <see cref="EntryWay.Auto"/> takes the best possible one. The kernel's segments must be loaded. An error
    /// names what a requested way lacks.
    /// </summary>
    /// <param name="memory">The guest's memory.</param>
    /// <param name="kernel">Its kernel's file.</param>
    /// <param name="notes">The file's notes.</param>
    /// <param name="rom">The ROM's entries.</param>
    /// <param name="wanted">The way that the manifest names.</param>
    /// <param name="way">The way that was taken.</param>
    /// <param name="unchanged">Of the functions that <see cref="EntryWay.PatchMore"/> changes: one bit for each that stays as it is.</param>
    public static BuildError Arrange(ref GuestMemory memory, in ElfImage kernel, in KernelNotes notes, in RomImageHeader rom, EntryWay wanted, out EntryWay way, out uint unchanged)
    {
        way = EntryWay.Trap;
        unchanged = 0;
        if (notes.Native)
        {
            return wanted == EntryWay.Auto ? BuildError.None : BuildError.NativeEntry;
        }

        bool hasPage = notes.HypercallPage != KernelNotes.Absent;
        if (wanted == EntryWay.Page && !hasPage)
        {
            return BuildError.NoHypercallPage;
        }

        if (hasPage)
        {
            way = wanted == EntryWay.Auto ? EntryWay.Page : wanted;
            BuildError error = FillPage(ref memory, kernel, notes, rom, way);
            if (error != BuildError.None)
            {
                return error;
            }
        }

        if (wanted is EntryWay.Trap or EntryWay.Page || (wanted == EntryWay.Auto && hasPage))
        {
            return BuildError.None;
        }

        BuildError found = BuildError.NoLinuxRoom;
        PatchLinux(ref memory, kernel, notes, rom, wanted, ref way, ref unchanged, ref found);
        return wanted == EntryWay.Auto ? BuildError.None : found;
    }

    private static BuildError FillPage(ref GuestMemory memory, in ElfImage kernel, in KernelNotes notes, in RomImageHeader rom, EntryWay way)
    {
        for (int i = 0; i < kernel.SegmentCount; i++)
        {
            ElfSegment segment = kernel.Segment(i);
            ulong offset = notes.HypercallPage - segment.VirtualAddress;
            ulong address = segment.PhysicalAddress - notes.PhysicalOffset + offset;
            if (segment.Type == ElfSegment.Load && offset < segment.MemorySize && segment.MemorySize - offset >= HypercallPage.Size && (address & 4095) == 0)
            {
                Span<byte> page = memory.Frame(address >> 12);
                if (way == EntryWay.Page)
                {
                    HypercallPage.WriteJumps(page, rom.HypercallCallEntry, rom.IretEntry);
                }
                else
                {
                    HypercallPage.WriteTraps(page);
                }

                return BuildError.None;
            }
        }

        return BuildError.BadHypercallPage;
    }

    /// <summary>
    /// Changes the loaded kernel if it is a Linux that the monitor recognises. The room for Linux (<c>src/Monitor/Linux</c>) implements it;
    /// a build without that room leaves the call out.
    /// </summary>
    /// <param name="memory">The guest's.</param>
    /// <param name="kernel">Its kernel's file.</param>
    /// <param name="notes">What the file's notes ask for.</param>
    /// <param name="rom">Where the ROM wants to be entered.</param>
    /// <param name="wanted">The way that the manifest names.</param>
    /// <param name="way">Becomes the way that was taken; stays as it is if there was no change.</param>
    /// <param name="unchanged">Becomes what <see cref="Arrange"/> reports.</param>
    /// <param name="found">Becomes what the wanted way lacks.</param>
    static partial void PatchLinux(
        ref GuestMemory memory, in ElfImage kernel, in KernelNotes notes, in RomImageHeader rom, EntryWay wanted, ref EntryWay way, ref uint unchanged, ref BuildError found);

    /// <summary>Writes the name of each function that <see cref="Arrange"/> reported as unchanged.</summary>
    /// <param name="log">The line so far.</param>
    /// <param name="unchanged">The functions.</param>
    internal static void NameUnchanged(ref Log log, uint unchanged) => NameLinux(ref log, unchanged);

    /// <summary>The names of Linux's functions, which the room for Linux knows.</summary>
    static partial void NameLinux(ref Log log, uint unchanged);
}

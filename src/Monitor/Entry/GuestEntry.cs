using System.Buffers.Binary;
using Tierce.Runtime;

namespace Tierce.Monitor;

/// <summary>Chooses how a guest kernel enters the ROM, and changes the loaded kernel for it.</summary>
public static class GuestEntry
{
    /// <summary>
    /// Arranges the way that is wanted; <see cref="EntryWay.Auto"/> takes the best there is. The kernel's segments are loaded.
    /// An error names what a way that was asked for lacks.
    /// </summary>
    /// <param name="memory">The guest's.</param>
    /// <param name="kernel">Its kernel's file.</param>
    /// <param name="notes">What the file's notes ask for.</param>
    /// <param name="rom">Where the ROM wants to be entered.</param>
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

        BuildError found = Patch(ref memory, kernel, notes, rom);
        if (found == BuildError.None)
        {
            way = EntryWay.Patch;
            if (wanted != EntryWay.Patch)
            {
                unchanged = LinuxPatches.Apply(ref memory, kernel, notes, rom, whole: wanted == EntryWay.PatchMore);
                found = unchanged == LinuxPatches.All ? BuildError.UnknownFunctions : BuildError.None;
                way = found == BuildError.None ? EntryWay.PatchMore : way;
            }
        }

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

    private static BuildError Patch(ref GuestMemory memory, in ElfImage kernel, in KernelNotes notes, in RomImageHeader rom)
    {
        BuildError error = BuildError.NoStub;
        for (int i = 0; i < kernel.SegmentCount && error == BuildError.NoStub; i++)
        {
            // Text that stays: what is writable too is thrown away after start-up.
            const uint mask = ElfSegment.Executable | ElfSegment.Writable;
            ElfSegment segment = kernel.Segment(i);
            if (segment.Type == ElfSegment.Load && (segment.Flags & mask) == ElfSegment.Executable && (segment.VirtualAddress & 4095) == 0)
            {
                error = HypercallStubs.Find(kernel.Bytes(segment), out HypercallStubs stubs);
                if (error == BuildError.None)
                {
                    Write(ref memory, segment.PhysicalAddress - notes.PhysicalOffset, stubs, rom);
                }
            }
        }

        return error;
    }

    private static void Write(ref GuestMemory memory, ulong text, in HypercallStubs stubs, in RomImageHeader rom)
    {
        Span<byte> bytes = stackalloc byte[8];
        StubPatch.WriteHypercall(bytes, stubs.HypercallPointer - stubs.Hypercall);
        memory.Copy(text + (ulong)stubs.Hypercall, bytes);
        StubPatch.WriteIret(bytes, stubs.IretPointer - stubs.Iret);
        memory.Copy(text + (ulong)(stubs.Iret + StubPatch.IretSkip), bytes);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, rom.HypercallCallEntry);
        memory.Copy(text + (ulong)stubs.HypercallPointer, bytes);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, rom.IretEntry);
        memory.Copy(text + (ulong)stubs.IretPointer, bytes);
    }
}

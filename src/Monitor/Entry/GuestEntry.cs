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
    public static BuildError Arrange(ref GuestMemory memory, in ElfImage kernel, in KernelNotes notes, in RomImageHeader rom, EntryWay wanted, out EntryWay way)
    {
        way = EntryWay.Trap;
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
                found = PatchMore(ref memory, kernel, notes, rom);
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

    /// <summary>The changes beyond the stubs. Each is looked for before the first is made.</summary>
    private static BuildError PatchMore(ref GuestMemory memory, in ElfImage kernel, in KernelNotes notes, in RomImageHeader rom)
    {
        Span<int> helpers = stackalloc int[TranslationHelpers.Count];
        ulong helperText = 0;
        ulong limit = 0;
        ulong address = 0;
        TableFunctions tables = default;
        SwitchFunctions switches = default;
        EntryFunctions entries = default;
        PinFunctions pins = default;
        OneTableFunctions others = default;
        bool hasFunctions = false;
        for (int i = 0; i < kernel.SegmentCount; i++)
        {
            ElfSegment segment = kernel.Segment(i);
            if (segment.Type != ElfSegment.Load || (segment.Flags & ElfSegment.Executable) == 0)
            {
                continue;
            }

            ReadOnlySpan<byte> text = kernel.Bytes(segment);
            ulong physical = segment.PhysicalAddress - notes.PhysicalOffset;
            if ((segment.Flags & ElfSegment.Writable) != 0)
            {
                int offset = HotplugLimit.Find(text);
                limit = offset < 0 ? limit : physical + (ulong)(offset + HotplugLimit.LimitAt);
            }
            else if (helperText == 0 && TranslationHelpers.Find(text, helpers))
            {
                helperText = physical;
                address = segment.VirtualAddress;
                hasFunctions = TableFunctions.Find(text, out tables) && SwitchFunctions.Find(text, address, out switches)
                    && EntryFunctions.Find(text, tables.SetEntry, out entries) && PinFunctions.Find(text, address, out pins)
                    && OneTableFunctions.Find(text, out others);
            }
        }

        if (helperText == 0 || limit == 0 || !hasFunctions)
        {
            return BuildError.NoHelpers;
        }

        foreach (int helper in helpers)
        {
            memory.Copy(helperText + (ulong)helper, TranslationHelpers.Patch);
        }

        memory.Copy(limit, "\0\0\0\0"u8);
        Change(ref memory, helperText, tables, pins, others, rom, address);
        Change(ref memory, helperText, switches, rom, address);
        Change(ref memory, helperText, entries, tables.SetEntry);
        return BuildError.None;
    }

    private static void Change(ref GuestMemory memory, ulong text, in TableFunctions tables, in PinFunctions pins, in OneTableFunctions others, in RomImageHeader rom, ulong address)
    {
        Span<byte> change = stackalloc byte[TableFunctions.ChangeSize];
        tables.Change(change, rom.SetEntryEntry, pins.PageArray, address);
        memory.Copy(text + (ulong)tables.SetEntry, change);
        ulong variables = address + (ulong)(tables.SetEntry + TableFunctions.VariablesAt);
        Change(ref memory, text, (pins.Pin + PinFunctions.ChangeAt, PinFunctions.ChangeSize), tables.Pointer(0), rom.PinTablesEntry, variables);
        Change(ref memory, text, (pins.Unpin + PinFunctions.ChangeAt, PinFunctions.ChangeSize), tables.Pointer(1), rom.UnpinTablesEntry, variables);
        for (int i = 0; i < OneTableFunctions.Count; i++)
        {
            Change(ref memory, text, (others.ChangeAt(i), OneTableFunctions.ChangeSize(i)), tables.Pointer(i + 2), OneTableFunctions.Entry(rom, i), variables);
        }
    }

    private static void Change(ref GuestMemory memory, ulong text, (int Start, int Size) place, int pointer, ulong entry, ulong variables)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, entry);
        memory.Copy(text + (ulong)pointer, bytes);
        Span<byte> change = stackalloc byte[PinFunctions.ChangeSize];
        change = change.Slice(0, place.Size);
        PinFunctions.Change(change, place.Start, pointer, variables);
        memory.Copy(text + (ulong)place.Start, change);
    }

    private static void Change(ref GuestMemory memory, ulong text, in EntryFunctions entries, int setEntry)
    {
        Span<byte> change = stackalloc byte[EntryFunctions.ChangeSize];
        for (int i = 0; i < EntryFunctions.Count; i++)
        {
            entries.Change(change, i, setEntry);
            memory.Copy(text + (ulong)(entries.Start(i) + EntryFunctions.ChangeAt), change);
        }
    }

    private static void Change(ref GuestMemory memory, ulong text, in SwitchFunctions switches, in RomImageHeader rom, ulong address)
    {
        Span<byte> root = stackalloc byte[SwitchFunctions.RootChangeSize];
        switches.ChangeRoot(root, rom.WriteRootEntry, address);
        memory.Copy(text + (ulong)(switches.WriteRoot + SwitchFunctions.ChangeAt), root);
        Span<byte> stack = stackalloc byte[SwitchFunctions.StackChangeSize];
        switches.ChangeStack(stack, rom.LoadStackEntry, address);
        memory.Copy(text + (ulong)(switches.LoadStack + SwitchFunctions.ChangeAt), stack);
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

using System.Buffers.Binary;

namespace Tierce.Monitor;

/// <summary>The functions of Linux that are to call the ROM.</summary>
internal struct LinuxFunctions
{
    private ulong _address;
    private TableFunctions _tables;
    private SwitchFunctions _switches;
    private EntryFunctions _entries;
    private PinFunctions _pins;
    private OneTableFunctions _others;

    /// <summary>Finds them all; false if any of them is not as expected.</summary>
    /// <param name="text">The kernel's text.</param>
    /// <param name="address">Its virtual address.</param>
    /// <param name="functions">Takes them.</param>
    public static bool Find(ReadOnlySpan<byte> text, ulong address, out LinuxFunctions functions)
    {
        functions = default;
        functions._address = address;
        return TableFunctions.Find(text, out functions._tables) && SwitchFunctions.Find(text, address, out functions._switches)
            && EntryFunctions.Find(text, functions._tables.SetEntry, out functions._entries) && PinFunctions.Find(text, address, out functions._pins)
            && OneTableFunctions.Find(text, out functions._others);
    }

    /// <summary>Changes them.</summary>
    /// <param name="memory">The guest's.</param>
    /// <param name="text">Physical address of the text, which is loaded.</param>
    /// <param name="rom">Says where the ROM wants to be entered.</param>
    public readonly void Change(ref GuestMemory memory, ulong text, in RomImageHeader rom)
    {
        ChangeTables(ref memory, text, rom);
        ChangeSwitches(ref memory, text, rom);
        ChangeEntries(ref memory, text);
    }

    private readonly void ChangeTables(ref GuestMemory memory, ulong text, in RomImageHeader rom)
    {
        Span<byte> change = stackalloc byte[TableFunctions.ChangeSize];
        _tables.Change(change, rom.SetEntryEntry, _pins.PageArray, _address);
        memory.Copy(text + (ulong)_tables.SetEntry, change);
        ChangePin(ref memory, text, (_pins.Pin + PinFunctions.ChangeAt, PinFunctions.ChangeSize), 0, rom.PinTablesEntry);
        ChangePin(ref memory, text, (_pins.Unpin + PinFunctions.ChangeAt, PinFunctions.ChangeSize), 1, rom.UnpinTablesEntry);
        for (int i = 0; i < OneTableFunctions.Count; i++)
        {
            ChangePin(ref memory, text, (_others.ChangeAt(i), OneTableFunctions.ChangeSize(i)), i + 2, OneTableFunctions.Entry(rom, i));
        }
    }

    private readonly void ChangePin(ref GuestMemory memory, ulong text, (int Start, int Size) place, int index, ulong entry)
    {
        int pointer = _tables.Pointer(index);
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, entry);
        memory.Copy(text + (ulong)pointer, bytes);
        Span<byte> change = stackalloc byte[PinFunctions.ChangeSize];
        change = change.Slice(0, place.Size);
        PinFunctions.Change(change, place.Start, pointer, _address + (ulong)(_tables.SetEntry + TableFunctions.VariablesAt));
        memory.Copy(text + (ulong)place.Start, change);
    }

    private readonly void ChangeEntries(ref GuestMemory memory, ulong text)
    {
        Span<byte> change = stackalloc byte[EntryFunctions.ChangeSize];
        for (int i = 0; i < EntryFunctions.Count; i++)
        {
            _entries.Change(change, i, _tables.SetEntry);
            memory.Copy(text + (ulong)(_entries.Start(i) + EntryFunctions.ChangeAt), change);
        }
    }

    private readonly void ChangeSwitches(ref GuestMemory memory, ulong text, in RomImageHeader rom)
    {
        Span<byte> root = stackalloc byte[SwitchFunctions.RootChangeSize];
        _switches.ChangeRoot(root, rom.WriteRootEntry, _address);
        memory.Copy(text + (ulong)(_switches.WriteRoot + SwitchFunctions.ChangeAt), root);
        Span<byte> stack = stackalloc byte[SwitchFunctions.StackChangeSize];
        _switches.ChangeStack(stack, rom.LoadStackEntry, _address);
        memory.Copy(text + (ulong)(_switches.LoadStack + SwitchFunctions.ChangeAt), stack);
    }
}

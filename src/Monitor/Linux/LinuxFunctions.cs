using Tierce.Abi;
using Tierce.Runtime;

namespace Tierce.Monitor;

/// <summary>The functions of Linux that the monitor changes to call the ROM, or bypasses.</summary>
public enum LinuxFunction
{
    /// <summary>Writes a page-table entry.</summary>
    WriteEntry,

    /// <summary>Writes an entry of the lowest level: only calls <see cref="WriteEntry"/>.</summary>
    SetLowest,

    /// <summary>The two that write an entry of one of the two middle levels.</summary>
    SetUpper,

    /// <summary>An address space gets a table of the lowest level.</summary>
    AllocateLowest,

    /// <summary>An address space gets a table of one of the two middle levels.</summary>
    AllocateUpper,

    /// <summary>An address space returns a table.</summary>
    ReleaseTable,

    /// <summary>Flushes one page.</summary>
    FlushPage,

    /// <summary>Pins all tables of an address space.</summary>
    PinTables,

    /// <summary>Unpins them.</summary>
    UnpinTables,

    /// <summary>Loads the top-level tables of a process.</summary>
    WriteRoot,

    /// <summary>Sets the kernel's stack for entries from guest user.</summary>
    LoadStack,

    /// <summary>The ten helpers that translate page-table entries.</summary>
    Translate,
}

/// <summary>Finds the functions to change, and decides which of them may be changed.</summary>
public readonly ref struct LinuxFunctions
{
    /// <summary>Number of kinds, and of helpers of the last kind.</summary>
    public const int Count = (int)LinuxFunction.Translate + 1, Translations = 10;

    /// <summary>Elements of memory that the search needs.</summary>
    public const int MemorySize = (Count * 2) + 2 + (Instances * CodeMatcher.Places);

    /// <summary>Places of a function: where its change begins; in <see cref="LinuxFunction.WriteEntry"/> where the room for pointers, for more pointers and for an offset begins and ends; where the function starts.</summary>
    public const int Change = 0, Room = 1, MoreRoom = 2, OffsetRoom = 3, RoomEnd = 4, MoreRoomEnd = 5, OffsetRoomEnd = 6, Start = 7;

    /// <summary>Pointers for which there is room, at the first place and in total.</summary>
    public const int RoomPointers = 4, Pointers = 7;

    /// <summary>Bytes that change at the beginning of <see cref="LinuxFunction.WriteEntry"/>.</summary>
    public const int WriteEntrySize = RomCall.Size + (3 * sizeof(ulong));

    private const int Instances = Count - 3 + 2 + 2 + Translations;
    private const int FunctionAlignment = 16;

    private readonly Span<int> _findings, _differences, _places;
    private readonly CodeSymbols _symbols;
    private readonly ulong _address;

    /// <summary>Looks for all of them.</summary>
    /// <param name="text">The kernel's text.</param>
    /// <param name="address">Its virtual address.</param>
    /// <param name="memory">Memory for the results.</param>
    /// <param name="symbols">Collects the names that the functions refer to.</param>
    public LinuxFunctions(ReadOnlySpan<byte> text, ulong address, Span<int> memory, CodeSymbols symbols)
    {
        _findings = memory.Slice(0, Count);
        _differences = memory.Slice(Count, Count);
        _places = memory.Slice((2 * Count) + 2);
        _symbols = symbols;
        _address = address;
        Span<int> difference = memory.Slice(2 * Count, 2);
        CodeSearch search = new(text, address, symbols, difference);
        for (int i = 0; i < Count; i++)
        {
            var function = (LinuxFunction)i;
            difference.Clear();
            int step = function == LinuxFunction.Translate ? 1 : FunctionAlignment;
            _findings[i] = (int)search.Find(Name(function), step, _places.Slice(First(function) * CodeMatcher.Places, InstancesOf(function) * CodeMatcher.Places));
            _differences[i] = difference[0];
            if (function == LinuxFunction.WriteEntry && _findings[i] == (int)CodeFinding.Found)
            {
                symbols.Mention(CodeSymbols.Name("__xen_set_pte"u8), address + (ulong)Place(function, 0, Start));
            }
        }
    }

    /// <summary>The name of a function's patterns.</summary>
    public static ReadOnlySpan<byte> Name(LinuxFunction function)
    {
        switch (function)
        {
            case LinuxFunction.WriteEntry: return "__xen_set_pte"u8;
            case LinuxFunction.SetLowest: return "xen_set_pte"u8;
            case LinuxFunction.SetUpper: return "xen_set_pmd"u8;
            case LinuxFunction.AllocateLowest: return "xen_alloc_pte"u8;
            case LinuxFunction.AllocateUpper: return "xen_alloc_pmd"u8;
            case LinuxFunction.ReleaseTable: return "xen_release_ptpage"u8;
            case LinuxFunction.FlushPage: return "xen_flush_tlb_one_user"u8;
            case LinuxFunction.PinTables: return "__xen_pgd_pin"u8;
            case LinuxFunction.UnpinTables: return "__xen_pgd_unpin"u8;
            case LinuxFunction.WriteRoot: return "xen_write_cr3"u8;
            case LinuxFunction.LoadStack: return "xen_load_sp0"u8;
            default: return "xen_translation"u8;
        }
    }

    /// <summary>Whether a segment is permanent text, or text that is discarded after start-up.</summary>
    public static bool IsText(in ElfSegment segment, bool isInitial) =>
        segment.Type == ElfSegment.Load && (segment.Flags & ElfSegment.Executable) != 0 && (segment.Flags & ElfSegment.Writable) != 0 == isInitial;

    /// <summary>Number of functions that share its pattern.</summary>
    public static int InstancesOf(LinuxFunction function) => function switch
    {
        LinuxFunction.SetUpper or LinuxFunction.AllocateUpper => 2,
        LinuxFunction.Translate => Translations,
        _ => 1,
    };

    /// <summary>Whether two functions give one name different values. None is used then.</summary>
    public bool Contradict => _symbols.Contradictions != 0;

    /// <summary>Result of the search for a function.</summary>
    public CodeFinding Finding(LinuxFunction function) => (CodeFinding)_findings[(int)function];

    /// <summary>Place at which the most similar code differs from a function.</summary>
    public int Difference(LinuxFunction function) => _differences[(int)function];

    /// <summary>A place of a function, as an offset in the text.</summary>
    public int Place(LinuxFunction function, int instance, int place) => _places[((First(function) + instance) * CodeMatcher.Places) + place];

    /// <summary>The value of a name that found functions mention; 0 if none does.</summary>
    public ulong Symbol(ReadOnlySpan<byte> name) => _symbols.TryFind(CodeSymbols.Name(name), out ulong value) ? value : 0;

    /// <summary>
    /// Whether a function may be changed. Those for tables have their pointers and variables in <see cref="LinuxFunction.WriteEntry"/>. The
    /// ROM learns from writes of entries which lines of an upper table are in use, and begins to record them when the table is allocated.
    /// The function for allocation therefore needs all three writers. The others do at once what Linux would have done, and are
    /// independent.
    /// </summary>
    public bool IsUsable(LinuxFunction function)
    {
        if (Contradict || Finding(function) != CodeFinding.Found)
        {
            return false;
        }

        switch (function)
        {
            case LinuxFunction.WriteEntry: return HasRoom();
            case LinuxFunction.WriteRoot or LinuxFunction.LoadStack or LinuxFunction.Translate: return true;
            case LinuxFunction.AllocateUpper: return IsUsable(LinuxFunction.WriteEntry) && IsUsable(LinuxFunction.SetUpper);
            default: return IsUsable(LinuxFunction.WriteEntry);
        }
    }

    private static int First(LinuxFunction function)
    {
        int first = (int)function;
        first += function > LinuxFunction.SetUpper ? 1 : 0;
        return first + (function > LinuxFunction.AllocateUpper ? 1 : 0);
    }

    private bool HasRoom()
    {
        const LinuxFunction Writer = LinuxFunction.WriteEntry;
        return Symbol("page_offset_base"u8) != 0 && Symbol("vmemmap_base"u8) != 0
            && Place(Writer, 0, Room) - Place(Writer, 0, Change) >= WriteEntrySize
            && Place(Writer, 0, RoomEnd) - Place(Writer, 0, Room) >= RoomPointers * sizeof(ulong)
            && Place(Writer, 0, MoreRoomEnd) - Place(Writer, 0, MoreRoom) >= (Pointers - RoomPointers) * sizeof(ulong)
            && Place(Writer, 0, OffsetRoomEnd) - Place(Writer, 0, OffsetRoom) >= sizeof(ulong)
            && Place(Writer, 0, OffsetRoom) - Place(Writer, 0, Change) - RomCall.Size == LinuxPlaces.RootOffset;
    }
}

using System.Buffers.Binary;
using Tierce.Abi;

namespace Tierce.Monitor;

/// <summary>Changes functions of Linux so that they call the ROM.</summary>
/// <remarks>
/// A change begins after the call of __fentry__, which Linux rewrites, and before the function changes the stack, so that Linux's unwind
/// tables stay right. It is a call through a pointer, followed by data for the ROM. The ROM returns to the function's caller, so nothing
/// executes the bytes after the call. A change ends before anything that Linux rewrites itself: tracepoints, calls of pv_ops, returns.
/// </remarks>
internal readonly ref struct LinuxChanges
{
    private const byte Jump = 0xe9;
    private const int JumpSize = 5;

    /// <summary>Bytes that change in a function for tables: the call, and the address of the data for the ROM.</summary>
    private const int TableChangeSize = RomCall.Size + sizeof(ulong);

    /// <summary>mov rax, rdi; ret; int3: a helper returns its argument.</summary>
    private static ReadOnlySpan<byte> Identity => [0x48, 0x89, 0xf8, 0xc3, 0xcc];

    private readonly LinuxFunctions _functions;
    private readonly ulong _address, _physical;

    /// <summary>Changes in one text.</summary>
    /// <param name="functions">The functions found in it.</param>
    /// <param name="address">Its virtual address.</param>
    /// <param name="physical">Where in the guest's memory it is loaded.</param>
    public LinuxChanges(LinuxFunctions functions, ulong address, ulong physical)
    {
        _functions = functions;
        _address = address;
        _physical = physical;
    }

    /// <summary>Changes those that may be changed.</summary>
    public void Apply(ref GuestMemory memory, in RomImageHeader rom)
    {
        for (int i = 0; i < LinuxFunctions.Count; i++)
        {
            var function = (LinuxFunction)i;
            int instances = _functions.IsUsable(function) ? LinuxFunctions.InstancesOf(function) : 0;
            for (int instance = 0; instance < instances; instance++)
            {
                Apply(ref memory, rom, function, instance);
            }
        }
    }

    private void Apply(ref GuestMemory memory, in RomImageHeader rom, LinuxFunction function, int instance)
    {
        int at = _functions.Place(function, instance, LinuxFunctions.Change);
        switch (function)
        {
            case LinuxFunction.WriteEntry:
                ChangeWriter(ref memory, at, rom.SetEntryEntry);
                break;
            case LinuxFunction.SetLowest or LinuxFunction.SetUpper:
                ChangeToJump(ref memory, at);
                break;
            case LinuxFunction.WriteRoot:
                ChangeAlone(ref memory, at, rom.WriteRootEntry, "page_offset_base"u8, "vmemmap_base"u8, "xen_cr3"u8, "xen_current_cr3"u8);
                break;
            case LinuxFunction.LoadStack:
                ChangeAlone(ref memory, at, rom.LoadStackEntry, "tss_sp0"u8, default, default, default);
                break;
            case LinuxFunction.Translate:
                memory.Copy(_physical + (ulong)at, Identity);
                break;
            default:
                ChangeForTables(ref memory, at, Pointer(function, instance), Entry(rom, function), function == LinuxFunction.FlushPage ? RomCall.Size : TableChangeSize);
                break;
        }
    }

    private static ulong Entry(in RomImageHeader rom, LinuxFunction function) => function switch
    {
        LinuxFunction.AllocateLowest => rom.AllocateLowestEntry,
        LinuxFunction.AllocateUpper => rom.AllocateUpperEntry,
        LinuxFunction.ReleaseTable => rom.ReleaseTableEntry,
        LinuxFunction.FlushPage => rom.FlushPageEntry,
        LinuxFunction.PinTables => rom.PinTablesEntry,
        _ => rom.UnpinTablesEntry,
    };

    /// <summary>Place of a function's pointer in the text: in the part of __xen_set_pte that is no longer reached.</summary>
    private int Pointer(LinuxFunction function, int instance)
    {
        int index = function - LinuxFunction.AllocateLowest + instance + (function > LinuxFunction.AllocateUpper ? 1 : 0);
        int room = index < LinuxFunctions.RoomPointers ? LinuxFunctions.Room : LinuxFunctions.MoreRoom;
        int inRoom = index < LinuxFunctions.RoomPointers ? index : index - LinuxFunctions.RoomPointers;
        return _functions.Place(LinuxFunction.WriteEntry, 0, room) + (inRoom * sizeof(ulong));
    }

    private void ChangeWriter(ref GuestMemory memory, int at, ulong entry)
    {
        Span<byte> change = stackalloc byte[LinuxFunctions.WriteEntrySize];
        RomCall.WriteWithPointer(change, entry);
        BinaryPrimitives.WriteUInt64LittleEndian(change.Slice(RomCall.Size + LinuxPlaces.PageOffset), _functions.Symbol("page_offset_base"u8));
        BinaryPrimitives.WriteUInt64LittleEndian(change.Slice(RomCall.Size + LinuxPlaces.PageArray), _functions.Symbol("vmemmap_base"u8));
        memory.Copy(_physical + (ulong)at, change);
        change = change.Slice(0, sizeof(ulong));
        BinaryPrimitives.WriteUInt64LittleEndian(change, _functions.Symbol("mm_pgd"u8));
        memory.Copy(_physical + (ulong)(at + RomCall.Size + LinuxPlaces.RootOffset), change);
    }

    private void ChangeToJump(ref GuestMemory memory, int at)
    {
        Span<byte> change = stackalloc byte[JumpSize];
        change[0] = Jump;
        BinaryPrimitives.WriteInt32LittleEndian(change.Slice(1), _functions.Place(LinuxFunction.WriteEntry, 0, LinuxFunctions.Start) - (at + JumpSize));
        memory.Copy(_physical + (ulong)at, change);
    }

    private void ChangeForTables(ref GuestMemory memory, int at, int pointer, ulong entry, int size)
    {
        Span<byte> change = stackalloc byte[TableChangeSize];
        BinaryPrimitives.WriteUInt64LittleEndian(change, entry);
        memory.Copy(_physical + (ulong)pointer, change.Slice(0, sizeof(ulong)));
        RomCall.Write(change, pointer - (at + RomCall.Size));
        int variables = _functions.Place(LinuxFunction.WriteEntry, 0, LinuxFunctions.Change) + RomCall.Size;
        BinaryPrimitives.WriteUInt64LittleEndian(change.Slice(RomCall.Size), _address + (ulong)variables);
        memory.Copy(_physical + (ulong)at, change.Slice(0, size));
    }

    /// <summary>Writes a call, with its pointer and up to four addresses of data for the ROM after it.</summary>
    private void ChangeAlone(ref GuestMemory memory, int at, ulong entry, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, ReadOnlySpan<byte> third, ReadOnlySpan<byte> fourth)
    {
        Span<byte> change = stackalloc byte[RomCall.Size + (5 * sizeof(ulong))];
        RomCall.WriteWithPointer(change, entry);
        int size = RomCall.Size + sizeof(ulong);
        for (int i = 0; i < 4; i++)
        {
            ReadOnlySpan<byte> name = i == 0 ? first : i == 1 ? second : i == 2 ? third : fourth;
            if (!name.IsEmpty)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(change.Slice(size), _functions.Symbol(name));
                size += sizeof(ulong);
            }
        }

        memory.Copy(_physical + (ulong)at, change.Slice(0, size));
    }
}

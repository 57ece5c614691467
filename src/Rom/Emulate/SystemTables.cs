using Tierce.Abi;
using Tierce.Rom.State;

namespace Tierce.Rom.Emulate;

/// <summary>
/// SGDT, SIDT, SLDT, STR and SMSW of the guest kernel. They fault in ring 3 where the processor has UMIP, since they would show the tables
/// of Tierce's kernel; Linux reads descriptors at the address that SGDT stores. (For its programs Linux emulates these instructions itself,
/// as natively.)
/// </summary>
internal static unsafe class SystemTables
{
    // SAFETY: an operand that Guest.Write has checked for its size.

    /// <summary>Bytes that SGDT and SIDT store: a limit and an address.</summary>
    private const int PointerSize = 10;

    /// <summary>Xen's FLAT_RING3_CS32, _SS64 and _CS64, without their privilege: offsets in the GDT.</summary>
    private const ushort FlatCode32 = 0xe020, FlatData = 0xe028, FlatCode64 = 0xe030;

    /// <summary>
    /// Group 7 of the two-byte opcodes: SGDT, SIDT, SMSW. Returns false for another instruction, or if the operand cannot be written.
    /// </summary>
    internal static bool Store(RegisterFrame* frame, Instruction* instruction)
    {
        const int StoreGdt = 0, StoreIdt = 1, StoreMachineStatus = 4;
        switch (instruction->Group)
        {
            case StoreGdt when instruction->HasMemory:
                return StorePointer(instruction->Address, FlatCode64 + sizeof(ulong) - 1, ShowGdt());
            case StoreIdt when instruction->HasMemory:
                // The guest has a trap table with handlers and no IDT. The limit and base of an empty table are never used.
                return StorePointer(instruction->Address, 0, 0);
            case StoreMachineStatus:
                return StoreWord(frame, instruction, Machine.State->Cr0);
            default:
                return false;
        }
    }

    /// <summary>Group 6: SLDT and STR. The guest kernel loads neither register by a selector, so both are null.</summary>
    internal static bool StoreSelector(RegisterFrame* frame, Instruction* instruction)
    {
        const int StoreLdt = 0, StoreTask = 1;
        return instruction->Group is StoreLdt or StoreTask && StoreWord(frame, instruction, 0);
    }

    private static bool StoreWord(RegisterFrame* frame, Instruction* instruction, ulong value)
    {
        if (instruction->HasMemory)
        {
            ushort* place = (ushort*)Guest.Write(instruction->Address, sizeof(ushort));
            if (place == null)
            {
                return false;
            }

            *place = (ushort)value;
            return true;
        }

        const int Wide = 8;
        ulong* register = Registers.Get(frame, instruction->Rm);
        *register = (instruction->Rex & Wide) != 0 ? value
            : instruction->Narrow ? (*register & ~0xffffUL) | (ushort)value
            : (uint)value;
        return true;
    }

    private static bool StorePointer(ulong address, ushort limit, ulong table)
    {
        byte* place = Guest.Write(address, PointerSize);
        if (place == null)
        {
            return false;
        }

        *(ushort*)place = limit;
        *(ulong*)(place + sizeof(ushort)) = table;
        return true;
    }

    /// <summary>
    /// Shows the guest kernel its GDT at an address of the ROM's, since the guest has specified only its frames. Xen's flat descriptors,
    /// with which the guest's programs run, follow at their usual places.
    /// </summary>
    private static ulong ShowGdt()
    {
        ulong* image = Machine.GdtImage();
        VCpuPage* page = Machine.VCpu;
        RomState* state = Machine.State;
        uint entries = System.Math.Min(page->GdtEntries, VCpuPage.MostGdtEntries);
        uint end = System.Math.Max(entries, state->GdtShown);
        for (uint i = 0; i < end; i++)
        {
            uint frame = i < entries ? page->GdtFrames[i / Xen.DescriptorFrames.EntriesPerFrame] : uint.MaxValue;
            ulong place = ((ulong)frame << 12) + (i % Xen.DescriptorFrames.EntriesPerFrame * sizeof(ulong));
            image[i] = Guest.IsFrame(frame) ? *(ulong*)Machine.Window(place) : 0;
        }

        state->GdtShown = entries;
        image[FlatCode32 / sizeof(ulong)] = 0x00cf_fb00_0000_ffff;
        image[FlatData / sizeof(ulong)] = 0x00cf_f300_0000_ffff;
        image[FlatCode64 / sizeof(ulong)] = 0x00af_fb00_0000_ffff;
        return (ulong)image;
    }
}

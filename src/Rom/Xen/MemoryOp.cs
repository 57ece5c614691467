using Tierce.Abi;

namespace Tierce.Rom.Xen;

/// <summary>
/// Hypercall 12: the guest's memory. Frame numbers are the same inside and outside. A frame that the guest gives back stays reserved for
/// it: the M2P table shows no owner, and when the guest requests it again, it is zero. Does not enter the kernel.
/// </summary>
internal static unsafe class MemoryOp
{
    private const uint TypeRam = 1;
    private const ulong EntrySize = 20;
    private const uint MostExtents = uint.MaxValue >> 6;
    private const uint MostOrder = 9;
    private const ulong PageWords = 512;

    /// <summary>Entry of the M2P table: the guest has given the frame back (INVALID_M2P_ENTRY).</summary>
    private const ulong GivenBack = ulong.MaxValue;

    private enum Operation
    {
        DecreaseReservation = 1,
        MaximumRamPage = 2,
        CurrentReservation = 3,
        MaximumReservation = 4,
        PopulatePhysmap = 6,
        MemoryMap = 9,
        MachineMemoryMap = 10,
        MachphysMapping = 12,
        MaximumGuestFrame = 14,
    }

    /// <summary>The bits above hold the place where an interrupted call continues.</summary>
    private const ulong OperationMask = 63;
    private const int OperationBits = 6;

    internal static long Run(ulong operation, ulong argument)
    {
        RomInfo* info = Machine.Info;
        switch ((Operation)(operation & OperationMask))
        {
            case Operation.DecreaseReservation: return Extents(argument, operation >> OperationBits, giveBack: true);
            case Operation.MaximumRamPage: return (long)info->AllFrames - 1;
            case Operation.CurrentReservation: return OfCaller(argument, info->RamFrames - Machine.State->FramesGivenBack);
            case Operation.MaximumReservation: return OfCaller(argument, info->RamFrames);
            case Operation.PopulatePhysmap: return Extents(argument, operation >> OperationBits, giveBack: false);
            case Operation.MemoryMap: return MemoryMap(argument);
            case Operation.MachphysMapping: return MachphysMapping(argument);
            case Operation.MachineMemoryMap: return Errno.Permission;
            case Operation.MaximumGuestFrame: return OfCaller(argument, info->RamFrames - 1);
            default: return Errno.NoCall;
        }
    }

    /// <summary>Returns a property of a domain, whose number is at the argument, if it is the caller.</summary>
    private static long OfCaller(ulong argument, ulong answer)
    {
        ushort* domain = (ushort*)Guest.Read(argument, sizeof(ushort));
        return domain == null ? Errno.Fault : DomainId.IsCaller(*domain) ? (long)answer : DomainId.Refusal(*domain);
    }

    /// <summary>
    /// struct xen_memory_reservation: list (address), extents (64 bits), order, flags, domain. Returns how many extents are done, including
    /// those before the first; it stops at one that is not possible.
    /// </summary>
    private static long Extents(ulong argument, ulong first, bool giveBack)
    {
        byte* request = Guest.Read(argument, 32);
        if (request == null)
        {
            return (long)first;
        }

        ulong count = *(ulong*)(request + 8);
        uint order = *(uint*)(request + 16);
        if (first >= count || count > MostExtents || order > MostOrder || !DomainId.IsCaller(*(ushort*)(request + 24)))
        {
            return (long)first;
        }

        ulong* list = (ulong*)Guest.Read(*(ulong*)request, count * sizeof(ulong));
        ulong done = first;
        while (list != null && done < count && Extent(list[done], 1UL << (int)order, giveBack))
        {
            done++;
        }

        return (long)done;
    }

    /// <summary>
    /// Gives back frames that follow each other, or takes them again. Returns false if one of them is not in the required state.
    /// </summary>
    private static bool Extent(ulong frame, ulong count, bool giveBack)
    {
        RomInfo* info = Machine.Info;
        if (frame >= info->RamFrames || count > info->RamFrames - frame)
        {
            return false;
        }

        // SAFETY: the table has an entry for each frame of the guest, and the window reaches it as it does RAM.
        ulong* table = (ulong*)Machine.Window(info->MachineToPhysicalFrame << 12) + frame;
        for (ulong i = 0; i < count; i++)
        {
            if ((table[i] == GivenBack) == giveBack)
            {
                return false;
            }
        }

        for (ulong i = 0; i < count; i++)
        {
            table[i] = giveBack ? GivenBack : frame + i;
            if (!giveBack)
            {
                new Span<ulong>(Machine.Window((frame + i) << 12), (int)PageWords).Clear();
            }
        }

        Machine.State->FramesGivenBack += giveBack ? count : 0 - count;
        return true;
    }

    /// <summary>struct xen_memory_map: room for entries, list of them (address, size, type; packed). One entry: RAM from 0.</summary>
    private static long MemoryMap(ulong argument)
    {
        byte* request = Guest.Write(argument, 16);
        if (request == null)
        {
            return Errno.Fault;
        }

        if (*(uint*)request == 0)
        {
            return Errno.Invalid;
        }

        byte* entry = Guest.Write(*(ulong*)(request + 8), EntrySize);
        if (entry == null)
        {
            return Errno.Fault;
        }

        *(ulong*)entry = 0;
        *(ulong*)(entry + 8) = Machine.Info->RamFrames << 12;
        *(uint*)(entry + 16) = TypeRam;
        *(uint*)request = 1;
        return 0;
    }

    /// <summary>struct xen_machphys_mapping: first and last address of the table, highest frame in it.</summary>
    private static long MachphysMapping(ulong argument)
    {
        ulong* result = (ulong*)Guest.Write(argument, 24);
        if (result == null)
        {
            return Errno.Fault;
        }

        ulong frames = Machine.Info->RamFrames;
        result[0] = HoleLayout.MachineToPhysical;
        result[1] = HoleLayout.MachineToPhysical + (frames * sizeof(ulong));
        result[2] = frames - 1;
        return 0;
    }
}

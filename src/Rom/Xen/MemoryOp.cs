using Tierce.Abi;

namespace Tierce.Rom.Xen;

/// <summary>
/// Hypercall 12: the guest's memory. Frame numbers are the same inside and outside, so giving back and asking for frames
/// (balloon) changes nothing but the guest's own books. Enters the kernel: no.
/// </summary>
internal static unsafe class MemoryOp
{
    private const uint TypeRam = 1;
    private const ulong EntrySize = 20;
    private const uint MostExtents = 1 << 20;

    private enum Operation
    {
        DecreaseReservation = 1,
        MaximumRamPage = 2,
        CurrentReservation = 3,
        MaximumReservation = 4,
        PopulatePhysmap = 6,
        MemoryMap = 9,
        MachphysMapping = 12,
        MaximumGuestFrame = 14,
    }

    /// <summary>Bits above hold where an interrupted call goes on.</summary>
    private const ulong OperationMask = 63;

    internal static long Run(ulong operation, ulong argument)
    {
        RomInfo* info = Machine.Info;
        switch ((Operation)(operation & OperationMask))
        {
            case Operation.DecreaseReservation: return CheckExtents(argument);
            case Operation.MaximumRamPage: return (long)info->AllFrames - 1;
            case Operation.CurrentReservation: return (long)info->RamFrames;
            case Operation.MaximumReservation: return (long)info->RamFrames;
            case Operation.PopulatePhysmap: return CheckExtents(argument);
            case Operation.MemoryMap: return MemoryMap(argument);
            case Operation.MachphysMapping: return MachphysMapping(argument);
            case Operation.MaximumGuestFrame: return (long)info->RamFrames - 1;
            default: return Errno.NoCall;
        }
    }

    /// <summary>
    /// struct xen_memory_reservation: list (address), extents (64 bits), order, flags, domain. Frames given back or asked for
    /// one by one: each stays what it is, so the list is its own answer. Returns how many.
    /// </summary>
    private static long CheckExtents(ulong argument)
    {
        byte* request = Guest.Read(argument, 32);
        if (request == null)
        {
            return Errno.Fault;
        }

        ulong count = *(ulong*)(request + 8);
        uint order = *(uint*)(request + 16);
        if (count == 0)
        {
            return 0;
        }

        if (count > MostExtents || order != 0)
        {
            return 0;
        }

        ulong* list = (ulong*)Guest.Read(*(ulong*)request, count * sizeof(ulong));
        if (list == null)
        {
            return Errno.Fault;
        }

        for (ulong i = 0; i < count; i++)
        {
            if (list[i] >= Machine.Info->RamFrames)
            {
                return (long)i;
            }
        }

        return (long)count;
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

namespace Tierce.Rom.Xen;

/// <summary>
/// Hypercall 1: writes page-table entries by machine address. Frames are the guest's own numbers, so the ROM writes an entry unchanged. The
/// kernel checks the entry when it fills its cache. Does not enter the kernel.
/// </summary>
internal static unsafe class MmuUpdate
{
    // SAFETY: a list that was checked as a whole.

    private const ulong Normal = 0;
    private const ulong PreserveAccessedDirty = 2;
    private const ulong NoTranslate = 3;

    /// <summary>Size of struct mmu_update: address with the command in bits 0 to 1, value.</summary>
    private const ulong RequestSize = 16;

    /// <summary>Highest count; the top bit marks a call that Xen itself continues (MMU_UPDATE_PREEMPTED).</summary>
    private const ulong CountMask = 0x7fff_ffff;

    internal static long Run(ulong requests, ulong count, ulong doneAddress, ulong domain)
    {
        count &= CountMask;
        if ((uint)domain >> 16 != 0 || (ushort)domain != DomainId.Self)
        {
            return Errno.Permission;
        }

        if (count == 0)
        {
            return 0;
        }

        byte* list = Guest.Read(requests, count * RequestSize);
        if (list == null)
        {
            return Errno.Fault;
        }

        long result = 0;
        ulong done = 0;
        for (ulong* request = (ulong*)list; done < count; request += 2, done++)
        {
            ulong address = request[0] & ~7UL;
            bool written = (request[0] & 3) switch
            {
                Normal or NoTranslate => PageTables.Write(address, request[1]),
                PreserveAccessedDirty => PageTables.WritePreserving(address, request[1]),
                _ => true, // the machine-to-physical table is the identity and never changes
            };
            if (!written)
            {
                result = Errno.Invalid;
                break;
            }
        }

        return Guest.Store(doneAddress, (uint)done) ? result : Errno.Fault;
    }
}

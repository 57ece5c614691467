using System.Threading;
using Tierce.Abi;

namespace Tierce.Rom.Xen;

/// <summary>
/// One entry of the guest's grant table (struct grant_entry_v1): flags, domain, frame. The guest may change it at any time, so the ROM
/// reads the word once and changes it by compare-exchange.
/// </summary>
internal static unsafe class GrantEntry
{
    /// <summary>Bits of the flags: the kind of grant; it is read-only; it is in use for reading or writing.</summary>
    private const uint TypeMask = 3;

    private const uint PermitAccess = 1;
    private const uint ReadOnly = 1 << 2;
    private const uint Reading = 1 << 3;
    private const uint Writing = 1 << 4;
    private const uint SubPage = 1 << 8;
    private const uint EntriesPerFrame = 512;
    private const int MostTries = 5;

    /// <summary>Takes a grant that the guest has made to itself, for reading, or for writing too.</summary>
    /// <param name="reference">Number of the grant.</param>
    /// <param name="write">For writing too.</param>
    /// <param name="isTaken">The grant is in use already. As on Xen, its current kind and domain then do not matter.</param>
    /// <param name="frame">The granted frame.</param>
    internal static short Take(uint reference, bool write, bool isTaken, out ulong frame)
    {
        frame = 0;
        if (reference >= Machine.Info->GrantFrames * EntriesPerFrame)
        {
            return GrantStatus.BadReference;
        }

        ref ulong entry = ref Place(reference);
        for (int tries = 0; tries < MostTries; tries++)
        {
            ulong old = Volatile.Read(ref entry);
            uint flags = (ushort)old;
            bool granted = (flags & (TypeMask | SubPage)) == PermitAccess && DomainId.IsCaller((ushort)(old >> 16));
            if ((!granted && !isTaken) || (write && (flags & ReadOnly) != 0))
            {
                return GrantStatus.GeneralError;
            }

            if (Interlocked.CompareExchange(ref entry, old | Reading | (write ? Writing : 0), old) == old)
            {
                frame = old >> 32;
                return frame < Machine.Info->RamFrames ? GrantStatus.Okay : GrantStatus.BadPage;
            }
        }

        return GrantStatus.GeneralError;
    }

    /// <summary>Clears the marks of a grant that is no longer in use, or no longer used for writing.</summary>
    internal static void Release(uint reference, bool reads, bool writes) =>
        Interlocked.And(ref Place(reference), ~((reads ? 0UL : Reading) | (writes ? 0UL : Writing)));

    private static ref ulong Place(uint reference)
    {
        // SAFETY: the callers have compared the reference with the table's size; its frames are in the window.
        RomInfo* info = Machine.Info;
        return ref *(ulong*)Machine.Window((info->GrantFrame << 12) + (reference * (ulong)sizeof(ulong)));
    }
}

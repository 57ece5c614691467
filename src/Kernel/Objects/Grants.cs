using System.Runtime.CompilerServices;
using System.Threading;
using Tierce.Abi;
using Tierce.Kernel.Arch;
using Tierce.Kernel.Memory;

namespace Tierce.Kernel.Objects;

/// <summary>
/// The right to copy what a guest grants in its grant table. A capability of it is derived from the guest's memory. A back end copies
/// through it and maps nothing, so that no access outlives its grant and nothing has to be flushed.
/// </summary>
/// <remarks>
/// A of the capability: first page of the guest | frames that it may grant &lt;&lt; 32. B: first page of the grant table |
/// its pages &lt;&lt; 32 | peer &lt;&lt; 48.
/// </remarks>
public static unsafe class Grants
{
    // SAFETY: FrameTable.IsOpen says of each page that it is RAM, and none of the kernel's; the direct map has all RAM.

    private const int High = 32;
    private const int PeerPlace = 48;
    private const ulong PageSize = 4096;
    private const ulong EntriesOfPage = PageSize / GrantTable.EntrySize;

    /// <summary>How often the kernel tries to mark an entry that its guest keeps changing.</summary>
    private const int Attempts = 4;

    /// <summary>Pages and frames that a capability can describe.</summary>
    public const ulong MostPage = uint.MaxValue;

    /// <summary>Fills an empty slot; the caller has checked the ranges.</summary>
    public static void Derive(Capability* slot, Capability* memory, GrantsDeriveArguments* arguments)
    {
        ulong guest = memory->A | (arguments->Frames << High);
        ulong table = (memory->A + arguments->TablePage) | (arguments->TablePages << High) | (arguments->Peer << PeerPlace);
        CapRights rights = memory->Rights & (CapRights.Read | CapRights.Write | CapRights.Delegate);
        Derivation.Fill(slot, CapabilityType.Grants, rights, null, guest, table, memory);
    }

    /// <summary>Copies between a granted page and a buffer. The entry shows the guest that it is in use meanwhile.</summary>
    /// <param name="grants">The capability.</param>
    /// <param name="operation">The kernel's own copy of the operation.</param>
    /// <param name="buffer">Memory capability of the buffer.</param>
    public static GrantCopyResult Copy(Capability* grants, in GrantOperation operation, Capability* buffer)
    {
        ulong length = operation.Length;
        if (length == 0 || operation.GuestOffset + length > PageSize || (operation.Flags & ~(uint)GrantCopyFlags.All) != 0
            || !IsOpen(buffer, operation.BufferOffset, length))
        {
            return GrantCopyResult.BadRange;
        }

        bool toGuest = (operation.Flags & (uint)GrantCopyFlags.ToGuest) != 0;
        if (!grants->Has(toGuest ? CapRights.Write : CapRights.Read))
        {
            return GrantCopyResult.Denied;
        }

        uint* entry = Find(grants, operation.Reference);
        if (entry == null)
        {
            return GrantCopyResult.BadReference;
        }

        GrantCopyResult result = Begin(entry, (uint)(grants->B >> PeerPlace), toGuest);
        if (result != GrantCopyResult.Ok)
        {
            return result;
        }

        ulong frame = Volatile.Read(ref entry[1]);
        ulong page = (uint)grants->A + frame;
        if (frame < grants->A >> High && FrameTable.IsOpen(page))
        {
            byte* granted = Machine.ToVirtual(page * PageSize) + operation.GuestOffset;
            byte* own = Machine.ToVirtual(buffer->A * PageSize) + operation.BufferOffset;
            Machine.Copy(toGuest ? granted : own, toGuest ? own : granted, length);
        }
        else
        {
            result = GrantCopyResult.BadFrame;
        }

        Interlocked.And(ref entry[0], ~(GrantTable.Reading | GrantTable.Writing));
        return result;
    }

    /// <summary>Whether a range lies in the capability's pages, and ring 3 may use them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsOpen(Capability* buffer, ulong first, ulong length)
    {
        ulong end = first + length;
        ulong page = first / PageSize;
        ulong last = (end - 1) / PageSize;
        return end <= buffer->B * PageSize && FrameTable.IsOpen(buffer->A + page) && (page == last || FrameTable.IsOpen(buffer->A + last));
    }

    /// <summary>The two halves of an entry; null if the table is shorter.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint* Find(Capability* grants, uint reference)
    {
        ulong pages = (ushort)(grants->B >> High);
        ulong page = (uint)grants->B + (reference / EntriesOfPage);
        return reference / EntriesOfPage < pages && FrameTable.IsOpen(page)
            ? (uint*)(Machine.ToVirtual(page * PageSize) + (reference % EntriesOfPage * GrantTable.EntrySize))
            : null;
    }

    /// <summary>Marks an entry as in use, if it grants this to the peer.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static GrantCopyResult Begin(uint* entry, uint peer, bool toGuest)
    {
        uint marks = toGuest ? GrantTable.Reading | GrantTable.Writing : GrantTable.Reading;
        for (int i = 0; i < Attempts; i++)
        {
            uint seen = Volatile.Read(ref entry[0]);
            if ((seen & GrantTable.TypeMask) != GrantTable.PermitAccess || seen >> GrantTable.PeerShift != peer)
            {
                return GrantCopyResult.NotGranted;
            }

            if (toGuest && (seen & GrantTable.ReadOnly) != 0)
            {
                return GrantCopyResult.Denied;
            }

            if (Interlocked.CompareExchange(ref entry[0], seen | marks, seen) == seen)
            {
                return GrantCopyResult.Ok;
            }
        }

        return GrantCopyResult.NotGranted;
    }
}

using Tierce.Rom.State;

namespace Tierce.Rom.Xen;

/// <summary>
/// Maps frames that the guest has granted to itself: the ROM writes an entry of the guest's page tables and returns a handle. A "device"
/// mapping returns the frame's address and writes nothing.
/// </summary>
internal static unsafe class GrantMap
{
    // SAFETY: a request of the list that was checked as a whole, and entries that the walk found.

    private const uint DeviceMap = 1;
    private const uint HostMap = 2;
    private const uint ReadOnly = 4;
    private const uint ApplicationMap = 8;
    private const uint ContainsEntry = 16;
    private const int AvailableShift = 16;
    private const int EntryAvailableShift = 9;
    private const uint AvailableMask = 7;

    /// <summary>Bits of a page-table entry: accessed and dirty, which Xen sets in each of these.</summary>
    private const ulong AccessedAndDirty = 0x60;
    private const ulong Writable = 2;
    private const ulong User = 4;

    /// <summary>struct gnttab_map_grant_ref: address 0, flags 8, reference 12, domain 16; results: handle 20, bus address 24.</summary>
    internal static short Map(byte* request)
    {
        uint flags = *(uint*)(request + 8);
        ushort domain = *(ushort*)(request + 16);
        if ((flags & (DeviceMap | HostMap)) == 0)
        {
            return GrantStatus.BadReference;
        }

        if (!DomainId.IsCaller(domain))
        {
            // Domain 0 exists and has granted nothing.
            return domain == DomainId.Monitor ? GrantStatus.GeneralError : GrantStatus.BadDomain;
        }

        int handle = FindFree();
        if (handle < 0)
        {
            return GrantStatus.NoHandle;
        }

        uint reference = *(uint*)(request + 12);
        bool write = (flags & ReadOnly) == 0;
        short status = GrantEntry.Take(reference, write, IsMapped(reference, writable: false), out ulong frame);
        ulong entry = 0;
        if (status == GrantStatus.Okay && (flags & HostMap) != 0)
        {
            status = Write(*(ulong*)request, flags, frame, out entry);
        }

        if (status == GrantStatus.Okay)
        {
            *(&Machine.State->GrantMappings + handle) = new GrantMapping { Flags = flags, Reference = reference, Frame = frame, Entry = entry };
            *(uint*)(request + 20) = (uint)handle;
            *(ulong*)(request + 24) = (flags & DeviceMap) != 0 ? frame << 12 : *(ulong*)(request + 24);
        }
        else if (status is not GrantStatus.BadReference)
        {
            Release(reference);
        }

        return status;
    }

    /// <summary>Removes the host mapping at one address, and the device mapping at another; 0 stands for none.</summary>
    internal static short Unmap(uint handle, ulong address, ulong busAddress)
    {
        GrantMapping* mapping = Find(handle);
        if (mapping == null)
        {
            return GrantStatus.BadHandle;
        }

        if (busAddress != 0 && (mapping->Flags & DeviceMap) != 0 && busAddress != mapping->Frame << 12)
        {
            return GrantStatus.GeneralError;
        }

        if (address != 0 && (mapping->Flags & HostMap) != 0)
        {
            if (!IsAt(mapping, address))
            {
                return GrantStatus.GeneralError;
            }

            PageTables.Write(mapping->Entry, 0);
            Flush(mapping->Flags, address);
            mapping->Flags &= ~HostMap;
        }

        mapping->Flags &= busAddress != 0 ? ~DeviceMap : uint.MaxValue;
        End(mapping);
        return GrantStatus.Okay;
    }

    /// <summary>Removes a host mapping and replaces it by the mapping of another address, which is then unmapped.</summary>
    internal static short Replace(uint handle, ulong address, ulong newAddress)
    {
        GrantMapping* mapping = Find(handle);
        if (mapping == null)
        {
            return GrantStatus.BadHandle;
        }

        ulong other = newAddress == 0 ? 0 : PageTables.FindEntry(newAddress);
        bool isHost = (mapping->Flags & (HostMap | ContainsEntry)) == HostMap;
        if (!isHost || !IsAt(mapping, address) || (newAddress != 0 && other == 0))
        {
            return GrantStatus.GeneralError;
        }

        PageTables.Write(mapping->Entry, other == 0 ? 0 : *(ulong*)Machine.Window(other));
        Flush(mapping->Flags, address);
        if (other != 0)
        {
            PageTables.Write(other, 0);
            Flush(mapping->Flags, newAddress);
        }

        mapping->Flags &= ~HostMap;
        End(mapping);
        return GrantStatus.Okay;
    }

    /// <summary>Whether a grant is mapped, or mapped for writing.</summary>
    internal static bool IsMapped(uint reference, bool writable)
    {
        GrantMapping* all = &Machine.State->GrantMappings;
        for (int i = 0; i < GrantMapping.Count; i++)
        {
            if (all[i].Flags != 0 && all[i].Reference == reference && (!writable || (all[i].Flags & ReadOnly) == 0))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Updates the marks of use in a grant's entry from its mappings.</summary>
    internal static void Release(uint reference) =>
        GrantEntry.Release(reference, IsMapped(reference, writable: false), IsMapped(reference, writable: true));

    private static void End(GrantMapping* mapping)
    {
        if ((mapping->Flags & (HostMap | DeviceMap)) == 0)
        {
            mapping->Flags = 0;
            Release(mapping->Reference);
        }
    }

    private static short Write(ulong address, uint flags, ulong frame, out ulong entry)
    {
        entry = EntryAt(address, flags);
        if (entry == 0)
        {
            return GrantStatus.GeneralError;
        }

        ulong value = (frame << 12) | PageTables.Present | AccessedAndDirty | ((flags & ReadOnly) == 0 ? Writable : 0)
            | ((flags & ApplicationMap) != 0 ? User : 0) | ((ulong)(flags >> AvailableShift & AvailableMask) << EntryAvailableShift);
        PageTables.Write(entry, value);
        Flush(flags, address);
        return GrantStatus.Okay;
    }

    /// <summary>
    /// Guest-physical address of the entry that an argument names: the entry for a page of the guest kernel's, or its own guest-physical
    /// address. 0: there is none.
    /// </summary>
    private static ulong EntryAt(ulong address, uint flags) =>
        (flags & ContainsEntry) == 0 ? PageTables.FindEntry(address) : (address & 7) == 0 && Guest.IsFrame(address >> 12) ? address : 0;

    /// <summary>Whether a mapping is still in the same place as it was made.</summary>
    private static bool IsAt(GrantMapping* mapping, ulong address)
    {
        ulong entry = EntryAt(address, mapping->Flags);
        if (entry == 0 || entry != mapping->Entry)
        {
            return false;
        }

        ulong value = *(ulong*)Machine.Window(entry);
        ulong writable = (mapping->Flags & ReadOnly) == 0 ? Writable : 0;
        return (value & (PageTables.AddressMask | PageTables.Present | Writable)) == ((mapping->Frame << 12) | PageTables.Present | writable);
    }

    private static void Flush(uint flags, ulong address)
    {
        if ((flags & ContainsEntry) != 0)
        {
            Batch.Flush();
        }
        else
        {
            Batch.Invalidate(address);
        }
    }

    private static int FindFree()
    {
        GrantMapping* all = &Machine.State->GrantMappings;
        for (int i = 0; i < GrantMapping.Count; i++)
        {
            if (all[i].Flags == 0)
            {
                return i;
            }
        }

        return -1;
    }

    private static GrantMapping* Find(uint handle)
    {
        GrantMapping* found = handle < GrantMapping.Count ? &Machine.State->GrantMappings + handle : null;
        return found == null || found->Flags == 0 ? null : found;
    }
}

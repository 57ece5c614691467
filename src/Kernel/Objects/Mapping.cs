using Tierce.Abi;
using Tierce.Kernel.Memory;

namespace Tierce.Kernel.Objects;

/// <summary>Mappings of memory in domains, each a capability derived from the memory's.</summary>
public static unsafe class Mapping
{
    private const int PagesShift = 48;
    private const ulong FrameMask = (1UL << PagesShift) - 1;

    /// <summary>Flag of B: the pages are a device's, which <see cref="FrameTable"/> does not count.</summary>
    private const ulong OfDevice = 1UL << 63;

    /// <summary>Pages of a mapping.</summary>
    public static ulong Pages(Capability* cap) => (cap->B & ~OfDevice) >> PagesShift;

    /// <summary>First page number of a mapping.</summary>
    public static ulong FirstPage(Capability* cap) => cap->B & FrameMask;

    /// <summary>Fills the page tables and the slot. The caller has checked everything: the address range, the tables, the frames.</summary>
    public static void Make(Capability* slot, Capability* memory, Domain* domain, ulong address, ulong firstPage, ulong pages, CapRights rights)
    {
        Invariant.Holds(slot->Type == CapabilityType.None && firstPage <= FrameMask && pages is not 0 and <= AddressSpace.MostPages);
        bool device = memory->Type == CapabilityType.DeviceMemory;
        if (!device)
        {
            FrameTable.Add(firstPage, pages, kernel: false);
        }

        AddressSpace.Map(domain->TopTable, &domain->Pool, address, firstPage, pages, rights, cached: !device);
        ulong place = firstPage | (pages << PagesShift) | (device ? OfDevice : 0);
        Derivation.Fill(slot, CapabilityType.Mapping, rights, domain, address, place, memory);
        slot->PreviousMapping = null;
        slot->NextMapping = domain->FirstMapping;
        if (slot->NextMapping != null)
        {
            slot->NextMapping->PreviousMapping = slot;
        }

        domain->FirstMapping = slot;
    }

    /// <summary>Removes a mapping from its domain's tables.</summary>
    public static void Release(Capability* cap)
    {
        Domain* domain = (Domain*)cap->Object;
        AddressSpace.Unmap(domain->TopTable, &domain->Pool, cap->A, Pages(cap));
        if ((cap->B & OfDevice) == 0)
        {
            FrameTable.Remove(FirstPage(cap), Pages(cap), kernel: false);
        }

        if (cap->NextMapping != null)
        {
            cap->NextMapping->PreviousMapping = cap->PreviousMapping;
        }

        if (cap->PreviousMapping != null)
        {
            cap->PreviousMapping->NextMapping = cap->NextMapping;
        }
        else
        {
            domain->FirstMapping = cap->NextMapping;
        }
    }
}

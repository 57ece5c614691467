using System.Runtime.CompilerServices;
using Tierce.Abi;
using Tierce.Kernel.Memory;

namespace Tierce.Kernel.Objects;

/// <summary>A domain's capabilities: a directory page of pages with slots, all from the domain's pool.</summary>
public unsafe struct CapabilitySpace
{
    /// <summary>Slots of a page.</summary>
    public const uint SlotsPerPage = 4096 / Capability.Size;

    /// <summary>Slot numbers are below this (a directory page has 512 entries); slot 0 is never used.</summary>
    public const uint Limit = 512 * SlotsPerPage;

    /// <summary>
    /// Entry <c>p</c> is the address of slot page <c>p</c> less <c>p * 4096</c>, so that slot <c>n</c> is found at
    /// <c>entry + n * Capability.Size</c>; 0 if that page does not exist.
    /// </summary>
    private ulong* directory;

    /// <summary>Starts with no slots. <paramref name="page"/> is a page of zeros for the directory.</summary>
    public void Initialise(void* page) => directory = (ulong*)page;

    /// <summary>The capability in a slot, or null if there is none.</summary>
    public readonly Capability* Find(ulong slot) => TryFind(directory, slot, out Capability* cap) && cap->Type != CapabilityType.None ? cap : null;

    /// <summary>The slot of that number of a domain's, if its page exists; it may be empty.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryFind(Domain* domain, ulong slot, out Capability* cap) => TryFind(domain->Capabilities.directory, slot, out cap);

    /// <summary>Finds an empty slot for a new capability. Takes a new page for slots from the pool if necessary.</summary>
    public readonly Status Prepare(Pool* pool, ulong slot, Capability** result)
    {
        if (slot == 0 || slot >= Limit)
        {
            return Status.BadArgument;
        }

        // SAFETY: slot < Limit, so the entry lies in the directory.
        ulong* entry = directory + (slot / SlotsPerPage);
        if (*entry == 0)
        {
            void* page = pool->Take();
            if (page == null)
            {
                return Status.NoMemory;
            }

            Invariant.Holds(((ulong)page & 4095) == 0);
            *entry = (ulong)page - (slot / SlotsPerPage * SlotsPerPage * Capability.Size);
        }

        *result = (Capability*)(*entry + (slot * Capability.Size));
        return (*result)->Type == CapabilityType.None ? Status.Ok : Status.SlotTaken;
    }

    /// <summary>Whether the slot page of this slot exists.</summary>
    public readonly bool HasPage(uint slot) => directory[slot / SlotsPerPage] != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryFind(ulong* directory, ulong slot, out Capability* cap)
    {
        cap = null;
        if (slot >= Limit)
        {
            return false;
        }

        // SAFETY: the index is below 512, the directory is a page of addresses, and a slot page has SlotsPerPage slots.
        ulong start = directory[slot / SlotsPerPage];
        if (start == 0)
        {
            return false;
        }

        cap = (Capability*)(start + (slot * Capability.Size));
        return true;
    }
}

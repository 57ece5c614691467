using System.Runtime.CompilerServices;
using Tierce.Abi;

namespace Tierce.Kernel;

/// <summary>A domain's capabilities: a directory page of slot pages, all from the domain's pool.</summary>
public unsafe struct CapabilitySpace
{
    /// <summary>Slots of a page.</summary>
    public const uint SlotsPerPage = 4096 / Capability.Size;

    /// <summary>Slot numbers are below this (a directory page has 512 entries); slot 0 is never used.</summary>
    public const uint Limit = 512 * SlotsPerPage;

    private Capability** directory;

    /// <summary>Starts with no slots. <paramref name="page"/> is a page of zeros for the directory.</summary>
    public void Initialise(void* page) => directory = (Capability**)page;

    /// <summary>The capability in a slot, or null if there is none.</summary>
    public readonly Capability* Find(ulong slot) => TryFind(slot, out Capability* cap) && cap->Type != CapabilityType.None ? cap : null;

    /// <summary>The slot of that number, if its page exists; it may be empty.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool TryFind(ulong slot, out Capability* cap)
    {
        cap = null;
        if (slot >= Limit)
        {
            return false;
        }

        // SAFETY: the index is below 512, the directory is a page of pointers, and a slot page has SlotsPerPage slots.
        Capability* page = directory[slot / SlotsPerPage];
        if (page == null)
        {
            return false;
        }

        cap = page + (slot % SlotsPerPage);
        return true;
    }

    /// <summary>Finds an empty slot for a new capability, with a new slot page from the pool if need be.</summary>
    public readonly Status Prepare(Pool* pool, ulong slot, Capability** result)
    {
        if (slot == 0 || slot >= Limit)
        {
            return Status.BadArgument;
        }

        // SAFETY: as in Find.
        Capability** entry = directory + (slot / SlotsPerPage);
        if (*entry == null)
        {
            *entry = (Capability*)pool->Take();
            if (*entry == null)
            {
                return Status.NoMemory;
            }
        }

        *result = *entry + (slot % SlotsPerPage);
        return (*result)->Type == CapabilityType.None ? Status.Ok : Status.SlotTaken;
    }

    /// <summary>Whether the slot page of this slot exists.</summary>
    public readonly bool HasPage(uint slot) => directory[slot / SlotsPerPage] != null;
}

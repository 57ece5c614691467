using Tierce.Abi;
using Tierce.Runtime;

namespace Tierce.Root;

/// <summary>Root's resources: memory, slots, and the capabilities that the kernel gave it.</summary>
public unsafe struct RootState
{
    /// <summary>The kernel's information for root.</summary>
    public readonly RootInfo* Info;

    /// <summary>Free slots of root's own table.</summary>
    public SlotAllocator Slots;

    /// <summary>Free memory.</summary>
    public PageAllocator Pages;

    /// <summary>Memory of the piece that is being built.</summary>
    public MemoryJournal Journal;

    /// <summary>The time of day.</summary>
    public WallClock Wall;

    /// <summary>The endpoint through which monitors and the watchers reach root, and the first notification of domains' ends; one for each group follows.</summary>
    public uint EndpointSlot, FirstEndsSlot;

    /// <summary>Takes over the resources that the kernel gave.</summary>
    public RootState(RootInfo* info)
    {
        this = default;
        Info = info;
        Slots = new SlotAllocator(RootInfo.FirstFreeSlot);
        ulong count = info->MemoryCount < PageAllocator.MaxRanges ? info->MemoryCount : PageAllocator.MaxRanges;
        for (int i = 0; i < (int)count; i++)
        {
            Pages.Add(info->MemoryFirst[i], info->MemoryPages[i]);
        }
    }

    /// <summary>Allocates pages into a slot. Returns Status.NoMemory if there are none.</summary>
    public Status Allocate(ulong pages, CapRights rights, out Memory memory)
    {
        if (Journal.TryReplay(pages, out PageStretch stretch))
        {
            return Derive(stretch, pages, rights, out memory);
        }

        if (!Pages.TryTake(pages, out stretch))
        {
            memory = default;
            return Status.NoMemory;
        }

        Journal.Add(stretch, pages);
        return Derive(stretch, pages, rights, out memory);
    }

    /// <summary>Derives a file's pages.</summary>
    public Status DeriveFile(in BundleFile file, out Memory memory)
    {
        memory = new Memory(Slots.Take());
        return new Memory(RootInfo.BundleSlot).Derive(file.Offset >> 12, file.Pages, CapRights.Read | CapRights.Delegate, memory.Slot);
    }

    /// <summary>Derives a stretch that was taken from <see cref="Pages"/>.</summary>
    public Status Derive(PageStretch stretch, ulong pages, CapRights rights, out Memory memory)
    {
        memory = new Memory(Slots.Take());
        return new Memory((uint)(RootInfo.FirstMemorySlot + stretch.Range)).Derive(stretch.First, pages, rights, memory.Slot);
    }
}

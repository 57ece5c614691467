using Tierce.Abi;
using Tierce.Runtime;

namespace Tierce.Root;

/// <summary>What root hands out: memory, slots and the capabilities it was born with.</summary>
public unsafe struct RootState
{
    /// <summary>What the kernel told root.</summary>
    public readonly RootInfo* Info;

    /// <summary>Free slots of root's own table.</summary>
    public SlotAllocator Slots;

    /// <summary>Free memory.</summary>
    public PageAllocator Pages;

    /// <summary>Memory of the piece that is being built.</summary>
    public MemoryJournal Journal;

    /// <summary>Wall clock: seconds since 1970 when the counter stood at <see cref="WallTsc"/>.</summary>
    public ulong WallSeconds, WallTsc;

    /// <summary>The endpoint through which monitors and the watcher reach root, and the notification of domains' ends.</summary>
    public uint EndpointSlot, EndsSlot;

    /// <summary>Takes over what the kernel gave.</summary>
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

    /// <summary>Allocates pages into a slot; Status.NoMemory if there are none.</summary>
    public Status Allocate(ulong pages, CapRights rights, out Memory memory) =>
        Take(pages, 1, rights, out memory);

    /// <summary>Allocates pages at a physical multiple of 2 MiB.</summary>
    public Status AllocateLarge(ulong pages, CapRights rights, out Memory memory) =>
        Take(pages, 512, rights, out memory);

    /// <summary>Derives a file's pages.</summary>
    public Status DeriveFile(in BundleFile file, out Memory memory)
    {
        memory = new Memory(Slots.Take());
        return new Memory(RootInfo.BundleSlot).Derive(file.Offset >> 12, file.Pages, CapRights.Read | CapRights.Delegate, memory.Slot);
    }

    private Status Take(ulong pages, ulong alignment, CapRights rights, out Memory memory)
    {
        if (Journal.TryReplay(pages, out PageStretch stretch))
        {
            return Derive(stretch, pages, rights, out memory);
        }

        if (!(alignment == 1 ? Pages.TryTake(pages, out stretch) : Pages.TryTakeAligned(pages, alignment, out stretch)))
        {
            memory = default;
            return Status.NoMemory;
        }

        Journal.Add(stretch, pages);
        return Derive(stretch, pages, rights, out memory);
    }

    private Status Derive(PageStretch stretch, ulong pages, CapRights rights, out Memory memory)
    {
        memory = new Memory(Slots.Take());
        return new Memory((uint)(RootInfo.FirstMemorySlot + stretch.Range)).Derive(stretch.First, pages, rights, memory.Slot);
    }
}

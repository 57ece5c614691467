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

    /// <summary>The bus.</summary>
    public BusLink Bus;

    /// <summary>The control line.</summary>
    public ControlChannel Control;

    /// <inheritdoc cref="Control"/>
    public ControlWiring ControlWiring;

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

    /// <summary>Allocates pages of zeros for all lives of what uses them. Returns where they are in the machine.</summary>
    public Status AllocateForDevice(ulong pages, out Memory memory, out ulong physical)
    {
        memory = default;
        physical = 0;
        if (!Pages.TryTake(pages, out PageStretch stretch))
        {
            return Status.NoMemory;
        }

        physical = (Info->MemoryFirst[stretch.Range] + stretch.First) << 12;
        Status status = Derive(stretch, pages, CapRights.Read | CapRights.Write | CapRights.Delegate, out memory);
        return status != Status.Ok ? status : Clear(memory, pages);
    }

    /// <summary>Zeroes memory.</summary>
    public Status Clear(Memory memory, ulong pages)
    {
        const ulong Window = 0x0000_0042_0000_0000;
        var mapping = new Capability(Slots.Take());
        Status status = Status.Ok;
        for (ulong first = 0; first < pages && status == Status.Ok; first += Memory.MapPages)
        {
            ulong count = pages - first < Memory.MapPages ? pages - first : Memory.MapPages;
            status = memory.Map(Domain.Own, Window, first, count, CapRights.Read | CapRights.Write, mapping.Slot);
            if (status == Status.Ok)
            {
                // SAFETY: mapped just now.
                new Span<byte>((void*)Window, (int)(count << 12)).Clear();
                status = mapping.Delete();
            }
        }

        return status;
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

using Tierce.Abi;
using Tierce.Kernel.Arch;
using Tierce.Kernel.Diagnostics;
using Tierce.Kernel.Memory;
using Tierce.Kernel.Objects;
using Tierce.Kernel.Processors;
using Tierce.Kernel.Scheduling;

namespace Tierce.Kernel.Loading;

/// <summary>
/// Builds the first domain, root, from the memory that is free at start, and gives it all rights. After this the kernel owns no memory
/// except what <see cref="Build"/> has reserved for it.
/// </summary>
public static unsafe class RootDomain
{
    /// <summary>
    /// Pages of root's kernel memory: 4 MiB; in addition pages for the tables that map the boot bundle, and one for each 16 MiB of the
    /// machine. Root needs less than two for a guest, and a guest is larger than 32 MiB.
    /// </summary>
    private const ulong PoolPages = 1024;

    /// <inheritdoc cref="PoolPages"/>
    private const ulong MachineOfPoolPage = 4096;

    /// <summary>Pages of root's stack.</summary>
    public const ulong StackPages = 16;

    /// <summary>End of root's stack; a page is left free between it and <see cref="RootInfo"/>.</summary>
    public const ulong StackTop = RootInfo.Address - 4096;

    /// <summary>Most memory capabilities of root.</summary>
    private const int MostRanges = 16;

    private const int RootPriority = Scheduler.Priorities - 1;

    /// <summary>Most pages of root's image. They are mapped as they are copied.</summary>
    private const ulong MostImagePages = 4096;

    /// <summary>Ports of the machine.</summary>
    private const ulong PortCount = 65536;

    /// <summary>
    /// Builds root and makes its first thread ready. Panics if the bundle or its root program is unusable, or memory too small.
    /// </summary>
    /// <param name="cpu">The CPU that root's thread runs on.</param>
    /// <param name="ranges">Free RAM, without the kernel, the bundle and page 0. This function sorts and cuts it.</param>
    /// <param name="count">Number of ranges.</param>
    /// <param name="bundle">Physical address of the boot bundle, page aligned.</param>
    /// <param name="bundleSize">Size of the bundle in bytes.</param>
    /// <param name="tscAtEntry">TSC at the kernel's entry.</param>
    /// <param name="devices">Ranges that hold no RAM and no device of the kernel.</param>
    /// <param name="deviceCount">Number of those, at most <see cref="RootInfo.MostDevices"/>.</param>
    public static void Build(
        PerCpu* cpu, MemoryRange* ranges, int count, ulong bundle, ulong bundleSize, ulong tscAtEntry, MemoryRange* devices, int deviceCount)
    {
        if ((bundle & 4095) != 0 || bundleSize == 0 || bundleSize > int.MaxValue)
        {
            Machine.Panic("boot bundle is missing or misplaced"u8, bundle);
        }

        Sort(ranges, count);
        MemoryRange* main = &ranges[0];
        ulong end = PagesOf(bundle + bundleSize);
        for (int i = 0; i < count; i++)
        {
            ulong rangeEnd = ranges[i].First + ranges[i].Pages;
            end = rangeEnd > end ? rangeEnd : end;
        }

        ulong tablePages = FrameTable.PagesNeeded(end);
        ulong bundlePages = PagesOf(bundleSize);
        ulong poolPages = PoolPages + (bundlePages / AddressSpace.MostPages) + (end / MachineOfPoolPage);
        if (count == 0 || main->Pages < tablePages + InterruptLine.TablePages + poolPages + MostImagePages + StackPages + 1)
        {
            Machine.Panic("too little memory for root"u8, count == 0 ? 0 : main->Pages);
        }

        FrameTable.Initialise(main->Cut(tablePages), end);
        InterruptLine.Initialise(ZeroedPages(main, InterruptLine.TablePages));
        ulong pool = main->Cut(poolPages);
        FrameTable.Add(pool, poolPages, kernel: true);
        Domain* domain = Domain.Create(pool, poolPages, null);

        // SAFETY: the boot loader put the bundle there, and the free ranges do not contain it.
        ReadOnlySpan<byte> contents = new(Machine.ToVirtual(bundle), (int)bundleSize);
        ReadOnlySpan<byte> program = BootBundle.Find(contents, "root"u8);
        CheckIdentity(program);
        ulong entry = Load(domain, main, program);
        MapNew(domain, main, StackTop - (StackPages << 12), StackPages, CapRights.Read | CapRights.Write);
        RootInfo* info = (RootInfo*)Machine.ToVirtual(MapNew(domain, main, RootInfo.Address, 1, CapRights.Read) << 12);
        MapRange(domain, RootInfo.BundleAddress, bundle >> 12, bundlePages, CapRights.Read);
        info->BundleSize = bundleSize;
        info->TscHertz = Machine.TscHertz;
        info->TscAtEntry = tscAtEntry;
        GiveRights(domain, bundle >> 12, bundlePages);
        GiveMemory(domain, info, ranges, count);
        GiveDevices(domain, info, devices, deviceCount);
        Start(cpu, domain, entry);
    }

    /// <summary>Root compares every other image with its own.</summary>
    private static void CheckIdentity(ReadOnlySpan<byte> program)
    {
        ulong identity = ImageIdentity.Read(program);
        if (program.Length != 0 && identity != Machine.AbiIdentity)
        {
            KernelLog.Field("tierce: the kernel was built for ABI "u8, Machine.AbiIdentity);
            KernelLog.Field(", root for "u8, identity);
            KernelLog.Line();
            Machine.Panic("kernel and root are of different builds"u8, identity);
        }
    }

    private static void Start(PerCpu* cpu, Domain* domain, ulong entry)
    {
        Thread* thread = (Thread*)domain->Pool.Take();
        ThreadLife.Initialise(cpu, thread, domain, ObjectKind.Thread, RootPriority, Scheduler.ToTicks(Scheduler.DefaultSlice));
        thread->Context.InstructionPointer = entry;
        thread->Context.StackPointer = StackTop;
        thread->Context.FirstArgument = RootInfo.Address;
        Scheduler.Resume(cpu, thread);
    }

    private static void GiveRights(Domain* domain, ulong bundlePage, ulong bundlePages)
    {
        Derivation.Fill(Slot(domain, RootInfo.DomainSlot), CapabilityType.Domain, CapRights.All, domain, 0, 0, &domain->Object.Root);
        Derivation.Fill(Slot(domain, RootInfo.LogSlot), CapabilityType.Log, CapRights.All, null, 0, 0, null);
        Derivation.Fill(Slot(domain, RootInfo.MachineSlot), CapabilityType.Machine, CapRights.All, null, 0, 0, null);
        Derivation.Fill(Slot(domain, RootInfo.PortsSlot), CapabilityType.Ports, CapRights.All, null, 0, PortCount, null);
        Derivation.Fill(
            Slot(domain, RootInfo.BundleSlot),
            CapabilityType.Memory,
            CapRights.Read | CapRights.Execute | CapRights.Delegate,
            null,
            bundlePage,
            bundlePages,
            null);
        for (int i = 0; i < InterruptLine.Count; i++)
        {
            InterruptLine* line = InterruptLine.Get(i);
            int number = line->IsMessage ? RootInfo.FirstMessageSlot + i - RootInfo.InterruptSlots : RootInfo.FirstInterruptSlot + i;
            Derivation.Fill(Slot(domain, number), CapabilityType.Interrupt, CapRights.All, line, 0, 0, null);
        }
    }

    /// <summary>A device's memory is never executed.</summary>
    private static void GiveDevices(Domain* domain, RootInfo* info, MemoryRange* devices, int count)
    {
        for (int i = 0; i < count && i < RootInfo.MostDevices; i++)
        {
            Capability* slot = Slot(domain, RootInfo.FirstDeviceSlot + i);
            Derivation.Fill(slot, CapabilityType.DeviceMemory, CapRights.All & ~CapRights.Execute, null, devices[i].First, devices[i].Pages, null);
            info->DeviceFirst[i] = devices[i].First;
            info->DevicePages[i] = devices[i].Pages;
            info->DeviceCount = (ulong)i + 1;
        }

        info->MessageAddress = Machine.MessageAddress;
        info->FirstMessageData = Machine.FirstMessageData;
    }

    private static void GiveMemory(Domain* domain, RootInfo* info, MemoryRange* ranges, int count)
    {
        int given = 0;
        Sort(ranges, count);
        for (int i = 0; i < count && given < MostRanges && ranges[i].Pages != 0; i++)
        {
            Capability* slot = Slot(domain, RootInfo.FirstMemorySlot + given);
            Derivation.Fill(slot, CapabilityType.Memory, CapRights.All, null, ranges[i].First, ranges[i].Pages, null);
            info->MemoryFirst[given] = ranges[i].First;
            info->MemoryPages[given] = ranges[i].Pages;
            given++;
        }

        info->MemoryCount = (ulong)given;
    }

    private static Capability* Slot(Domain* domain, int number)
    {
        Capability* slot;
        if (domain->Capabilities.Prepare(&domain->Pool, (ulong)number, &slot) != Status.Ok)
        {
            Machine.Panic("root's slots"u8, (ulong)number);
        }

        return slot;
    }

    private static ulong Load(Domain* domain, MemoryRange* memory, ReadOnlySpan<byte> file)
    {
        ElfFile elf = new(file);
        if (elf.Count == 0)
        {
            Machine.Panic("the bundle has no root program that can be loaded"u8, (ulong)file.Length);
        }

        ulong budget = MostImagePages;
        for (int i = 0; i < elf.Count; i++)
        {
            if (elf.TryGetSegment(i, out ElfSegment segment, out bool malformed))
            {
                ulong first = segment.Address & ~4095UL;
                ulong pages = PagesOf(segment.Address + segment.MemorySize - first);
                if (pages > budget)
                {
                    Machine.Panic("root's program is too large"u8, pages);
                }

                budget -= pages;
                LoadSegment(domain, memory, file, in segment, first, pages);
            }
            else if (malformed)
            {
                Machine.Panic("root's program has a bad segment"u8, (ulong)i);
            }
        }

        return elf.Entry;
    }

    private static void LoadSegment(Domain* domain, MemoryRange* memory, ReadOnlySpan<byte> file, in ElfSegment segment, ulong first, ulong pages)
    {
        ulong page = MapNew(domain, memory, first, pages, segment.Rights);

        // SAFETY: the pages are new, and the segment with its offset in the first page fits in them.
        Span<byte> target = new(Machine.ToVirtual(page << 12) + (segment.Address - first), segment.FileSize);
        file.Slice(segment.FileOffset, segment.FileSize).CopyTo(target);
    }

    /// <summary>Maps new pages of zeros. Returns the first page's number.</summary>
    private static ulong MapNew(Domain* domain, MemoryRange* memory, ulong address, ulong pages, CapRights rights)
    {
        ulong first = (Machine.ToPhysical(ZeroedPages(memory, pages)) >> 12);
        MapRange(domain, address, first, pages, rights);
        return first;
    }

    /// <summary>Maps pages permanently: no capability stands for the mapping.</summary>
    private static void MapRange(Domain* domain, ulong address, ulong first, ulong pages, CapRights rights)
    {
        FrameTable.Add(first, pages, kernel: false);
        while (pages != 0)
        {
            ulong step = pages < AddressSpace.MostPages ? pages : AddressSpace.MostPages;
            Status status = AddressSpace.Check(domain->TopTable, &domain->Pool, address, first, step);
            if (status != Status.Ok)
            {
                Machine.Panic("root's address space"u8, address);
            }

            AddressSpace.Map(domain->TopTable, &domain->Pool, address, first, step, rights);
            address += step << 12;
            first += step;
            pages -= step;
        }
    }

    private static void* ZeroedPages(MemoryRange* memory, ulong pages)
    {
        byte* start = Machine.ToVirtual(memory->Cut(pages) << 12);
        for (ulong i = 0; i < pages; i++)
        {
            Machine.ZeroPage(start + (i << 12));
        }

        return start;
    }

    private static ulong PagesOf(ulong bytes) => (bytes + 4095) >> 12;

    /// <summary>Largest first; there are a few dozen at most, and this runs twice.</summary>
    private static void Sort(MemoryRange* ranges, int count)
    {
        for (int i = 1; i < count; i++)
        {
            for (int j = i; j > 0 && ranges[j].Pages > ranges[j - 1].Pages; j--)
            {
                (ranges[j].First, ranges[j - 1].First) = (ranges[j - 1].First, ranges[j].First);
                (ranges[j].Pages, ranges[j - 1].Pages) = (ranges[j - 1].Pages, ranges[j].Pages);
            }
        }
    }
}

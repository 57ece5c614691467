using Tierce.Abi;
using Tierce.Runtime;

namespace Tierce.Root;

/// <content>The large pieces of memory: those of guests, and applications' own.</content>
public ref partial struct SystemBuilder
{
    private const CapRights OwnRights = CapRights.Read | CapRights.Write | CapRights.Execute | CapRights.Delegate;

    /// <summary>
    /// Reserves a guest's memory once for all its lives, because its console's driver maps a part of it and may start before the guest and
    /// outlive it. A guest gets none if drivers, applications and the monitors of earlier guests would then have too little.
    /// </summary>
    private readonly Status ReserveMemory(int index)
    {
        GuestEntry entry = _guests[index];
        ref GuestWiring wiring = ref _guestWiring[index];
        var plan = new GuestPlan(entry.MemoryBytes >> 12, MonitorPages(entry), KeptPages(index));
        MemoryLack lack = plan.Take(ref _root.Pages);
        if (lack != MemoryLack.None)
        {
            TooLittleMemory.Write(entry.Name.In(_text), lack, plan, _root.Pages);
            return Status.Ok;
        }

        Status status = _root.Derive(plan.Memory, plan.All, OwnRights, out Memory memory);
        wiring.MemorySlot = memory.Slot;
        if (status == Status.Ok)
        {
            status = _root.Derive(plan.CacheMemory, plan.Cache, OwnRights, out memory);
            wiring.CacheSlot = memory.Slot;
        }

        return status;
    }

    /// <summary>
    /// Pages that drivers and applications, and the monitors of the first guests (those that have their memory), still need.
    /// </summary>
    private readonly ulong KeptPages(int guests)
    {
        ulong kept = 0;
        for (int i = 0; i < _programs.Length; i++)
        {
            kept += GuestFootprint.ProgramPages + ((_programs[i].MemoryBytes + 4095) >> 12);
        }

        for (int i = 0; i < guests; i++)
        {
            kept += _guestWiring[i].MemorySlot == 0 ? 0 : MonitorPages(_guests[i]);
        }

        return kept;
    }

    private readonly ulong MonitorPages(in GuestEntry entry) =>
        GuestFootprint.MonitorPages(FilePages(entry.Kernel) + FilePages(entry.RamDisk) + FilePages(entry.Rom));

    private readonly unsafe ulong FilePages(TextRange name) =>
        name.Length != 0 && Bundle.TryFind(_root.Info, name.In(_text), out BundleFile file) ? file.Pages : 0;

    /// <summary>Grants memory that a program may use freely; an application may delegate it.</summary>
    private readonly bool GrantOwnMemory(ref DomainBuilder builder, TextRange name, ulong bytes, CapRights rights)
    {
        ulong pages = (bytes + 4095) >> 12;
        if (_root.Allocate(pages, OwnRights, out Memory memory) == Status.Ok)
        {
            builder.Grant(StartupPurpose.Memory, memory.Slot, rights, pages);
            return true;
        }

        Log log = Report.Line();
        log.Text("program "u8);
        log.Text(name.In(_text));
        log.Text(": too little memory: "u8);
        log.Decimal((bytes + 1023) >> 10);
        log.Text(" KiB wanted in one range"u8);
        TooLittleMemory.WriteRanges(ref log, _root.Pages, alignment: 1);
        log.EndLine();
        return false;
    }

    /// <summary>Gives a monitor the reserved memory. Returns false if there was too little, which has been logged.</summary>
    private readonly bool GrantMemory(ref DomainBuilder builder, in GuestEntry entry, in GuestWiring wiring)
    {
        if (wiring.MemorySlot == 0)
        {
            return false;
        }

        // Monitors get capabilities of this life only, which the end of the life revokes.
        const CapRights Given = CapRights.Read | CapRights.Write | CapRights.Execute;
        ulong ram = entry.MemoryBytes >> 12;
        ulong all = GuestFootprint.AllPages(ram);
        ulong cache = GuestFootprint.CachePages(ram);
        var memory = new Memory(_root.Slots.Take());
        var cacheMemory = new Memory(_root.Slots.Take());
        bool derived = new Memory(wiring.MemorySlot).Derive(0, all, OwnRights, memory.Slot) == Status.Ok
            && new Memory(wiring.CacheSlot).Derive(0, cache, OwnRights, cacheMemory.Slot) == Status.Ok;
        builder.Grant(StartupPurpose.GuestMemory, memory.Slot, Given, all);
        builder.Tell(StartupPurpose.GuestRam, ram);
        builder.Grant(StartupPurpose.GuestCache, cacheMemory.Slot, Given, cache);
        return derived;
    }
}

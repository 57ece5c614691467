using Tierce.Abi;
using Tierce.Runtime;
using Tierce.Runtime.Devices;

namespace Tierce.Root;

/// <content>The bus, the drivers of its devices, and the back ends of guests' disks.</content>
public ref partial struct SystemBuilder
{
    private const CapRights Shared = CapRights.Read | CapRights.Write;

    /// <summary>Makes the memory of the queues for each driver of a device.</summary>
    private readonly Status MakeQueues()
    {
        uint queues = 0;
        Status status = Status.Ok;
        for (int i = 0; i < _programs.Length && status == Status.Ok; i++)
        {
            ref DeviceWiring device = ref _programWiring[i].Device;
            device.Line = -1;
            if (_programs[i].Device < 0)
            {
                continue;
            }

            device.Queue = queues++;
            uint own = BusDevice.QueuesOf(_programs[i].DeviceKind);
            status = _root.AllocateForDevice(own * QueueLayout.DescriptorPages, out Memory descriptors, out device.DescriptorsAddress);
            device.DescriptorsSlot = descriptors.Slot;
            if (status == Status.Ok)
            {
                status = _root.AllocateForDevice(own * QueueLayout.DriverPages, out Memory rings, out device.RingsAddress);
                device.RingsSlot = rings.Slot;
            }

            status = status != Status.Ok ? status : AllocateShared(RateTable.Pages, out device.RatesSlot);
            status = status != Status.Ok ? status : DiskPages.MapRates(new Memory(device.RatesSlot), device.Queue, _root.Slots.Take());
        }

        return status == Status.Ok && queues != 0 ? _root.Bus.Open(ref _root) : status;
    }

    /// <summary>Makes what a guest's back end shares with its monitor and with the drivers of its disks.</summary>
    private readonly Status MakeBackEnd(int index, in ManifestParser manifest)
    {
        ref GuestWiring wiring = ref _guestWiring[index];
        ref BackEndWiring backEnd = ref wiring.BackEnd;
        if (_guests[index].DiskCount == 0)
        {
            return Status.Ok;
        }

        backEnd.EventsSlot = _root.Slots.Take();
        Status status = Notification.Create(backEnd.EventsSlot);
        status = status != Status.Ok ? status : AllocateShared(DeviceControl.Pages, out backEnd.ControlSlot);
        status = status != Status.Ok ? status : AllocateShared(BackEndMemory.Pages(_guests[index].DiskCount), out backEnd.MemorySlot);
        status = status != Status.Ok ? status : AllocateShared(PlugTable.Pages, out wiring.PlugsSlot);
        status = status != Status.Ok ? status : DiskPages.MapPlugs(new Memory(wiring.PlugsSlot), index, _root.Slots.Take());
        for (int i = 0; i < _guests[index].DiskCount && status == Status.Ok; i++)
        {
            ref DiskWiring disk = ref wiring.Disks[i];
            disk.Driver = manifest.FindDriver(_guests[index].Disks[i].Driver.In(_text));
            disk.Client = _programWiring[disk.Driver].Device.Clients++;
            disk.GuestEventSlot = _root.Slots.Take();
            status = Notification.Create(disk.GuestEventSlot);
            status = status != Status.Ok ? status : AllocateShared(BlockChannel.Pages, out disk.ChannelSlot);
            if (status == Status.Ok && disk.Client < BusDevice.MostClients)
            {
                Prepare(index, i, _guests[index].Disks[i]);
            }
        }

        return status;
    }

    /// <summary>Writes the manifest's limits and state of a disk, which requests of the control line may change later.</summary>
    private readonly void Prepare(int guest, int number, in GuestDisk disk)
    {
        DiskWiring wiring = _guestWiring[guest].Disks[number];
        DiskPages.SetRate(_programWiring[wiring.Driver].Device.Queue, wiring.Client, new ClientRate { Operations = disk.Operations, Bytes = disk.Bytes });
        DiskPages.SetPlugged(guest, number, !disk.Unplugged);
    }

    private readonly Status AllocateShared(ulong pages, out uint slot)
    {
        Status status = _root.AllocateForDevice(pages, out Memory memory, out _);
        slot = memory.Slot;
        return status;
    }

    /// <summary>
    /// Starts the bus, waits until it has looked for devices, and has it set up those that drivers want. No guest runs yet. If the bus does
    /// not answer, the machine stops here, and the log shows where.
    /// </summary>
    public readonly void StartDevices(Endpoint endpoint)
    {
        int bus = ProgramEntry.FindBus(_programs);
        if (bus < 0)
        {
            return;
        }

        _programWiring[bus].Failed = !StartProgram(bus);
        if (_programWiring[bus].Failed || _root.Bus.TableSlot == 0 || !WaitForBus(bus, endpoint))
        {
            return;
        }

        bool any = false;
        for (int i = 0; i < _programs.Length; i++)
        {
            any |= _programs[i].Device >= 0 && Assign(i);
        }

        if (any)
        {
            new Notification(_programWiring[bus].EventsSlot).Signal(BusTable.CommandBit);
            WaitForBus(bus, endpoint);
        }
    }

    private static bool WaitForBus(int bus, Endpoint endpoint)
    {
        while (true)
        {
            Status status = endpoint.Receive(out Message message);
            if (status == Status.Ok)
            {
                // Only the bus and the watchers run yet. The watchers report its death.
                Endpoint.Reply();
                return message.Badge == DomainEnds.ProgramBadge(bus);
            }
        }
    }

    /// <summary>Gives a driver the device that it names, with buffers for each client.</summary>
    private readonly unsafe bool Assign(int program)
    {
        ref DeviceWiring device = ref _programWiring[program].Device;
        DeviceKind kind = _programs[program].DeviceKind;
        int line = BusLink.Find(kind, _programs[program].Device);
        if (line < 0 || device.Clients > BusDevice.MostClients)
        {
            return false;
        }

        BusDevice wanted = BusLink.Facts(line);
        uint fewest = kind == DeviceKind.Console ? ConsoleQueues.FewestEntries : BlockShapes.FewestHeads;
        uint heads = BusDevice.HeadsOfClient(wanted.QueueSize, device.Clients);
        if (wanted.QueueSize > QueueLayout.MostEntries || heads < fewest || (kind == DeviceKind.Block && !MakePools(program, heads, ref wanted)))
        {
            return false;
        }

        device.Line = line;
        wanted.Queue = device.Queue;
        wanted.QueueAddress = device.DescriptorsAddress;
        wanted.RingsAddress = device.RingsAddress;
        wanted.Clients = device.Clients;
        wanted.MessageAddress = _root.Info->MessageAddress;
        wanted.MessageData = (uint)_root.Info->FirstMessageData + device.Queue;
        BusLink.SetUp(line, wanted);
        return true;
    }

    private readonly unsafe bool MakePools(int program, uint heads, ref BusDevice wanted)
    {
        uint pages = new BlockShapes(heads).Pages;
        for (int i = 0; i < _guests.Length; i++)
        {
            for (int d = 0; d < _guests[i].DiskCount; d++)
            {
                ref DiskWiring disk = ref _guestWiring[i].Disks[d];
                if (disk.Driver != program)
                {
                    continue;
                }

                if (_root.AllocateForDevice(pages, out Memory pool, out ulong address) != Status.Ok)
                {
                    return false;
                }

                disk.PoolSlot = pool.Slot;
                disk.PoolPages = pages;
                wanted.Pools[disk.Client] = address;
            }
        }

        return true;
    }

    /// <summary>The driver's restart needs its device reset: asks the bus for it. Returns false if there is none that works.</summary>
    public readonly bool ResetDevice(int program)
    {
        ref DeviceWiring device = ref _programWiring[program].Device;
        int bus = ProgramEntry.FindBus(_programs);
        if (device.Line < 0 || bus < 0 || _programWiring[bus].Ended)
        {
            return false;
        }

        device.WaitsForBus = true;
        BusLink.Again(device.Line);
        return new Notification(_programWiring[bus].EventsSlot).Signal(BusTable.CommandBit) == Status.Ok;
    }

    /// <summary>Grants the bus all devices, and a driver its own.</summary>
    private readonly void GrantDevices(ref DomainBuilder builder, int index)
    {
        if (_programs[index].IsBus)
        {
            GrantBus(ref builder);
        }
        else if (_programs[index].Device >= 0)
        {
            GrantDevice(ref builder, index);
        }
    }

    private readonly unsafe void GrantBus(ref DomainBuilder builder)
    {
        if (_root.Bus.TableSlot != 0)
        {
            builder.Grant(StartupPurpose.BusTable, _root.Bus.TableSlot, Shared);
        }

        for (int i = 0; i < (int)_root.Info->DeviceCount && i < RootInfo.MostDevices; i++)
        {
            builder.Grant(StartupPurpose.DeviceMemory, (uint)(RootInfo.FirstDeviceSlot + i), Shared, Range(i).Value);
        }

        for (int i = 0; i < _programs.Length; i++)
        {
            if (_programs[i].Device >= 0)
            {
                uint queues = BusDevice.QueuesOf(_programs[i].DeviceKind);
                builder.Grant(StartupPurpose.QueueDescriptors, _programWiring[i].Device.DescriptorsSlot, Shared, queues);
                builder.Grant(StartupPurpose.QueueRings, _programWiring[i].Device.RingsSlot, Shared, queues);
            }
        }
    }

    private readonly unsafe void GrantDevice(ref DomainBuilder builder, int index)
    {
        ref DeviceWiring device = ref _programWiring[index].Device;
        BusDevice facts = BusLink.Facts(device.Line);
        builder.Grant(StartupPurpose.QueueRings, device.RingsSlot, Shared, facts.QueueSize);
        builder.Grant(StartupPurpose.Interrupt, RootInfo.FirstMessageSlot + device.Queue, CapRights.Control, RootInfo.InterruptSlots + device.Queue);
        if (_programs[index].DeviceKind == DeviceKind.Block)
        {
            builder.Grant(StartupPurpose.RateTable, device.RatesSlot, CapRights.Read);
        }

        GrantPage(ref builder, facts.NotifyPage);
        builder.Tell(StartupPurpose.DeviceFact, facts.Sectors);
        builder.Tell(StartupPurpose.DeviceFact, (ulong)facts.Features);
        builder.Tell(StartupPurpose.DeviceFact, facts.BlockSize);
        builder.Tell(StartupPurpose.DeviceFact, (ulong)facts.QueueFeatures);
        for (uint queue = 0; queue < BusDevice.QueuesOf(_programs[index].DeviceKind); queue++)
        {
            builder.Tell(StartupPurpose.DeviceFact, facts.NotifyOffsets[queue]);
        }

        for (uint client = 0; client < device.Clients; client++)
        {
            GrantClient(ref builder, index, client);
        }
    }

    private readonly void GrantClient(ref DomainBuilder builder, int program, uint client)
    {
        for (int i = 0; i < _guests.Length; i++)
        {
            for (int d = 0; d < _guests[i].DiskCount; d++)
            {
                ref DiskWiring disk = ref _guestWiring[i].Disks[d];
                if (disk.Driver == program && disk.Client == client)
                {
                    builder.Grant(StartupPurpose.BlockChannel, disk.ChannelSlot, Shared);
                    builder.Grant(StartupPurpose.Peer, _guestWiring[i].BackEnd.EventsSlot, CapRights.Send, 1, (ulong)(BackEndEvent.Driver + d));
                    TellClient(ref builder, _guests[i].Disks[d], BusLink.Facts(_programWiring[program].Device.Line).Sectors);
                }
            }
        }
    }

    /// <summary>Describes a client to its driver, in the order of <see cref="ClientFacts"/>.</summary>
    private static void TellClient(ref DomainBuilder builder, in GuestDisk disk, ulong sectors)
    {
        builder.Tell(StartupPurpose.ClientFact, disk.ReadOnly ? 1UL : 0);
        builder.Tell(StartupPurpose.ClientFact, disk.FirstSector);
        builder.Tell(StartupPurpose.ClientFact, PartOf(disk, sectors));
    }

    /// <summary>Grants the page of a notify register, if it is a device's.</summary>
    private readonly unsafe void GrantPage(ref DomainBuilder builder, ulong page)
    {
        for (int i = 0; i < (int)_root.Info->DeviceCount && i < RootInfo.MostDevices; i++)
        {
            DeviceRange range = Range(i);
            if (!range.Has(page))
            {
                continue;
            }

            var memory = new Memory(_root.Slots.Take());
            const CapRights Rights = CapRights.Read | CapRights.Write | CapRights.Delegate;
            if (new Memory((uint)(RootInfo.FirstDeviceSlot + i)).Derive(page - range.First, 1, Rights, memory.Slot) == Status.Ok)
            {
                builder.Grant(StartupPurpose.DeviceMemory, memory.Slot, Shared, new DeviceRange(page, 1).Value);
            }
        }
    }

    /// <summary>A range of devices that the kernel gave.</summary>
    private readonly unsafe DeviceRange Range(int index) => new(_root.Info->DeviceFirst[index], _root.Info->DevicePages[index]);

    /// <summary>Whether a driver has the device that it names; logs if not.</summary>
    private readonly bool HasItsDevice(int program)
    {
        int line = _programWiring[program].Device.Line;
        if (_programs[program].Device < 0 || (line >= 0 && BusLink.IsReady(line, out _)))
        {
            return true;
        }

        Log log = Report.Line();
        log.Text("driver "u8);
        log.Text(_programs[program].Name.In(_text));
        log.Text(line < 0 ? ": the machine has no such device that can be used"u8 : ": its device cannot be set up"u8);
        log.EndLine();
        return false;
    }

    /// <summary>Whether the drivers of a guest's disks run and the disks have the guest's sectors; logs if not.</summary>
    private readonly bool HasItsDisks(int guest)
    {
        for (int i = 0; i < _guests[guest].DiskCount; i++)
        {
            GuestDisk disk = _guests[guest].Disks[i];
            ref ProgramWiring driver = ref _programWiring[_guestWiring[guest].Disks[i].Driver];
            bool fits = driver.Failed || PartOf(disk, BusLink.Facts(driver.Device.Line).Sectors) != 0;
            if (driver.Failed || !fits)
            {
                Log log = Report.Guest(_guests[guest].Name.In(_text));
                log.Text(fits ? ": its disk "u8 : ": its part of the disk "u8);
                log.Text(disk.Driver.In(_text));
                log.Text(fits ? " was not started"u8 : " ends beyond the end of the disk"u8);
                log.EndLine();
                return false;
            }
        }

        return true;
    }

    /// <summary>Sectors of a guest's part of a disk; 0 if the disk does not have them all.</summary>
    private static ulong PartOf(in GuestDisk disk, ulong sectors)
    {
        ulong most = sectors - System.Math.Min(sectors, disk.FirstSector);
        return disk.Sectors == 0 ? most : disk.Sectors <= most ? disk.Sectors : 0;
    }

    /// <summary>Grants a monitor the control path of its guest's disks.</summary>
    private readonly void GrantDisks(ref DomainBuilder builder, int guest)
    {
        ref GuestWiring wiring = ref _guestWiring[guest];
        if (_guests[guest].DiskCount == 0)
        {
            return;
        }

        builder.Grant(StartupPurpose.DeviceControl, wiring.BackEnd.ControlSlot, Shared);
        builder.Grant(StartupPurpose.PlugTable, wiring.PlugsSlot, Shared);
        builder.Grant(StartupPurpose.BackEnd, wiring.BackEnd.EventsSlot, CapRights.Send);
        for (int i = 0; i < _guests[guest].DiskCount; i++)
        {
            builder.Grant(StartupPurpose.GuestEvent, wiring.Disks[i].GuestEventSlot, CapRights.Send | CapRights.Receive);
        }
    }

    /// <summary>Starts the back end of a new guest's disks, if it has any.</summary>
    public readonly bool StartBackEnd(int guest)
    {
        if (_guests[guest].DiskCount == 0)
        {
            return true;
        }

        ref BackEndWiring backEnd = ref _guestWiring[guest].BackEnd;
        backEnd.Lives.Begin(ref _root);
        backEnd.Running = BuildBackEnd(guest, fresh: true);
        backEnd.Lives.End(in _root);
        return backEnd.Running;
    }

    /// <summary>Starts it again in the memory of its last life, which <see cref="TakeBackBackEnd"/> has freed.</summary>
    /// <param name="guest">The guest.</param>
    /// <param name="fresh">The guest is new: nothing of an earlier one's requests matters.</param>
    public readonly bool RestartBackEnd(int guest, bool fresh)
    {
        if (_guests[guest].DiskCount == 0)
        {
            return true;
        }

        ref BackEndWiring backEnd = ref _guestWiring[guest].BackEnd;
        SlotAllocator others = backEnd.Lives.BeginAgain(ref _root);
        backEnd.Running = BuildBackEnd(guest, fresh);
        backEnd.Lives.EndAgain(ref _root, others);
        return backEnd.Running;
    }

    /// <summary>Revokes everything that a back end was given.</summary>
    public readonly void TakeBackBackEnd(int guest)
    {
        _guestWiring[guest].BackEnd.Running = false;
        _guestWiring[guest].BackEnd.Lives.TakeBack();
    }

    private readonly bool BuildBackEnd(int guest, bool fresh)
    {
        GuestEntry entry = _guests[guest];
        ref GuestWiring wiring = ref _guestWiring[guest];
        if (!Find(entry.Name, entry.BackEnd, out BundleFile image)
            || (fresh && (_root.Clear(new Memory(wiring.BackEnd.ControlSlot), DeviceControl.Pages) != Status.Ok
                || _root.Clear(new Memory(wiring.BackEnd.MemorySlot), BackEndMemory.Pages(entry.DiskCount)) != Status.Ok)))
        {
            return false;
        }

        ulong ram = entry.MemoryBytes >> 12;
        ulong all = GuestFootprint.AllPages(ram);
        uint grants = _root.Slots.Take();
        Status status = Grants.Derive(new Memory(wiring.MemorySlot), grants, GuestFootprint.GrantPage(all), GrantTable.MostPages, ram, peer: 0);
        var builder = new DomainBuilder(ref _root, ProgramPool, _programs.Length + _guests.Length + guest, FixedGrants + (GrantsOfDisk * (uint)entry.DiskCount));
        builder.Describe(entry.Name.In(_text), default);
        builder.Grant(StartupPurpose.Log, RootInfo.LogSlot, CapRights.Send);
        builder.Grant(StartupPurpose.Events, wiring.BackEnd.EventsSlot, CapRights.Send | CapRights.Receive);
        builder.Grant(StartupPurpose.Memory, wiring.BackEnd.MemorySlot, Shared);
        builder.Grant(StartupPurpose.DeviceControl, wiring.BackEnd.ControlSlot, Shared);
        builder.Grant(StartupPurpose.BackEnd, wiring.EventsSlot, CapRights.Send, 1, BackEndEvent.Monitor);
        builder.Grant(StartupPurpose.Grants, grants, Shared);
        for (int i = 0; i < entry.DiskCount; i++)
        {
            ref DiskWiring disk = ref wiring.Disks[i];
            builder.Grant(StartupPurpose.BlockChannel, disk.ChannelSlot, Shared);
            builder.Grant(StartupPurpose.Peer, _programWiring[disk.Driver].EventsSlot, CapRights.Send, 1, BlockChannel.FirstClientBit + disk.Client);
            builder.Grant(StartupPurpose.BufferPool, disk.PoolSlot, Shared, disk.PoolPages);
            builder.Grant(StartupPurpose.GuestEvent, disk.GuestEventSlot, CapRights.Send);
        }

        return status == Status.Ok && Finish(ref builder, entry.Name, image, BackEndPriority, budgetPercent: 100, out wiring.BackEnd.Parts);
    }
}

using Tierce.Abi;
using Tierce.Runtime;
using Tierce.Runtime.Devices;

namespace Tierce.Root;

/// <summary>
/// Starts what the manifest lists: first it makes what programs share, then it starts drivers and applications, then guests.
/// </summary>
public ref partial struct SystemBuilder
{
    private const uint DriverPriority = 24;
    private const uint ApplicationPriority = 12;
    private const uint MonitorPriority = 16;

    /// <summary>
    /// That of virtual CPUs (<c>GuestMachine</c>): a back end works for one guest, and must not take processor time from others. A guest can
    /// also hand over several requests before its back end runs.
    /// </summary>
    private const uint BackEndPriority = 8;
    private const uint Slice = 10_000;
    private const ulong ProgramPool = 96;
    private const ulong MonitorPool = 256;

    /// <summary>Clients of a driver whose capabilities and page tables fit a page of its pool.</summary>
    private const uint ClientsOfPoolPage = 8;

    /// <summary>Lines of a startup page for each client of a driver, and a number with some reserve for everything else.</summary>
    private const uint GrantsOfClient = 2 + ClientFacts.Words, GrantsOfDisk = 4, FixedGrants = 48;

    private readonly ref RootState _root;
    private readonly ReadOnlySpan<byte> _text;
    private readonly ReadOnlySpan<ProgramEntry> _programs;
    private readonly ReadOnlySpan<GuestEntry> _guests;
    private readonly Span<ProgramWiring> _programWiring;
    private readonly Span<GuestWiring> _guestWiring;

    /// <summary>A builder for a checked manifest.</summary>
    public SystemBuilder(
        ref RootState root,
        ReadOnlySpan<byte> text,
        ReadOnlySpan<ProgramEntry> programs,
        ReadOnlySpan<GuestEntry> guests,
        Span<ProgramWiring> programWiring,
        Span<GuestWiring> guestWiring)
    {
        _root = ref root;
        _text = text;
        _programs = programs;
        _guests = guests;
        _programWiring = programWiring;
        _guestWiring = guestWiring;
    }

    /// <summary>Ticks of the time-stamp counter a second.</summary>
    public readonly unsafe ulong TscHertz => _root.Info->TscHertz;

    /// <summary>Makes notifications and console channels.</summary>
    public readonly Status MakeShared(in ManifestParser manifest)
    {
        Status status = Status.Ok;
        for (int i = 0; i < _programs.Length && status == Status.Ok; i++)
        {
            _programWiring[i] = default;
            _programWiring[i].EventsSlot = _root.Slots.Take();
            status = Notification.Create(_programWiring[i].EventsSlot);
        }

        status = status != Status.Ok ? status : MakeQueues();
        status = status != Status.Ok ? status : MakeControl(manifest);
        for (int i = 0; i < _guests.Length && status == Status.Ok; i++)
        {
            ref GuestWiring wiring = ref _guestWiring[i];
            wiring = default;
            wiring.EventsSlot = _root.Slots.Take();
            wiring.Driver = _guests[i].Console.Length == 0 ? -1 : manifest.FindDriver(_guests[i].Console.In(_text));
            status = Notification.Create(wiring.EventsSlot);
            if (status == Status.Ok)
            {
                status = ReserveMemory(i);
            }

            status = status != Status.Ok ? status : MakeBackEnd(i, manifest);
            if (wiring.Driver >= 0 && wiring.MemorySlot != 0 && status == Status.Ok)
            {
                status = MakeChannel(ref wiring, GuestFootprint.AllPages(_guests[i].MemoryBytes >> 12));
            }
        }

        return status;
    }

    /// <summary>Output has memory of its own; input lies in the guest's last pages. Rings start as zero, whatever the memory held.</summary>
    private readonly Status MakeChannel(ref GuestWiring wiring, ulong guestPages)
    {
        const CapRights Rights = CapRights.Read | CapRights.Write | CapRights.Delegate;
        Status status = _root.Allocate(ConsoleChannel.Pages, Rights, out Memory memory);
        wiring.ChannelSlot = memory.Slot;
        wiring.InputSlot = _root.Slots.Take();
        if (status == Status.Ok)
        {
            status = new Memory(wiring.MemorySlot).Derive(guestPages - ConsoleInput.Pages, ConsoleInput.Pages, Rights, wiring.InputSlot);
        }

        status = status != Status.Ok ? status : _root.Clear(memory, ConsoleChannel.Pages);
        return status != Status.Ok ? status : _root.Clear(new Memory(wiring.InputSlot), ConsoleInput.Pages);
    }

    /// <summary>Starts one driver or application.</summary>
    public readonly bool StartProgram(int index)
    {
        ref ProgramWiring wiring = ref _programWiring[index];
        wiring.Lives.Begin(ref _root);
        bool started = BuildProgram(index);
        wiring.Lives.End(in _root);
        Report.ProgramMemory(_programs[index].Name.In(_text), _root.Journal.Pages);
        return started;
    }

    /// <summary>Starts a program again in the memory of its last life, which <see cref="TakeBackProgram"/> has freed.</summary>
    public readonly bool RestartProgram(int index)
    {
        ref ProgramWiring wiring = ref _programWiring[index];
        SlotAllocator others = wiring.Lives.BeginAgain(ref _root);
        bool started = BuildProgram(index);
        wiring.Lives.EndAgain(ref _root, others);
        return started;
    }

    /// <summary>Revokes everything that a program was given. Its interrupt is then masked and its ports are closed.</summary>
    public readonly void TakeBackProgram(int index) => _programWiring[index].Lives.TakeBack();

    /// <summary>Guests whose console a driver serves.</summary>
    private readonly uint ClientsOf(int program)
    {
        uint clients = _programWiring[program].Device.Clients + (HasControl(program) ? 1U : 0);
        for (int i = 0; i < _guests.Length; i++)
        {
            clients += _guestWiring[i].Driver == program && _guestWiring[i].ChannelSlot != 0 ? 1U : 0;
        }

        return clients;
    }

    private readonly bool BuildProgram(int index)
    {
        ProgramEntry entry = _programs[index];
        if (!Find(entry.Name, entry.Image, out BundleFile image) || !HasItsDevice(index))
        {
            return false;
        }

        uint clients = ClientsOf(index);
        var builder = new DomainBuilder(ref _root, ProgramPool + (clients / ClientsOfPoolPage), index, FixedGrants + (GrantsOfClient * clients));
        builder.Describe(entry.Name.In(_text), entry.Arguments.In(_text));
        builder.Grant(StartupPurpose.Log, RootInfo.LogSlot, CapRights.Send);
        builder.Grant(StartupPurpose.Events, _programWiring[index].EventsSlot, CapRights.Send | CapRights.Receive);
        if (entry.PortCount != 0)
        {
            builder.GrantPorts(entry.FirstPort, entry.PortCount);
        }

        if (entry.Interrupt >= 0)
        {
            builder.Grant(StartupPurpose.Interrupt, (uint)(RootInfo.FirstInterruptSlot + entry.Interrupt), CapRights.Control, (ulong)entry.Interrupt);
        }

        GrantDevices(ref builder, index);
        if (!entry.IsDriver || entry.IsBus)
        {
            builder.Grant(StartupPurpose.Supervisor, _root.EndpointSlot, CapRights.Send, badge: DomainEnds.ProgramBadge(index));
        }

        ulong own = !entry.IsDriver ? entry.MemoryBytes : clients == 0 ? 0 : ConsoleChannel.TablePages(clients) << 12;
        if (own != 0 && !GrantOwnMemory(ref builder, entry.Name, own, entry.IsDriver ? CapRights.Read | CapRights.Write : OwnRights))
        {
            return false;
        }

        GrantControl(ref builder, index);
        for (int i = 0; i < _guests.Length; i++)
        {
            if (_guestWiring[i].Driver == index && _guestWiring[i].ChannelSlot != 0)
            {
                builder.Grant(StartupPurpose.Channel, _guestWiring[i].ChannelSlot, CapRights.Read | CapRights.Write);
                builder.Grant(StartupPurpose.ConsoleInput, _guestWiring[i].InputSlot, CapRights.Read | CapRights.Write);
                builder.Grant(StartupPurpose.Peer, _guestWiring[i].EventsSlot, CapRights.Send, ConsoleChannel.ClientBit);
            }
        }

        uint priority = entry.Priority >= 0 ? (uint)entry.Priority : entry.IsDriver ? DriverPriority : ApplicationPriority;
        return Finish(ref builder, entry.Name, image, priority, entry.BudgetPercent, out _programWiring[index].Parts);
    }

    /// <summary>Starts one guest's monitor.</summary>
    public readonly bool StartGuest(int index)
    {
        ref GuestWiring wiring = ref _guestWiring[index];
        wiring.Lives.Begin(ref _root);
        bool started = BuildGuest(index);
        if (started)
        {
            Report.GuestMemory(_guests[index].Name.In(_text), _guests[index].MemoryBytes >> 12, _root.Journal.Pages, wiring.Driver >= 0 ? ConsoleChannel.Pages : 0);
        }

        wiring.Lives.End(in _root);
        return started;
    }

    /// <summary>Starts a guest again in the memory of its last life, which <see cref="TakeBack"/> has freed.</summary>
    public readonly bool RestartGuest(int index)
    {
        ref GuestWiring wiring = ref _guestWiring[index];
        SlotAllocator others = wiring.Lives.BeginAgain(ref _root);
        bool started = BuildGuest(index);
        wiring.Lives.EndAgain(ref _root, others);
        return started;
    }

    /// <summary>Revokes everything that a guest's monitor was given: its domain first, then memory and files.</summary>
    public readonly void TakeBack(int index) => _guestWiring[index].Lives.TakeBack();


    private readonly bool BuildGuest(int index)
    {
        GuestEntry entry = _guests[index];
        int driver = _guestWiring[index].Driver;
        if (driver >= 0 && _programWiring[driver].Failed)
        {
            Log log = Report.Guest(entry.Name.In(_text));
            log.Text(": its console was not started"u8);
            log.EndLine();
            return false;
        }

        if (!HasItsDisks(index))
        {
            return false;
        }

        BundleFile ramDisk = default;
        BundleFile nativeRom = default;
        if (!Find(entry.Name, entry.Monitor, out BundleFile monitor) || !Find(entry.Name, entry.Rom, out BundleFile rom)
            || !Find(entry.Name, entry.Kernel, out BundleFile kernel)
            || (entry.RamDisk.Length != 0 && !Find(entry.Name, entry.RamDisk, out ramDisk))
            || (entry.NativeRom.Length != 0 && !Find(entry.Name, entry.NativeRom, out nativeRom)))
        {
            return false;
        }

        // Page tables for the files, which the monitor maps as a whole, in addition to what every program needs.
        ulong pool = MonitorPool + ((kernel.Pages + ramDisk.Pages + rom.Pages) / GuestFootprint.LargePage);
        var builder = new DomainBuilder(ref _root, pool, _programs.Length + index, FixedGrants);
        builder.Describe(entry.Name.In(_text), entry.CommandLine.In(_text));
        builder.Grant(StartupPurpose.Log, RootInfo.LogSlot, CapRights.Send);
        builder.Grant(StartupPurpose.Supervisor, _root.EndpointSlot, CapRights.Send, badge: DomainEnds.GuestBadge(index));
        builder.Grant(StartupPurpose.Events, _guestWiring[index].EventsSlot, CapRights.Send | CapRights.Receive);
        if (!GrantMemory(ref builder, entry, _guestWiring[index]))
        {
            return false;
        }

        builder.Tell(StartupPurpose.GuestEntry, (ulong)entry.Entry);
        builder.Tell(StartupPurpose.InterruptWay, (ulong)entry.Interrupts);
        builder.Tell(StartupPurpose.PageTableCache, entry.CacheSettings);
        GrantFile(ref builder, StartupPurpose.KernelImage, kernel);
        GrantFile(ref builder, StartupPurpose.RomImage, rom);
        if (nativeRom.Size != 0)
        {
            GrantFile(ref builder, StartupPurpose.NativeRomImage, nativeRom);
        }

        if (ramDisk.Size != 0)
        {
            GrantFile(ref builder, StartupPurpose.InitialRamDisk, ramDisk);
        }

        ref GuestWiring wiring = ref _guestWiring[index];
        builder.Tell(StartupPurpose.Watchdog, entry.WatchdogSeconds);
        GrantDisks(ref builder, index);
        if (wiring.Driver >= 0 && wiring.ChannelSlot != 0 && !wiring.ConsoleGone)
        {
            builder.Grant(StartupPurpose.Channel, wiring.ChannelSlot, CapRights.Read | CapRights.Write);
            builder.Grant(StartupPurpose.Peer, _programWiring[wiring.Driver].EventsSlot, CapRights.Send, ConsoleChannel.DriverBit);
        }

        return Finish(ref builder, entry.Name, monitor, MonitorPriority, budgetPercent: 100, out wiring.Parts);
    }

    private readonly void GrantFile(ref DomainBuilder builder, StartupPurpose purpose, in BundleFile file)
    {
        if (_root.DeriveFile(file, out Memory memory) == Status.Ok)
        {
            builder.Grant(purpose, memory.Slot, CapRights.Read, file.Size);
        }
    }

    private readonly bool Finish(ref DomainBuilder builder, TextRange name, in BundleFile image, uint priority, uint budgetPercent, out DomainParts parts)
    {
        parts = default;
        ElfError error = builder.Load(image, out ulong entry);
        if (error == ElfError.None && ImageIdentity.Read(Bundle.Bytes(image)) is var identity && identity != Machine.AbiIdentity())
        {
            Report.OtherBuild(name.In(_text), identity);
            return false;
        }

        if (error == ElfError.None)
        {
            builder.Start(entry, priority, Slice, budgetPercent);
        }

        parts.DomainSlot = builder.DomainSlot;
        parts.ThreadSlot = builder.ThreadSlot;
        parts.StackSlot = builder.StackSlot;
        parts.Image = image;

        if (error == ElfError.None && builder.Status == Status.Ok)
        {
            return true;
        }

        Log log = Report.Line();
        log.Text("domain "u8);
        log.Text(name.In(_text));
        log.Text(error != ElfError.None ? ": its image is not a usable ELF program"u8 : ": cannot be started, status "u8);
        if (error == ElfError.None)
        {
            log.Code(builder.Status);
        }

        log.EndLine();
        return false;
    }

    private readonly unsafe bool Find(TextRange section, TextRange name, out BundleFile file)
    {
        if (Bundle.TryFind(_root.Info, name.In(_text), out file))
        {
            return true;
        }

        Log log = Report.Line();
        log.Text(section.In(_text));
        log.Text(": no file '"u8);
        log.Text(name.In(_text));
        log.Text("' in the boot bundle"u8);
        log.EndLine();
        return false;
    }
}

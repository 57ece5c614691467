using System.Threading;
using Tierce.Abi;
using Tierce.Runtime;

namespace Tierce.Monitor;

/// <summary>One guest from its first page to its end.</summary>
public unsafe partial struct GuestLife
{
    /// <summary>Where the monitor maps things; each lies in a stretch of its own.</summary>
    private const ulong WindowAddress = 0x0000_0010_0000_0000;
    private const ulong PagesAddress = 0x0000_0011_0000_0000;
    private const ulong KernelAddress = 0x0000_0020_0000_0000;
    private const ulong RamDiskAddress = 0x0000_0021_0000_0000;
    private const ulong RomAddress = 0x0000_0022_0000_0000;

    private readonly Memory _memory;
    private readonly Notification _events;
    private readonly Notification _driver;
    private readonly ulong _driverBit;
    private readonly StartupPage* _page;
    private readonly uint _logSlot;
    private readonly uint _guestSlot, _cpuSlot, _emergencySlot;

    private Watchdog _watchdog;
    private SlotAllocator _slots;
    private StartupPurpose _romPurpose;
    private ByteRingWriter _consoleOut;
    private ByteRingReader _consoleIn;
    private bool _hasConsole;
    private DiskControl _control;

    /// <summary>The guest's clock follows the reference; how often its rate has changed.</summary>
    private ClockSteering _clock;
    private bool _steers;
    private ulong _rates;

    /// <summary>The driver's signal for input is bound to the virtual CPU and bypasses this monitor.</summary>
    private bool _bound;

    /// <summary>Time of the next change of the binding, by the time-stamp counter; none if it does not change.</summary>
    private ulong _nextChange;
    private ulong _changes, _handedOn;
    private GuestLayout _layout;
    private byte* _interfacePages;
    private byte* _controlPages;

    /// <summary>Takes its capabilities and opens the console channel.</summary>
    public GuestLife(Startup startup, ref SlotAllocator slots)
    {
        this = default;
        _page = startup.Page;
        _watchdog = new Watchdog(startup.Value(StartupPurpose.Watchdog) * startup.TscHertz, Machine.Tsc());
        _logSlot = startup.Slot(StartupPurpose.Log);
        _memory = new Memory(startup.Slot(StartupPurpose.GuestMemory));
        _events = new Notification(startup.Slot(StartupPurpose.Events));
        _guestSlot = slots.Take();
        _cpuSlot = slots.Take();
        _emergencySlot = slots.Take();
        _hasConsole = startup.TryGet(StartupPurpose.Channel, 0, out uint channel, out _)
            && startup.TryGet(StartupPurpose.Peer, 0, out uint driver, out _driverBit);
        if (_hasConsole)
        {
            _driver = new Notification(startup.Slot(StartupPurpose.Peer));
            byte* pages = (byte*)(PagesAddress + 0x10_0000);
            Failure.Check(
                new Memory(channel).Map(Domain.Own, (ulong)pages, 0, ConsoleChannel.Pages, CapRights.Read | CapRights.Write, slots.Take()),
                "mapping the console channel"u8);

            // SAFETY: mapped above, for the domain's life.
            _consoleOut = ConsoleChannel.OutputWriter(pages);
        }
    }

    /// <summary>Builds the guest. Returns false, with a line in the log, if that is impossible.</summary>
    public bool Build(Startup startup, ref SlotAllocator slots)
    {
        BuildError error = Fill(startup, ref slots, out KernelNotes notes);
        if (error == BuildError.None)
        {
            GuestBuilder.WriteEntryState(ControlPage(1), _layout, notes);
            var cache = new Memory(startup.Slot(StartupPurpose.GuestCache));

            // Xen's interface gives each entry of a guest user root to guest user. A native guest marks each entry.
            ulong settings = startup.Value(StartupPurpose.PageTableCache) | (notes.Native ? 0 : CacheSettings.OpenToUser);
            Status status = GuestMachine.Create(_layout, _memory, cache, settings, _events, _guestSlot, _cpuSlot);
            if (status == Status.Ok)
            {
                return true;
            }

            error = BuildError.KernelCallFailed;
            Log code = Line();
            code.Text(": creating it: status "u8);
            code.Code(status);
            code.EndLine();
        }

        Log log = Line();
        log.Text(": "u8);
        log.Text(BuildMessage.Text(error));
        log.EndLine();
        return false;
    }

    private BuildError Fill(Startup startup, ref SlotAllocator slots, out KernelNotes notes)
    {
        var kernelFile = Open(startup, StartupPurpose.KernelImage, KernelAddress, ref slots);
        var ramDisk = Open(startup, StartupPurpose.InitialRamDisk, RamDiskAddress, ref slots);
        notes = default;
        BuildError error = BuildMessage.From(ElfImage.Open(kernelFile.Bytes, out ElfImage kernel));
        error = error != BuildError.None ? error : KernelNotes.Read(kernel, out notes);
        _romPurpose = notes.Native ? StartupPurpose.NativeRomImage : StartupPurpose.RomImage;
        if (error == BuildError.None && !startup.TryGet(_romPurpose, 0, out _, out _))
        {
            return BuildError.NoNativeRom;
        }

        var rom = Open(startup, _romPurpose, RomAddress, ref slots);
        RomImageHeader romHeader = default;
        error = error != BuildError.None ? error : ReadRom(rom.Bytes, out romHeader);
        ulong all = startup.Value(StartupPurpose.GuestMemory);
        error = error != BuildError.None
            ? error
            : GuestLayout.Plan(kernel, notes, romHeader, startup.Value(StartupPurpose.GuestRam), all, (ulong)ramDisk.Bytes.Length, out _layout);
        if (error != BuildError.None)
        {
            return error;
        }

        var memory = new GuestMemory(_memory, all, WindowAddress, slots.Take(), slots.Take());
        GuestBuilder.LoadKernel(ref memory, kernel, notes);
        error = GuestEntry.Arrange(ref memory, kernel, notes, romHeader, (EntryWay)startup.Value(StartupPurpose.GuestEntry), out EntryWay way, out uint unchanged);
        if (error != BuildError.None)
        {
            return error;
        }

        GuestBuilder.LoadRamDisk(ref memory, _layout, ramDisk.Bytes);
        GuestBuilder.LoadRom(ref memory, _layout, romHeader, rom.Bytes);
        if (!notes.Native)
        {
            GuestBuilder.WriteTranslations(ref memory, _layout);
        }

        GuestBuilder.WritePages(ref memory, _layout, startup.CommandLine);
        memory.Close();
        kernelFile.Close();
        ramDisk.Close();
        rom.Close();
        MapForLife(ref slots);
        _slots = slots;
        WriteClock(startup, notes.Native);
        if (notes.Native)
        {
            GuestBuilder.WriteNativePage(ControlPage(0), _layout, romHeader);
        }

        GuestStore.Initialise(startup.Name, _layout);
        _control.Open(startup, ref _slots);
        WriteDate(startup);
        ReportWay(notes.Native, way, unchanged);
        return BuildError.None;
    }

    private void ReportWay(bool native, EntryWay way, uint unchanged)
    {
        Log log = Line();
        log.Text(native ? " is native"u8 : " enters the ROM by "u8);
        log.Text(native ? default : EntryWays.Name(way));
        if (way == EntryWay.PatchMore && unchanged != 0)
        {
            log.Text(" without"u8);
            GuestEntry.NameUnchanged(ref log, unchanged);
        }

        log.EndLine();
    }

    private BuildError ReadRom(ReadOnlySpan<byte> file, out RomImageHeader header)
    {
        BuildError error = RomImageHeader.Read(file, out header);
        if (error == BuildError.OtherRom)
        {
            Log log = Line();
            log.Text(": its ROM is for ABI "u8);
            log.Hex(header.Identity);
            log.Text(", its monitor for "u8);
            log.Hex(Machine.AbiIdentity());
            log.EndLine();
        }

        return error;
    }

    private static MappedFile Open(Startup startup, StartupPurpose purpose, ulong address, ref SlotAllocator slots)
    {
        startup.TryGet(purpose, 0, out uint slot, out ulong bytes);
        return new MappedFile(new Memory(slot), bytes, address, ref slots);
    }

    /// <summary>Maps the pages that the monitor needs later: the interface's three in RAM, and those above RAM.</summary>
    private void MapForLife(ref SlotAllocator slots)
    {
        const CapRights Rights = CapRights.Read | CapRights.Write;
        Failure.Check(_memory.Map(Domain.Own, PagesAddress, _layout.StartInfo, 3, Rights, slots.Take()), "mapping the rings"u8);
        Failure.Check(_memory.Map(Domain.Own, PagesAddress + 0x1_0000, _layout.SharedInfo, 4, Rights, slots.Take()), "mapping shared_info"u8);
        const ulong Input = PagesAddress + 0x2_0000;
        Failure.Check(_memory.Map(Domain.Own, Input, _layout.Input, ConsoleInput.Pages, Rights, slots.Take()), "mapping the console's input"u8);
        _consoleIn = ConsoleChannel.InputReader((byte*)Input);
        _interfacePages = (byte*)PagesAddress;
        _controlPages = (byte*)(PagesAddress + 0x1_0000);
    }

    private bool HasEnded(VCpu cpu, out GuestEnd end)
    {
        end = GuestEnd.Fault;
        Status status = cpu.Query(out VCpuReport report);
        if (status != Status.Ok)
        {
            return true;
        }

        if (report.State == VCpuPhase.Asking)
        {
            return Answer(cpu, out end);
        }

        if (report.State != VCpuPhase.Crashed)
        {
            return false;
        }

        Log log = Line();
        log.Text(" stopped: "u8);
        log.Text(CrashMessage.Text(report.Reason));
        log.Text(" detail="u8);
        log.Hex(report.Detail);
        log.Text(" rip="u8);
        log.Hex(report.Rip);
        log.Text(" rsp="u8);
        log.Hex(report.Rsp);
        log.EndLine();
        WriteTrace(report);
        return true;
    }

    /// <summary>The files are mapped again for this, because the monitor has no use for them while the guest runs.</summary>
    private void WriteTrace(in VCpuReport report)
    {
        var startup = new Startup(_page);
        var kernel = Open(startup, StartupPurpose.KernelImage, KernelAddress, ref _slots);
        var rom = Open(startup, _romPurpose, RomAddress, ref _slots);
        ulong all = startup.Value(StartupPurpose.GuestMemory);
        var memory = new GuestMemory(_memory, all, WindowAddress, _slots.Take(), _slots.Take());
        EntryFrame entry = ((VCpuPage*)(_controlPages + 4096))->Entry;
        new CrashTrace(_logSlot, kernel.Bytes, rom.Bytes).Write(new GuestAddresses<GuestMemory>(ref memory, all, report.RootFrame), report, entry);
    }

    /// <summary>Answers a request of the ROM. Every word of the page can be written by the guest and is read once.</summary>
    private bool Answer(VCpu cpu, out GuestEnd end)
    {
        VCpuPage* page = (VCpuPage*)(_controlPages + 4096);
        var request = (MonitorRequest)Volatile.Read(ref page->Request);
        ulong argument = Volatile.Read(ref page->RequestArg0);
        end = GuestEnd.Fault;
        if (request == MonitorRequest.Shutdown)
        {
            // Xen's numbers are this enumeration's; an unknown one counts as a crash.
            end = argument <= (ulong)GuestEnd.Watchdog ? (GuestEnd)argument : GuestEnd.Crash;
            return true;
        }

        ulong result = unchecked((ulong)(long)Status.BadCall);
        if (request == MonitorRequest.ConsoleWrite)
        {
            EmergencyWrite(argument, Volatile.Read(ref page->RequestArg1), Volatile.Read(ref page->RequestArg2));
            result = 0;
        }

        Volatile.Write(ref page->RequestResult, result);
        Failure.Check(cpu.Resume(), "resuming the virtual CPU"u8);
        return false;
    }

    private readonly Log Line()
    {
        var log = new Log(_logSlot);
        log.Text("tierce: guest "u8);
        log.Text(new Startup(_page).Name);
        return log;
    }

    // SAFETY (both): the pages are mapped by MapForLife, for the domain's life.
    private readonly Span<byte> InterfacePage(int index) => new(_interfacePages + (index * 4096), 4096);

    private readonly Span<byte> ControlPage(int index) => new(_controlPages + (index * 4096), 4096);
}

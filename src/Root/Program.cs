using System.Runtime;
using Tierce.Abi;
using Tierce.Runtime;

namespace Tierce.Root;

/// <summary>Root: the first program. Holds all rights, hands each piece the few that it needs, then waits for ends.</summary>
public static unsafe class Program
{
    private const ulong WatcherStackTop = 0x0000_0043_0000_0000;
    private const ulong WatcherStackPages = 4;
    private const uint WatcherPriority = 20;
    private const uint WatcherSlice = 10_000;
    private const int MaxErrors = 16;

    private static uint s_watcherEndpoint;
    private static uint s_watcherEnds;

    /// <summary>The assembly entry calls this with the page that the kernel wrote.</summary>
    [RuntimeExport("tierce_main")]
    public static ulong Main(RootInfo* info)
    {
        Failure.Initialise(RootInfo.LogSlot, "root"u8);
        var root = new RootState(info);
        ReadOnlySpan<byte> text = Bundle.TryFind(info, "manifest"u8, out BundleFile file) ? Bundle.Bytes(file) : default;
        Span<ProgramEntry> programs = stackalloc ProgramEntry[DomainEnds.MaxPrograms];
        Span<GuestEntry> guests = stackalloc GuestEntry[DomainEnds.MaxGuests];
        Span<ManifestError> errors = stackalloc ManifestError[MaxErrors];
        var manifest = new ManifestParser(text, programs, guests, errors);
        bool good = manifest.Parse();
        Failure.Check(MachineExit.Open(manifest.Machine.ExitPort, ref root.Slots), "opening the exit port"u8);
        if (!good || manifest.ProgramCount + manifest.GuestCount == 0)
        {
            Refuse(manifest, text, errors);
            return 0;
        }

        Report.FreeMemory(root.Pages.Free);
        ReadClock(ref root);
        MakeWatcher(ref root);
        programs = programs.Slice(0, manifest.ProgramCount);
        guests = guests.Slice(0, manifest.GuestCount);
        Span<ProgramWiring> programWiring = stackalloc ProgramWiring[DomainEnds.MaxPrograms];
        Span<GuestWiring> guestWiring = stackalloc GuestWiring[DomainEnds.MaxGuests];
        var builder = new SystemBuilder(ref root, text, programs, guests, programWiring, guestWiring);
        Failure.Check(builder.MakeShared(manifest), "making channels"u8);
        for (int i = 0; i < programs.Length; i++)
        {
            programWiring[i].Failed = !builder.StartProgram(i);
        }

        var supervisor = new Supervisor(builder, text, programs, guests, programWiring, guestWiring, manifest.Machine.ExitPort);
        for (int i = 0; i < guests.Length; i++)
        {
            if (!builder.StartGuest(i))
            {
                supervisor.OnGuestEnd(i, GuestEnd.NotStarted);
            }
        }

        for (int i = 0; i < programs.Length; i++)
        {
            if (programWiring[i].Failed && !programs[i].IsDriver)
            {
                supervisor.OnProgramEnd(i, Failure.ExitCode);
            }
        }

        supervisor.Run(new Endpoint(root.EndpointSlot));
        return 0;
    }

    private static void Refuse(in ManifestParser manifest, ReadOnlySpan<byte> text, ReadOnlySpan<ManifestError> errors)
    {
        for (int i = 0; i < manifest.KeptErrors; i++)
        {
            Report.Problem(errors[i], text);
        }

        if (manifest.ErrorCount == 0)
        {
            Log log = Report.Line();
            log.Text("the boot bundle has no manifest, or an empty one"u8);
            log.EndLine();
        }

        MachineExit.Leave(manifest.Machine.ExitPort, GuestEnd.BadManifest);
    }

    private static void ReadClock(ref RootState root)
    {
        var ports = new Ports(root.Slots.Take());
        Failure.Check(new Ports(RootInfo.PortsSlot).Derive(RealTimeClock.Port, RealTimeClock.PortCount, ports.Slot), "the clock's ports"u8);
        Failure.Check(ports.Enable(Domain.Own), "enabling the clock's ports"u8);
        root.WallSeconds = RealTimeClock.ReadUnixSeconds();
        root.WallTsc = Machine.Tsc();
    }

    /// <summary>
    /// A thread waits for one thing. Domains' ends come by notification, guests' by the endpoint: a second thread waits for the
    /// first and calls the endpoint with it, so that all decisions are made by one.
    /// </summary>
    private static void MakeWatcher(ref RootState root)
    {
        root.EndpointSlot = root.Slots.Take();
        root.EndsSlot = root.Slots.Take();
        s_watcherEndpoint = root.Slots.Take();
        s_watcherEnds = root.EndsSlot;
        Failure.Check(Endpoint.Create(root.EndpointSlot), "creating the endpoint"u8);
        Failure.Check(Notification.Create(root.EndsSlot), "creating the notification"u8);
        Failure.Check(
            new Capability(root.EndpointSlot).Delegate(Domain.Own, s_watcherEndpoint, CapRights.Send, DomainEnds.WatcherBadge),
            "the watcher's endpoint"u8);
        Failure.Check(root.Allocate(WatcherStackPages, CapRights.Read | CapRights.Write, out Memory stack), "the watcher's stack"u8);
        Failure.Check(
            stack.Map(Domain.Own, WatcherStackTop - (WatcherStackPages << 12), 0, WatcherStackPages, CapRights.Read | CapRights.Write, root.Slots.Take()),
            "mapping the watcher's stack"u8);
        var thread = new Thread(root.Slots.Take());
        Failure.Check(
            Thread.Create(new Domain(RootInfo.DomainSlot), thread.Slot, Machine.ThreadEntry(), WatcherStackTop, WatcherPriority, WatcherSlice, 0),
            "creating the watcher"u8);
        Failure.Check(thread.Start(), "starting the watcher"u8);
    }

    [RuntimeExport("tierce_thread")]
    private static void Watch()
    {
        var ends = new Notification(s_watcherEnds);
        var endpoint = new Endpoint(s_watcherEndpoint);
        while (true)
        {
            Message message = default;
            message.Word0 = ends.Wait();
            endpoint.Call(ref message);
        }
    }

    [RuntimeExport("tierce_fail")]
    private static void OnFailedCheck(int reason) => Failure.FailedCheck(reason);
}

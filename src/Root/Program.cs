using System.Runtime;
using Tierce.Abi;
using Tierce.Runtime;

namespace Tierce.Root;

/// <summary>Root: the first program. It holds all rights, gives each program the few that it needs, then waits for their ends.</summary>
public static unsafe class Program
{
    private const int MaxErrors = 16;

    /// <summary>The assembly entry calls this with the page that the kernel wrote.</summary>
    [RuntimeExport("tierce_main")]
    public static ulong Main(RootInfo* info)
    {
        Failure.Initialise(RootInfo.LogSlot, "root"u8);
        var root = new RootState(info);
        ReadOnlySpan<byte> text = Bundle.TryFind(info, "manifest"u8, out BundleFile file) ? Bundle.Bytes(file) : default;
        Report.FreeMemory(root.Pages.Free);
        var tables = new RootTables(ref root, text);
        Span<ManifestError> errors = stackalloc ManifestError[MaxErrors];
        var manifest = new ManifestParser(text, tables.Programs, tables.Guests, errors);
        bool good = manifest.Parse();
        Failure.Check(MachineExit.Open(manifest.Machine.ExitPort, ref root.Slots), "opening the exit port"u8);
        if (!good || manifest.ProgramCount + manifest.GuestCount == 0)
        {
            Refuse(manifest, text, errors);
            return 0;
        }

        ReadClock(ref root);
        Watchers.Make(ref root, manifest.ProgramCount + (2 * manifest.GuestCount), manifest.Machine.Control.Length != 0);
        Span<ProgramEntry> programs = tables.Programs.Slice(0, manifest.ProgramCount);
        Span<GuestEntry> guests = tables.Guests.Slice(0, manifest.GuestCount);
        Span<ProgramWiring> programWiring = tables.ProgramWiring;
        Span<GuestWiring> guestWiring = tables.GuestWiring;
        var builder = new SystemBuilder(ref root, text, programs, guests, programWiring, guestWiring);
        Failure.Check(builder.MakeShared(manifest), "making channels"u8);
        builder.StartDevices(new Endpoint(root.EndpointSlot));
        for (int i = 0; i < programs.Length; i++)
        {
            programWiring[i].Failed = programs[i].IsBus ? programWiring[i].Failed : !builder.StartProgram(i);
        }

        var supervisor = new Supervisor(builder, text, programs, guests, programWiring, guestWiring, manifest.Machine.ExitPort);
        for (int i = 0; i < guests.Length; i++)
        {
            if (!builder.StartGuest(i) || !builder.StartBackEnd(i))
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
        root.Wall = WallClock.Read(root.Info->TscHertz);
    }

    [RuntimeExport("tierce_thread")]
    private static void OnThread(ulong group) => Watchers.Watch(group);

    [RuntimeExport("tierce_fail")]
    private static void OnFailedCheck(int reason) => Failure.FailedCheck(reason);
}

using System.Runtime;
using System.Runtime.CompilerServices;
using Tierce.Runtime;

namespace Tierce.RawDriver;

/// <summary>
/// A raw application that is a driver: started with an interrupt and a serial port, it takes what comes and counts it, and no guest is
/// needed. Started without, it spins, for the driver to interrupt. Argument <c>quiet=0</c>: it never quiets its device, as a broken
/// driver would; <c>most=N</c>: it fails at byte N, or if it quiets nothing at interrupt N; <c>count=N</c>: its ports are the interval
/// timer's, which interrupts each N counts of 838 ns, 2 being the least; <c>after=N</c>: it begins after N seconds.
/// </summary>
public static unsafe class Program
{
    private const ushort InterruptEnable = 1, FifoControl = 2, ModemControl = 4, LineStatus = 5;
    private const byte DataReady = 1, ReceiveInterrupt = 1, TransmitInterrupt = 2, InterruptLineOn = 0x0b;

    /// <summary>Control port of the 8254, and channel 0 as a rate generator (mode 2), low byte then high byte.</summary>
    private const ushort TimerControl = 3;
    private const byte RateGenerator = 0x34;

    /// <summary>The assembly entry calls this with the startup page.</summary>
    [RuntimeExport("tierce_main")]
    public static ulong Main(StartupPage* page)
    {
        var application = new Application(page);
        if (!application.Startup.TryGet(StartupPurpose.Ports, 0, out _, out ulong port))
        {
            Tell(application, "spins"u8);
            Spin();
        }

        ulong after = application.Arguments.Number("after"u8, otherwise: 0, most: 3600);
        if (after != 0)
        {
            new Notification(application.Startup.Slot(StartupPurpose.Events)).Wait(Machine.Tsc() + (after * application.TscHertz));
        }

        ulong count = application.Arguments.Number("count"u8, otherwise: 0, most: ushort.MaxValue);
        if (count != 0)
        {
            ServeTimer(application, (ushort)port, (ushort)count);
        }

        bool quiet = application.Arguments.Number("quiet"u8, otherwise: 1, most: 1) != 0;
        ulong most = application.Arguments.Number("most"u8, otherwise: ulong.MaxValue, most: ulong.MaxValue);
        Serve(application, (ushort)port, quiet, most);
        return 0;
    }

    private static void Serve(Application application, ushort port, bool quiet, ulong most)
    {
        TopHalf topHalf = Take(application);
        Machine.Out8((ushort)(port + FifoControl), 0);
        Machine.Out8((ushort)(port + ModemControl), InterruptLineOn);
        Failure.Check(topHalf.Open(level: !quiet), "binding the interrupt"u8);

        // Only now: the edge, or the level, is then seen.
        Machine.Out8((ushort)(port + InterruptEnable), (byte)(quiet ? ReceiveInterrupt : ReceiveInterrupt | TransmitInterrupt));
        Tell(application, "serves"u8);
        ulong received = 0;
        while (true)
        {
            while (quiet && (Machine.In8((ushort)(port + LineStatus)) & DataReady) != 0)
            {
                Machine.In8(port);
                Failure.Check(++received < most ? Abi.Status.Ok : Abi.Status.BadState, "taking one more byte"u8);
            }

            topHalf.Get();
            received += quiet ? 0UL : 1;
            Failure.Check(received < most ? Abi.Status.Ok : Abi.Status.BadState, "taking one more interrupt"u8);
            topHalf.Quieted();
        }
    }

    /// <summary>Each interrupt is an edge, so that there is nothing to quiet and nothing to acknowledge.</summary>
    private static void ServeTimer(Application application, ushort port, ushort count)
    {
        TopHalf topHalf = Take(application);
        Failure.Check(topHalf.Open(level: false), "binding the interrupt"u8);
        Machine.Out8((ushort)(port + TimerControl), RateGenerator);
        Machine.Out8(port, (byte)count);
        Machine.Out8(port, (byte)(count >> 8));
        Tell(application, "serves"u8);
        while (true)
        {
            topHalf.Get();
        }
    }

    private static TopHalf Take(Application application) => new(
        new Notification(application.Startup.Slot(StartupPurpose.Events)),
        new Interrupt(application.Startup.Slot(StartupPurpose.Interrupt)));

    private static void Tell(Application application, System.ReadOnlySpan<byte> what)
    {
        Log log = application.Line();
        log.Text(what);
        log.EndLine();
    }

    [RuntimeImport("*", "raw_spin")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern void Spin();

    [RuntimeExport("tierce_fail")]
    private static void OnFailedCheck(int reason) => Failure.FailedCheck(reason);
}

using System.Runtime;
using Tierce.Runtime;
using Tierce.Runtime.Consoles;

namespace Tierce.Cases.Driver;

/// <summary>
/// A driver that sweeps its own interrupt over the way of the one before. Its device is channel 0 of the 8254 in mode 0: the output rises
/// when the count is over, and stays up until another count is loaded, so that its line can be taken as level or as edge triggered. Each
/// interrupt becomes a byte for the guest, which sends each byte back.
/// </summary>
public static unsafe class Program
{
    private const byte BeginByte = 0xfc, EndByte = 0xfd, ReportByte = 0xfe;
    private const byte Values = 250;
    private const ushort Control = 3;

    /// <summary>Channel 0, low byte then high byte, mode 0, binary.</summary>
    private const byte Mode0 = 0x30;

    /// <summary>One count in instructions of virtual time (1,193,182 Hz).</summary>
    private const ulong CountTicks = 838;

    /// <summary>Steps, and instructions by which each is later than the one before: beyond the guest's return from its handler.</summary>
    private const ulong Steps = 1400, Stride = 13;

    /// <summary>Counts until the first interrupt of a step: the guest goes its rounds.</summary>
    private const ulong FirstCount = 30;

    /// <summary>Ticks without anything after which a step is over; less than <see cref="Off"/>.</summary>
    private const ulong Patience = 200_000;

    /// <summary>Interrupts that nothing has asked for, after which the sweep ends: a line that is raised at every unmask starves the guest.</summary>
    private const ulong MostSpurious = 1000;

    /// <summary>How often a step asks for bytes that have not come back.</summary>
    private const int MostAsked = 3;

    /// <summary>The longest count: 55 ms.</summary>
    private const ulong Off = 0;

    private static ushort s_port;
    private static bool s_armed;
    private static ConsoleClient s_client;
    private static Figures s_figures;

    /// <summary>The assembly entry calls this with the startup page.</summary>
    [RuntimeExport("tierce_main")]
    public static ulong Main(StartupPage* page)
    {
        // SAFETY: root maps the page before the first instruction, for the domain's life.
        var startup = new Startup(page);
        Failure.Initialise(startup.Slot(StartupPurpose.Log), startup.Name);
        var slots = new SlotAllocator(startup.FirstFreeSlot);
        s_client.Open(startup, 0, ref slots);
        startup.TryGet(StartupPurpose.Ports, 0, out _, out ulong port);
        s_port = (ushort)port;
        Machine.Out8((ushort)(s_port + Control), Mode0);
        Load(Off);
        var events = new Notification(startup.Slot(StartupPurpose.Events));
        var topHalf = new TopHalf(events, new Interrupt(startup.Slot(StartupPurpose.Interrupt)));
        bool level = startup.CommandLine.SequenceEqual("level"u8);
        Failure.Check(topHalf.Open(level), "binding the interrupt"u8);
        WaitForGuest(events, topHalf);
        var log = new Log(startup.Slot(StartupPurpose.Log));
        log.Text("line sweep begins"u8);
        log.EndLine();
        for (ulong step = 0; step < Steps && s_figures.Spurious < MostSpurious; step++)
        {
            Step(events, topHalf, step);
        }

        Load(Off);
        byte together = Ask(events, topHalf, ReportByte);
        Report(ref log, together);
        while (true)
        {
            // The guest ends, and the machine with it; unless this is lost as well.
            Send(EndByte);
            s_client.SendInput();
            Dismiss(topHalf, events.Wait(Machine.Tsc() + Patience));
        }
    }

    /// <summary>
    /// One interrupt, and a second one, this many instructions after the load of its count, which is done in the first one's top half.
    /// </summary>
    private static void Step(Notification events, TopHalf topHalf, ulong step)
    {
        ulong before = s_figures.Echoed;
        ulong sent = s_figures.Sent;
        bool second = false;
        int asked = 0;
        Arm(FirstCount);
        while (true)
        {
            ulong bits = events.Wait(Machine.Tsc() + Patience);
            if (bits == 0)
            {
                ulong late = s_figures.Sent - sent - (s_figures.Echoed - before);
                if (late == 0 || asked == MostAsked)
                {
                    break;
                }

                // Nothing brings what the guest has not been told of but the next event: this is one, so that the next step finds nothing.
                s_figures.Lost += asked == 0 ? late : 0;
                asked++;
                s_client.SendInput();
                continue;
            }

            if ((bits & TopHalf.InterruptBit) != 0)
            {
                Quiet(!second, step);
                second = true;
                if (s_figures.Spurious == MostSpurious)
                {
                    // Nothing acknowledges the last one: the line stays masked, and the guest can answer.
                    break;
                }

                topHalf.Quieted();
                Send((byte)(s_figures.Sent++ % Values));
                s_client.SendInput();
            }

            TakeEchoes();
        }

        TakeEchoes();
        s_figures.Missing += s_armed ? 1UL : 0;
        s_armed = false;
        ulong wanted = s_figures.Sent - sent;
        ulong echoed = s_figures.Echoed - before;
        s_figures.Doubled += echoed > wanted ? echoed - wanted : 0;
    }

    /// <summary>Quiets the device: another count takes the output down.</summary>
    private static void Quiet(bool again, ulong step)
    {
        s_figures.Spurious += s_armed ? 0UL : 1;
        s_armed = false;
        if (!again)
        {
            Load(Off);
            return;
        }

        // The device counts from the load on, and in whole counts: the rest of one this top half waits, so that everything after it moves.
        ulong offset = step * Stride;
        Arm(1 + (offset / CountTicks));
        Pause(CountTicks - (offset % CountTicks));

        // By turns the second comes while this top half still runs.
        Pause((step & 1) != 0 && offset < 2 * CountTicks ? CountTicks : 0);
    }

    private static void Arm(ulong count)
    {
        s_figures.Raised++;
        s_armed = true;
        Load(count);
    }

    private static void Load(ulong count)
    {
        Machine.Out8(s_port, (byte)count);
        Machine.Out8(s_port, (byte)(count >> 8));
    }

    private static void Pause(ulong ticks)
    {
        ulong end = Machine.Tsc() + ticks;
        while (Machine.Tsc() < end)
        {
        }
    }

    private static void Send(byte value) => s_client.Input.Write(new ReadOnlySpan<byte>(in value));

    /// <summary>Bytes that the guest has sent back: each must be the next.</summary>
    private static void TakeEchoes()
    {
        Span<byte> piece = stackalloc byte[16];
        int count;
        while ((count = s_client.Output.Read(piece)) > 0)
        {
            for (int i = 0; i < count; i++)
            {
                s_figures.Wrong += piece[i] == (byte)(s_figures.Echoed % Values) ? 0UL : 1;
                s_figures.Echoed++;
            }
        }

        s_client.SendRoom();
    }

    /// <summary>Sends a byte, and asks until one comes back.</summary>
    private static byte Ask(Notification events, TopHalf topHalf, byte question)
    {
        Span<byte> answer = stackalloc byte[1];
        Send(question);
        s_client.SendInput();
        while (s_client.Output.Read(answer) == 0)
        {
            ulong bits = events.Wait(Machine.Tsc() + Patience);
            Dismiss(topHalf, bits);
            if (bits == 0)
            {
                s_client.SendInput();
            }
        }

        return answer[0];
    }

    /// <summary>The guest sends a line when it is ready; then it may begin.</summary>
    private static void WaitForGuest(Notification events, TopHalf topHalf)
    {
        Span<byte> next = stackalloc byte[1];
        next.Clear();
        while (next[0] != (byte)'\n')
        {
            if (s_client.Output.Read(next) == 0)
            {
                Dismiss(topHalf, events.Wait(Machine.Tsc() + Patience));
            }
        }

        Send(BeginByte);
        s_client.SendInput();
    }

    /// <summary>The longest count is over while no interrupt was requested.</summary>
    private static void Dismiss(TopHalf topHalf, ulong bits)
    {
        if ((bits & TopHalf.InterruptBit) != 0)
        {
            Load(Off);
            topHalf.Quieted();
        }
    }

    private static void Report(ref Log log, byte together)
    {
        log.Text("line swept"u8);
        Figure(ref log, " raised="u8, s_figures.Raised);
        Figure(ref log, " sent="u8, s_figures.Sent);
        Figure(ref log, " echoed="u8, s_figures.Echoed);
        log.EndLine();
        log.Text("line saw"u8);
        Figure(ref log, " missing="u8, s_figures.Missing);
        Figure(ref log, " spurious="u8, s_figures.Spurious);
        Figure(ref log, " lost="u8, s_figures.Lost);
        Figure(ref log, " doubled="u8, s_figures.Doubled);
        Figure(ref log, " wrong="u8, s_figures.Wrong);
        Figure(ref log, " together="u8, together);
        log.EndLine();
    }

    private static void Figure(ref Log log, ReadOnlySpan<byte> name, ulong value)
    {
        log.Text(name);
        log.Decimal(value);
    }

    [RuntimeExport("tierce_fail")]
    private static void OnFailedCheck(int reason) => Failure.FailedCheck(reason);

    private struct Figures
    {
        /// <summary>Interrupts that were armed, bytes sent for those that came, bytes that the guest sent back.</summary>
        public ulong Raised, Sent, Echoed;

        /// <summary>Interrupts that were armed and never came, that came unarmed; bytes that did not come back in time, that came back twice, out of order.</summary>
        public ulong Missing, Spurious, Lost, Doubled, Wrong;
    }
}

using Tierce.Abi;
using Tierce.Runtime;

namespace Tierce.Monitor;

/// <content>The guest's console, by the driver's channel.</content>
public unsafe partial struct GuestLife
{
    /// <summary>Changes of the binding per second, where it alternates.</summary>
    private const ulong ChangesPerSecond = 4000;

    /// <summary>When the monitor has to act without a signal.</summary>
    private readonly ulong NextWake => Earlier(NextLook, Earlier(_nextChange, _watchdog.NextProbe));

    private static ulong Earlier(ulong one, ulong two) =>
        one == Notification.NoDeadline || (two != Notification.NoDeadline && two < one) ? two : one;

    /// <summary>
    /// Moves the guest's output, and signals the driver that there is room for input, which the guest's ROM takes. Raises the guest's event
    /// and returns true if the guest needs it.
    /// </summary>
    private bool PumpConsole()
    {
        Span<byte> ring = InterfacePage(2);
        if (!_hasConsole)
        {
            return DiscardConsole(ring);
        }

        int moved = ConsoleRing.PumpOutput(ring, ref _consoleOut);
        if (moved != 0)
        {
            _driver.Signal(_driverBit);
        }

        // Requests a signal for when the driver has made room. If it has made some already, the loop runs again at once.
        if (ConsoleRing.Waiting(ring) != 0 && !_consoleOut.WaitForRoom(1))
        {
            _events.Signal(MonitorEvent.Channel << 1);
        }

        if (_consoleIn.TakeWaiter())
        {
            _driver.Signal(_driverBit << 1);
        }

        if (moved == 0)
        {
            return false;
        }

        SharedInfoPage.Raise(ControlPage(0), StartInfoPage.ConsolePort);
        return true;
    }

    /// <summary>
    /// Binds the driver's signal for input, which from now on reaches the guest without this monitor. Rights are checked here, once.
    /// </summary>
    private void BindInput(VCpu cpu)
    {
        var way = (InterruptWay)new Startup(_page).Value(StartupPurpose.InterruptWay);
        if (!_hasConsole || way == InterruptWay.Monitor)
        {
            return;
        }

        Bind(cpu);
        if (way == InterruptWay.Alternate)
        {
            _nextChange = Machine.Tsc();
        }
    }

    private void Bind(VCpu cpu)
    {
        Failure.Check(cpu.Bind(_events, MonitorEvent.Channel, VCpuEvent.Console), "binding the console to the guest"u8);
        _bound = true;
    }

    /// <summary>From here on input takes the other way. Earlier signals stay where they are: with the guest, or here.</summary>
    private void ChangeBinding(VCpu cpu)
    {
        if (_bound)
        {
            UnbindInput(cpu);
        }
        else
        {
            Bind(cpu);
        }

        _changes++;
        _nextChange = Machine.Tsc() + (new Startup(_page).TscHertz / ChangesPerSecond);
    }

    private readonly void TellChanges()
    {
        if (_changes == 0)
        {
            return;
        }

        Log log = Line();
        log.Text(" binding changed="u8);
        log.Decimal(_changes);
        log.Text(" handed-on="u8);
        log.Decimal(_handedOn);
        log.EndLine();
    }

    private void UnbindInput(VCpu cpu)
    {
        if (_bound)
        {
            Failure.Check(cpu.Unbind(_events), "unbinding the console"u8);
            _bound = false;
        }
    }

    /// <summary>A guest without a console must not wait for one.</summary>
    private readonly bool DiscardConsole(Span<byte> ring)
    {
        bool any = ConsoleRing.Discard(ring);
        if (any)
        {
            SharedInfoPage.Raise(ControlPage(0), StartInfoPage.ConsolePort);
        }

        return any;
    }

    /// <summary>Sends text of the guest's emergency console like that of its ordinary one. Text without room is dropped.</summary>
    private void EmergencyWrite(ulong frame, ulong offset, ulong length)
    {
        if (!_hasConsole || frame >= _layout.RamFrames || offset >= 4096)
        {
            return;
        }

        var window = new MemoryWindow(_memory, _layout.AllFrames, WindowAddress, _emergencySlot);

        // SAFETY: the window maps the frame, and the length is cut to it.
        var text = new ReadOnlySpan<byte>(window.Page(frame) + offset, (int)(length < 4096 - offset ? length : 4096 - offset));
        _consoleOut.Write(text);
        window.Close();
        _driver.Signal(_driverBit);
    }

    /// <summary>
    /// Waits after the end until the driver has sent the guest's output, however slow the device is; two seconds without progress end the
    /// wait. These are many short waits: if the host does not run the machine for a while, that ends one of them, and the driver runs in
    /// the next. The driver's bytes are in the device only when it answers, and the machine may end at once after this.
    /// </summary>
    public void Drain(ulong tscHertz)
    {
        if (!_hasConsole || _interfacePages == null)
        {
            return;
        }

        DrainPatience patience = default;
        bool asked = false;
        bool signalled = false;
        while (true)
        {
            Span<byte> ring = InterfacePage(2);
            _ = ConsoleRing.PumpOutput(ring, ref _consoleOut);
            uint left = ConsoleRing.Waiting(ring) + _consoleOut.Used;
            if (!patience.GoesOn(left, signalled))
            {
                return;
            }

            bool empty = left == 0;
            bool answered = !_consoleOut.IsWaiting;
            if (empty && asked && answered)
            {
                return;
            }

            if (!asked || answered)
            {
                asked = empty;
                _ = _consoleOut.WaitForRoom(ConsoleChannel.OutputSize);
                _driver.Signal(_driverBit);
            }

            ulong bits = _events.Wait(Machine.Tsc() + (tscHertz / 10));
            signalled = (bits & (MonitorEvent.Channel << 1)) != 0;
        }
    }
}

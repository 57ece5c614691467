using Tierce.Abi;
using Tierce.Runtime;

namespace Tierce.Monitor;

/// <content>The guest's life, from its start to its end.</content>
public unsafe partial struct GuestLife
{
    /// <summary>Starts the guest and serves it to its end.</summary>
    public GuestEnd Run()
    {
        var cpu = new VCpu(_cpuSlot);
        Log log = Line();
        log.Text(" memory p2m-pages="u8);
        log.Decimal(_layout.P2MFrames);
        log.EndLine();
        log = Line();
        log.Text(" entry tsc="u8);
        log.Decimal(Machine.Tsc());
        log.EndLine();
        BindInput(cpu);
        _control.Connect(cpu, new Startup(_page));
        Failure.Check(cpu.Start(_layout.RootFrame), "starting the virtual CPU"u8);
        GuestEnd end = Serve(cpu);
        UnbindInput(cpu);
        TellChanges();
        return end;
    }

    /// <summary>Serves the store, and the handshakes of disks in it. Returns whether the guest needs an event.</summary>
    private bool PumpStore(ulong bits)
    {
        bool told = GuestStore.Pump(InterfacePage(1));
        bool seen = told || (bits & (MonitorEvent.BackEnd | MonitorEvent.Plug)) != 0;
        return (seen && _control.Count != 0 && _control.Pump(ControlPage(3)) && GuestStore.Pump(InterfacePage(1))) || told;
    }

    private GuestEnd Serve(VCpu cpu)
    {
        while (true)
        {
            ulong wake = NextWake;
            ulong bits = _events.Wait(wake);
            while (bits == MonitorEvent.Channel)
            {
                // Only SND, because this is the path of an interrupt.
                _handedOn++;
                bits = cpu.InjectAndWait(VCpuEvent.Console, _events, wake);
            }

            if (_nextChange != Notification.NoDeadline && Machine.Tsc() >= _nextChange)
            {
                ChangeBinding(cpu);
            }

            _hasConsole &= (bits & MonitorEvent.ChannelGone) == 0;
            bool told = PumpConsole();
            if (PumpStore(bits))
            {
                SharedInfoPage.Raise(ControlPage(0), StartInfoPage.StorePort);
                told = true;
            }

            told |= SteerClock();
            if (_watchdog.Probe(ControlPage(0), Machine.Tsc(), out bool hung))
            {
                SharedInfoPage.Raise(ControlPage(0), StartInfoPage.StorePort);
                told = true;
            }

            ulong events = told ? VCpuEvent.Monitor : 0;
            events |= (bits & MonitorEvent.Channel) != 0 ? VCpuEvent.Console : 0;

            // A guest that has read may have made room for bytes that did not fit before.
            events |= (bits & MonitorEvent.GuestConsole) != 0 && _hasConsole && !_consoleIn.Drained ? VCpuEvent.Console : 0;
            if (events != 0)
            {
                // Refused only if the virtual CPU has stopped for good, which is tested next.
                cpu.Inject(events);
            }

            if ((bits & MonitorEvent.CpuStopped) != 0 && HasEnded(cpu, out GuestEnd end))
            {
                return end;
            }

            if (hung)
            {
                Log hang = Line();
                hang.Text(" hangs: it takes no events"u8);
                hang.EndLine();
                return GuestEnd.Watchdog;
            }
        }
    }
}

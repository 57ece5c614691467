using Tierce.Abi;
using Tierce.Runtime;

namespace Tierce.Root;

/// <summary>After the start: waits for ends, logs them, and acts as the manifest specifies.</summary>
public ref struct Supervisor
{
    /// <summary>
    /// A life shorter than this is counted. After as many consecutive short lives as its manifest allows, a guest is not started again.
    /// </summary>
    private const ulong ShortLifeSeconds = 10;

    private readonly SystemBuilder _builder;
    private readonly ReadOnlySpan<byte> _text;
    private readonly ReadOnlySpan<ProgramEntry> _programs;
    private readonly ReadOnlySpan<GuestEntry> _guests;
    private readonly Span<ProgramWiring> _programWiring;
    private readonly Span<GuestWiring> _wiring;
    private readonly ushort _exitPort;

    /// <summary>A supervisor of a started manifest.</summary>
    public Supervisor(
        SystemBuilder builder,
        ReadOnlySpan<byte> text,
        ReadOnlySpan<ProgramEntry> programs,
        ReadOnlySpan<GuestEntry> guests,
        Span<ProgramWiring> programWiring,
        Span<GuestWiring> wiring,
        ushort exitPort)
    {
        _builder = builder;
        _text = text;
        _programs = programs;
        _guests = guests;
        _programWiring = programWiring;
        _wiring = wiring;
        _exitPort = exitPort;
    }

    /// <summary>Serves without end.</summary>
    public readonly void Run(Endpoint endpoint)
    {
        int controlGroup = DomainEnds.Groups(_programs.Length + (2 * _guests.Length));
        _builder.PumpControl();
        while (true)
        {
            Status status = endpoint.Receive(out Message message);
            if (status != Status.Ok)
            {
                continue;
            }

            int guest = DomainEnds.GuestOf(message.Badge);
            int program = DomainEnds.ProgramOf(message.Badge);
            if (message.Badge == DomainEnds.WatcherBadge && (int)message.Word1 == controlGroup)
            {
                _builder.PumpControl();
            }
            else if (message.Badge == DomainEnds.WatcherBadge)
            {
                OnDomainEnds((int)message.Word1, message.Word0);
            }
            else if (guest >= 0 && guest < _guests.Length)
            {
                // A number that is no kind of end counts as a fault: it came from a monitor, which is not trusted.
                OnGuestEnd(guest, message.Word0 <= (ulong)GuestEnd.NotStarted ? (GuestEnd)message.Word0 : GuestEnd.Fault);
            }
            else if (program >= 0 && program < _programs.Length && _programs[program].IsBus)
            {
                OnBusReport();
            }
            else if (program >= 0 && program < _programs.Length)
            {
                OnProgramEnd(program, message.Word0);
            }

            Endpoint.Reply();
        }
    }

    /// <summary>
    /// Logs a guest's end and applies <c>restart</c> and <c>on-end</c>. Only the first end of a life counts. The end of its monitor's
    /// domain follows; root then revokes the monitor's capabilities.
    /// </summary>
    public readonly void OnGuestEnd(int index, GuestEnd end)
    {
        ref GuestWiring wiring = ref _wiring[index];
        if (wiring.Ended)
        {
            return;
        }

        wiring.Ended = true;
        wiring.Restarting = WillRestart(index, end);
        Log log = Report.Guest(_guests[index].Name.In(_text));
        log.Text(" ended: "u8);
        log.Text(Report.Words(end));
        log.Text(wiring.Restarting ? " (restart)"u8 : default);
        log.EndLine();
        if (wiring.Restarting)
        {
            return;
        }

        if (_guests[index].ExitOnEnd || (_guests[index].ExitWhenLast && NothingRuns()))
        {
            MachineExit.Leave(_exitPort, end);
        }
    }

    /// <summary>A program could not be started, or has reported that it is done.</summary>
    public readonly void OnProgramEnd(int index, ulong code)
    {
        if (_programWiring[index].Ended)
        {
            return;
        }

        _programWiring[index].Ended = true;
        Log log = Report.Line();
        log.Text("application "u8);
        log.Text(_programs[index].Name.In(_text));
        log.Text(" ended: "u8);
        log.Decimal(code);
        log.EndLine();
        LeaveIfLast(index, code == 0 ? GuestEnd.Poweroff : GuestEnd.Fault);
    }

    private readonly bool WillRestart(int index, GuestEnd end)
    {
        bool died = end is GuestEnd.Crash or GuestEnd.Watchdog or GuestEnd.Fault or GuestEnd.MonitorDied;
        bool wanted = _guests[index].Restart switch
        {
            RestartPolicy.OnCrash => died,
            RestartPolicy.OnReboot => died || end == GuestEnd.Reboot,
            RestartPolicy.Always => end != GuestEnd.NotStarted,
            _ => false,
        };
        ref GuestWiring wiring = ref _wiring[index];
        if (LivesLongEnough(ref wiring.Lives, _guests[index].MostShortLives) || !wanted)
        {
            return wanted;
        }

        Log log = Report.Guest(_guests[index].Name.In(_text));
        log.Text(" ends too soon, again and again: left ended"u8);
        log.EndLine();
        return false;
    }

    private readonly void OnDomainEnds(int group, ulong bits)
    {
        int programs = _programs.Length;
        int first = group * DomainEnds.GroupSize;
        for (int domain = first; domain < first + DomainEnds.GroupSize && domain < programs + (2 * _guests.Length); domain++)
        {
            if ((bits & DomainEnds.Bit(domain)) == 0)
            {
                continue;
            }

            if (domain >= programs + _guests.Length)
            {
                OnBackEndGone(domain - programs - _guests.Length);
            }
            else if (domain >= programs)
            {
                OnMonitorGone(domain - programs);
            }
            else if (!_programWiring[domain].Ended)
            {
                OnProgramDeath(domain);
            }
        }
    }

    /// <summary>
    /// A program died. Root revokes a driver's capabilities, which masks its interrupt. If it is started again, it continues with the rings
    /// where its last life stopped; otherwise its guests continue without it.
    /// </summary>
    private readonly void OnProgramDeath(int index)
    {
        ref ProgramWiring wiring = ref _programWiring[index];
        LogDeath(_programs[index].Name);
        FaultReport.Write(wiring.Parts);
        if (_programs[index].IsDriver)
        {
            _builder.TakeBackProgram(index);
            bool wanted = _programs[index].Restart != RestartPolicy.Never;
            if (wanted && LivesLongEnough(ref wiring.Lives, GuestEntry.UsualShortLives))
            {
                if (_programs[index].Device >= 0 && _builder.ResetDevice(index))
                {
                    return;
                }

                bool started = _programs[index].Device < 0 && _builder.RestartProgram(index);
                LogDriver(_programs[index].Name, started ? " is started again"u8 : " cannot be started again"u8);
                if (started)
                {
                    return;
                }
            }
            else if (wanted)
            {
                LogDriver(_programs[index].Name, " ends too soon, again and again: left ended"u8);
            }
        }

        wiring.Ended = true;
        TellClients(index);
        LeaveIfLast(index, GuestEnd.Fault);
    }

    /// <summary>The bus has done what root wanted: drivers whose device is set up again can run.</summary>
    private readonly void OnBusReport()
    {
        for (int i = 0; i < _programs.Length; i++)
        {
            ref DeviceWiring device = ref _programWiring[i].Device;
            if (!device.WaitsForBus)
            {
                continue;
            }

            bool ready = BusLink.IsReady(device.Line, out bool done);
            if (done)
            {
                device.WaitsForBus = false;
                bool started = ready && _builder.RestartProgram(i);
                LogDriver(_programs[i].Name, started ? " is started again"u8 : " cannot be started again"u8);
                _programWiring[i].Ended = !started;
                if (!started)
                {
                    TellClients(i);
                }
            }
        }
    }

    /// <summary>A back end died. It is started again, and works on with the requests that its last life had taken.</summary>
    private readonly void OnBackEndGone(int guest)
    {
        ref BackEndWiring backEnd = ref _wiring[guest].BackEnd;
        if (!backEnd.Running || IsLastLives(backEnd.Parts))
        {
            return;
        }

        Log log = Report.Guest(_guests[guest].Name.In(_text));
        log.Text(": its back end died"u8);
        log.EndLine();
        FaultReport.Write(backEnd.Parts);
        _builder.TakeBackBackEnd(guest);
        bool started = LivesLongEnough(ref backEnd.Lives, GuestEntry.UsualShortLives) && _builder.RestartBackEnd(guest, fresh: false);
        log = Report.Guest(_guests[guest].Name.In(_text));
        log.Text(started ? ": its back end is started again"u8 : ": its back end cannot be started again"u8);
        log.EndLine();
    }

    /// <summary>
    /// Whether the reported end is that of the last life of a back end. When a guest ends, root itself takes its back end back and starts the
    /// next one, before the kernel's report arrives.
    /// </summary>
    private static bool IsLastLives(in DomainParts parts) => new Thread(parts.ThreadSlot).Query(out _) == ThreadState.Alive;

    /// <summary>Counts consecutive short lives. Returns false after too many of them (0: no limit).</summary>
    private readonly bool LivesLongEnough(ref Lives lives, uint most)
    {
        bool shortLife = !lives.Killed && Machine.Tsc() - lives.StartTsc < ShortLifeSeconds * _builder.TscHertz;
        lives.Killed = false;
        lives.Short = shortLife ? lives.Short + 1 : 0;
        return most == 0 || lives.Short < most;
    }

    private readonly void OnMonitorGone(int index)
    {
        if (!_wiring[index].Ended)
        {
            LogDeath(_guests[index].Name);
            FaultReport.Write(_wiring[index].Parts);
            OnGuestEnd(index, GuestEnd.MonitorDied);
        }

        _builder.TakeBack(index);
        if (_wiring[index].BackEnd.Running)
        {
            _builder.TakeBackBackEnd(index);
        }

        if (!_wiring[index].Restarting)
        {
            return;
        }

        _wiring[index].Restarting = false;
        _wiring[index].Ended = false;
        Log log = Report.Guest(_guests[index].Name.In(_text));
        log.Text(" is started again"u8);
        log.EndLine();
        if (!_builder.RestartGuest(index) || !_builder.RestartBackEnd(index, fresh: true))
        {
            OnGuestEnd(index, GuestEnd.NotStarted);
        }
    }

    /// <summary>A dead driver stops alone: its guests continue, without their console.</summary>
    private readonly void TellClients(int program)
    {
        for (int i = 0; i < _guests.Length; i++)
        {
            if (_wiring[i].Driver == program)
            {
                _wiring[i].ConsoleGone = true;
                new Notification(_wiring[i].EventsSlot).Signal(ConsoleChannel.ClientGoneBit);
            }
        }
    }

    private readonly void LeaveIfLast(int program, GuestEnd end)
    {
        if (_programs[program].ExitWhenLast && NothingRuns())
        {
            MachineExit.Leave(_exitPort, end);
        }
    }

    /// <summary>Whether everything with <c>on-end=exit-last</c> has ended for good.</summary>
    private readonly bool NothingRuns()
    {
        for (int i = 0; i < _programs.Length; i++)
        {
            if (_programs[i].ExitWhenLast && !_programWiring[i].Ended)
            {
                return false;
            }
        }

        for (int i = 0; i < _guests.Length; i++)
        {
            if (_guests[i].ExitWhenLast && (!_wiring[i].Ended || _wiring[i].Restarting))
            {
                return false;
            }
        }

        return true;
    }

    private readonly void LogDriver(TextRange name, ReadOnlySpan<byte> what)
    {
        Log log = Report.Line();
        log.Text("driver "u8);
        log.Text(name.In(_text));
        log.Text(what);
        log.EndLine();
    }

    private readonly void LogDeath(TextRange name)
    {
        Log log = Report.Line();
        log.Text("domain "u8);
        log.Text(name.In(_text));
        log.Text(" died"u8);
        log.EndLine();
    }
}

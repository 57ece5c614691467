using Tierce.Abi;
using Tierce.Rom.State;

namespace Tierce.Rom.Xen;

/// <summary>
/// Hypercall 32: event channels, two-level interface. For the FIFO interface it returns Xen's errors: init_control refuses bad arguments as
/// Xen does and otherwise returns the error for an unknown operation, so that guests use the two-level interface. A send to the monitor
/// enters the kernel once.
/// </summary>
internal static unsafe class EventChannelOp
{
    // SAFETY: a request that Guest.Write has checked for its size.

    private enum Operation
    {
        BindInterdomain = 0,
        BindVirq = 1,
        BindPirq = 2,
        Close = 3,
        Send = 4,
        Status = 5,
        AllocUnbound = 6,
        BindIpi = 7,
        BindVcpu = 8,
        Unmask = 9,
        Reset = 10,
        InitControl = 11,
        ExpandArray = 12,
        SetPriority = 13,
    }

    private const uint PageSize = 4096;

    /// <summary>struct evtchn_fifo_control_block.</summary>
    private const uint ControlBlockSize = 72;

    /// <summary>EVTCHN_FIFO_PRIORITY_MIN, which has the highest number.</summary>
    private const uint LastPriority = 15;

    internal static long Run(ulong operation, ulong argument)
    {
        ulong size = (Operation)(uint)operation switch
        {
            Operation.BindInterdomain or Operation.BindVirq or Operation.BindPirq => 12,
            Operation.Status or Operation.InitControl => 24,
            Operation.AllocUnbound or Operation.BindIpi or Operation.BindVcpu or Operation.ExpandArray or Operation.SetPriority => 8,
            Operation.Close or Operation.Send or Operation.Unmask => 4,
            Operation.Reset => 2,
            _ => 0,
        };
        if (size == 0)
        {
            return Errno.NoCall;
        }

        uint* request = (uint*)Guest.Write(argument, size);
        if (request == null)
        {
            return Errno.Fault;
        }

        switch ((Operation)(uint)operation)
        {
            case Operation.BindInterdomain: return BindInterdomain((ushort)request[0], request[1], request + 2);
            case Operation.BindVirq: return BindVirq(request[0], request[1], request + 2);
            case Operation.Close: return Close(request[0]);
            case Operation.Send: return Send(request[0]);
            case Operation.Status: return Status(request);
            case Operation.AllocUnbound: return AllocUnbound((ushort)request[0], (ushort)(request[0] >> 16), request + 1);
            case Operation.BindIpi: return BindIpi(request[0], request + 1);
            case Operation.BindVcpu: return request[1] != 0 ? Errno.NoEntry : Events.Find(request[0]) == null ? Errno.Invalid : 0;
            case Operation.BindPirq: return Errno.Invalid; // The guest has no physical interrupts.
            case Operation.Reset: return Reset((ushort)request[0]);
            case Operation.InitControl: return InitControl(*(ulong*)request, request[2], request[3]);
            case Operation.ExpandArray: return Errno.NotSupported;
            case Operation.SetPriority: return SetPriority(request[0], request[1]);
            default: return Unmask(request[0]);
        }
    }

    private static long BindInterdomain(ushort domain, uint remotePort, uint* result)
    {
        // The monitor's channels are bound from the start. It offers no others to bind to.
        EventPort* own = Events.Find(remotePort);
        if (!DomainId.IsCaller(domain))
        {
            return domain == DomainId.Monitor ? Errno.Invalid : Errno.NoDomain;
        }

        if (own == null || own->Kind != PortKind.Unbound || own->RemoteDomain != DomainId.Self)
        {
            return Errno.Invalid;
        }

        uint port = Events.FindFree();
        if (port == 0)
        {
            return Errno.NoSpace;
        }

        EventPort* end = &Machine.State->Ports + port;
        end->Kind = PortKind.Interdomain;
        end->RemoteDomain = DomainId.Self;
        end->RemotePort = remotePort;
        own->Kind = PortKind.Interdomain;
        own->RemoteDomain = DomainId.Self;
        own->RemotePort = port;
        *result = port;
        return 0;
    }

    private static long BindVirq(uint virq, uint virtualCpu, uint* result)
    {
        RomState* state = Machine.State;
        if (virq >= EventPort.Virqs)
        {
            return Errno.Invalid;
        }

        if (virtualCpu != 0)
        {
            return Errno.NoEntry;
        }

        if (state->VirqPorts[(int)virq] != 0)
        {
            return Errno.Exists;
        }

        uint port = Events.FindFree();
        if (port == 0)
        {
            return Errno.NoSpace;
        }

        EventPort* target = &state->Ports + port;
        target->Kind = PortKind.Virq;
        target->Virq = (byte)virq;
        state->VirqPorts[(int)virq] = port;
        *result = port;
        return 0;
    }

    private static long BindIpi(uint virtualCpu, uint* result)
    {
        if (virtualCpu != 0)
        {
            return Errno.NoEntry;
        }

        uint port = Events.FindFree();
        if (port == 0)
        {
            return Errno.NoSpace;
        }

        (&Machine.State->Ports + port)->Kind = PortKind.Ipi;
        *result = port;
        return 0;
    }

    private static long AllocUnbound(ushort domain, ushort remoteDomain, uint* result)
    {
        if (!DomainId.IsCaller(domain))
        {
            return DomainId.Refusal(domain);
        }

        uint port = Events.FindFree();
        if (port == 0)
        {
            return Errno.NoSpace;
        }

        EventPort* target = &Machine.State->Ports + port;
        target->Kind = PortKind.Unbound;
        target->RemoteDomain = DomainId.IsCaller(remoteDomain) ? DomainId.Self : remoteDomain;
        *result = port;
        return 0;
    }

    /// <summary>struct evtchn_reset: the domain. Closes every port, including those to the monitor.</summary>
    private static long Reset(ushort domain)
    {
        if (!DomainId.IsCaller(domain))
        {
            return DomainId.Refusal(domain);
        }

        for (uint port = 1; port < EventPort.Count; port++)
        {
            Close(port);
        }

        return 0;
    }

    /// <summary>struct evtchn_init_control: frame of the control block, offset in it, virtual CPU.</summary>
    private static long InitControl(ulong frame, uint offset, uint virtualCpu)
    {
        if (virtualCpu != 0)
        {
            return Errno.NoEntry;
        }

        bool fits = offset <= PageSize - ControlBlockSize && (offset & 7) == 0;
        return fits && frame < Machine.Info->RamFrames ? Errno.NoCall : Errno.Invalid;
    }

    /// <summary>struct evtchn_set_priority: port, priority. The 2-level interface has none.</summary>
    private static long SetPriority(uint port, uint priority) =>
        Events.Find(port) == null || priority > LastPriority ? Errno.Invalid : Errno.NoCall;

    private static long Close(uint port)
    {
        EventPort* target = Events.Find(port);
        if (target == null)
        {
            return Errno.Invalid;
        }

        if (target->Kind == PortKind.Virq)
        {
            Machine.State->VirqPorts[target->Virq] = 0;
        }
        else if (target->Kind == PortKind.Interdomain && target->RemoteDomain == DomainId.Self)
        {
            (&Machine.State->Ports + target->RemotePort)->Kind = PortKind.Unbound;
        }

        target->Kind = PortKind.Closed;
        Events.ClearPending(port);
        return 0;
    }

    private static long Send(uint port)
    {
        EventPort* target = Events.Find(port);
        if (target == null)
        {
            return Errno.Invalid;
        }

        switch (target->Kind)
        {
            case PortKind.Ipi:
                Events.Raise(port);
                return 0;
            case PortKind.Interdomain when target->RemoteDomain == DomainId.Self:
                Events.Raise(target->RemotePort);
                return 0;
            case PortKind.Interdomain:
                return SendToMonitor(port);
            case PortKind.Unbound:
                Devices.Ring(port);
                return 0;
            default:
                return Errno.Invalid;
        }
    }

    /// <summary>
    /// A guest that has taken input may have made room for more, which the ROM moves itself. The monitor only takes output.
    /// </summary>
    private static long SendToMonitor(uint port)
    {
        RomInfo* info = Machine.Info;
        if (port != info->ConsolePort)
        {
            CallCounts.Enter(VmCall.NotifyMonitor, info->StoreNotifyBit);
            return 0;
        }

        ConsoleInput.TakeRest();
        ConsoleInput.Withdraw();
        if (ConsoleInput.HasOutput())
        {
            CallCounts.Enter(VmCall.NotifyMonitor, info->ConsoleNotifyBit);
        }

        return 0;
    }

    /// <summary>struct evtchn_status: domain, port; then status, virtual CPU, and the other end.</summary>
    private static long Status(uint* request)
    {
        uint port = request[1];
        if (!DomainId.IsCaller((ushort)request[0]))
        {
            return DomainId.Refusal((ushort)request[0]);
        }

        if (port == 0 || port >= EventPort.Count)
        {
            return Errno.Invalid;
        }

        EventPort* target = &Machine.State->Ports + port;
        request[2] = (uint)target->Kind;
        request[3] = 0;
        switch (target->Kind)
        {
            case PortKind.Unbound:
                request[4] = target->RemoteDomain;
                break;
            case PortKind.Interdomain:
                request[4] = target->RemoteDomain;
                request[5] = target->RemotePort;
                break;
            case PortKind.Virq:
                request[4] = target->Virq;
                break;
        }

        return 0;
    }

    private static long Unmask(uint port)
    {
        if (Events.Find(port) == null)
        {
            return Errno.Invalid;
        }

        Events.Unmask(port);
        return 0;
    }
}

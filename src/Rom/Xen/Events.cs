using System.Runtime.CompilerServices;
using System.Threading;
using Tierce.Abi;
using Tierce.Rom.State;

namespace Tierce.Rom.Xen;

/// <summary>
/// Event channels, Xen's two-level interface: pending and mask bits in shared_info, a selector and a flag in vcpu_info. Locked instructions
/// change the bits, because VMINT may interrupt any code of the ROM, and the monitor writes the same words.
/// </summary>
internal static unsafe class Events
{
    /// <summary>VIRQ_TIMER.</summary>
    internal const int TimerVirq = 0;

    /// <summary>Words of pending bits in use.</summary>
    private const int Words = EventPort.Count / 64;

    /// <summary>The guest's shared_info.</summary>
    internal static SharedInfo* Shared => Machine.State->SharedInfo;

    /// <summary>Whether an event has to be delivered when the guest continues.</summary>
    internal static bool IsDue => Machine.State->VcpuInfo->Upcall == 1;

    /// <summary>A port, or null if the number is out of range or the port is free.</summary>
    internal static EventPort* Find(uint port)
    {
        if (port == 0 || port >= EventPort.Count)
        {
            return null;
        }

        EventPort* found = &Machine.State->Ports + port;
        return found->Kind == PortKind.Closed ? null : found;
    }

    /// <summary>A free port's number, 0 if all are taken.</summary>
    internal static uint FindFree()
    {
        EventPort* ports = &Machine.State->Ports;
        for (uint port = 1; port < EventPort.Count; port++)
        {
            if (ports[port].Kind == PortKind.Closed)
            {
                return port;
            }
        }

        return 0;
    }

    /// <summary>Binds a port to the monitor before the guest requests one. Port 0 does not exist.</summary>
    internal static void BindMonitor(uint port)
    {
        if (port != 0 && port < EventPort.Count)
        {
            EventPort* target = &Machine.State->Ports + port;
            target->Kind = PortKind.Interdomain;
            target->RemoteDomain = DomainId.Monitor;
            target->RemotePort = port;
        }
    }

    /// <summary>Raises an event at a port. As in Xen, a masked port keeps only its pending bit.</summary>
    internal static void Raise(uint port) => Raise(Machine.State, port);

    /// <summary>Raises an event for a caller that has the state's address.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Raise(RomState* state, uint port)
    {
        SharedInfo* shared = state->SharedInfo;
        ulong bit = 1UL << (int)(port & 63);
        uint word = port >> 6;
        ulong* pending = &shared->Pending + word;
        if ((Volatile.Read(ref *pending) & bit) != 0)
        {
            return;
        }

        Interlocked.Or(ref *pending, bit);
        if (((&shared->Mask)[word] & bit) == 0)
        {
            Select(state, word);
        }
    }

    /// <summary>Takes the kernel's events out of the vCPU page and makes them visible to the guest.</summary>
    internal static void TakePending() => TakePending(Machine.State, Machine.VCpu);

    /// <summary>Takes the events for a caller that has the addresses: VMINT.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void TakePending(RomState* state, VCpuPage* page)
    {
        ulong taken = Interlocked.Exchange(ref page->Pending, 0);
        if ((taken & VCpuEvent.Timer) != 0)
        {
            uint port = state->VirqPorts[TimerVirq];
            if (port != 0)
            {
                Raise(state, port);
            }
        }

        if ((taken & (VCpuEvent.Monitor | VCpuEvent.Devices)) != 0)
        {
            taken = TakeMonitors(taken);
        }

        if ((taken & VCpuEvent.Console) != 0)
        {
            ConsoleInput.Take(state);
        }
    }

    /// <summary>Clears a port's mask bit and raises a pending event.</summary>
    internal static void Unmask(uint port)
    {
        SharedInfo* shared = Shared;
        ulong bit = 1UL << (int)(port & 63);
        uint word = port >> 6;
        Interlocked.And(ref (&shared->Mask)[word], ~bit);
        if (((&shared->Pending)[word] & bit) != 0)
        {
            Select(Machine.State, word);
        }
    }

    /// <summary>Whether an event is pending at a port.</summary>
    internal static bool IsPending(uint port) => (Volatile.Read(ref (&Shared->Pending)[port >> 6]) >> (int)(port & 63) & 1) != 0;

    /// <summary>Clears a pending event.</summary>
    internal static void ClearPending(uint port) =>
        Interlocked.And(ref (&Shared->Pending)[port >> 6], ~(1UL << (int)(port & 63)));

    /// <summary>
    /// Raises the ports whose pending bits the monitor has set. The monitor sets only these bits, because it does not know where the guest
    /// has moved its vcpu_info.
    /// </summary>
    /// <returns><paramref name="taken"/> unchanged, so that the caller need not keep it in a register across the call.</returns>
    private static ulong TakeMonitors(ulong taken)
    {
        if ((taken & VCpuEvent.Devices) != 0)
        {
            Devices.Raise(taken >> VCpuEvent.FirstDevice);
        }

        if ((taken & VCpuEvent.Monitor) == 0)
        {
            return taken;
        }

        Clock.Follow();
        SharedInfo* shared = Shared;
        for (uint word = 0; word < Words; word++)
        {
            if (((&shared->Pending)[word] & ~(&shared->Mask)[word]) != 0)
            {
                Select(Machine.State, word);
            }
        }

        return taken;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Select(RomState* state, uint word)
    {
        VcpuInfo* info = state->VcpuInfo;
        Interlocked.Or(ref info->PendingSelector, 1UL << (int)word);
        info->UpcallPending = 1;
    }
}

using Tierce.Abi;
using Tierce.Rom.State;

namespace Tierce.Rom.Xen;

/// <summary>Hypercall 29: yield, block, shut down, poll. Enters the kernel to wait, and to make the monitor end the guest.</summary>
internal static unsafe class SchedOp
{
    // SAFETY: a request that Guest.Read has checked for its size, and the ports that it points at likewise.

    private const uint PortsPerWord = 64;
    private const uint MostPolledPorts = 128;

    private enum Operation
    {
        Yield = 0,
        Block = 1,
        Shutdown = 2,
        Poll = 3,
    }

    /// <summary>Hypercall 6, the old form: the argument itself is the reason of a shutdown, and there is no poll.</summary>
    internal static long RunCompat(ulong operation, ulong argument) => (Operation)(uint)operation switch
    {
        Operation.Yield => Yield(),
        Operation.Block => Block(),
        Operation.Shutdown => End((uint)argument),
        _ => Errno.NoCall,
    };

    internal static long Run(ulong operation, ulong argument) => (Operation)(uint)operation switch
    {
        Operation.Yield => Yield(),
        Operation.Block => Block(),
        Operation.Shutdown => Shutdown(argument),
        Operation.Poll => Poll(argument),
        _ => Errno.NoCall,
    };

    /// <summary>
    /// A guest has one virtual CPU, so a yield has no other one to run. But Linux yields in a loop while its console's ring is full. A
    /// driver that has used up its budget runs only when the guest does not, so the two would wait for each other. Therefore the guest
    /// sleeps until it has an event. The monitor sends one after it has taken output.
    /// </summary>
    private static long Yield()
    {
        Events.TakePending();
        ConsoleInput.AwaitRoom();
        Events.TakePending();
        return 0;
    }

    /// <summary>Unmasks events and waits for one.</summary>
    internal static long Block()
    {
        VcpuInfo* info = Machine.State->VcpuInfo;
        info->UpcallMask = 0;
        Events.TakePending();
        while (info->UpcallPending == 0)
        {
            CallCounts.Block();
            Events.TakePending();
        }

        return 0;
    }

    /// <summary>Waits without end, for a virtual CPU that the guest has taken down.</summary>
    internal static long Halt()
    {
        VcpuInfo* info = Machine.State->VcpuInfo;
        for (; ; )
        {
            Events.TakePending();
            info->UpcallPending = 0;
            CallCounts.Block();
        }
    }

    private static long Shutdown(ulong argument)
    {
        uint* request = (uint*)Guest.Read(argument, sizeof(uint));
        if (request == null)
        {
            return Errno.Fault;
        }

        return End(*request);
    }

    private static long End(uint reason)
    {
        CallCounts.Report();
        VCpuPage* page = Machine.VCpu;
        page->Request = (ulong)MonitorRequest.Shutdown;
        page->RequestArg0 = reason;
        CallCounts.Enter(VmCall.RequestMonitor);
        return 0;
    }

    /// <summary>struct sched_poll: ports (address), number, system time of the timeout.</summary>
    private static long Poll(ulong argument)
    {
        byte* request = Guest.Read(argument, 24);
        if (request == null)
        {
            return Errno.Fault;
        }

        uint count = *(uint*)(request + 8);
        ulong timeout = *(ulong*)(request + 16);
        if (count > MostPolledPorts)
        {
            return Errno.Invalid;
        }

        uint* ports = count == 0 ? null : (uint*)Guest.Read(*(ulong*)request, count * sizeof(uint));
        if (count != 0 && ports == null)
        {
            return Errno.Fault;
        }

        Events.TakePending();
        for (uint i = 0; i < count; i++)
        {
            uint port = ports[i];
            if (Events.Find(port) == null)
            {
                return Errno.Invalid;
            }

            if (((&Events.Shared->Pending)[port / PortsPerWord] >> (int)(port % PortsPerWord) & 1) != 0)
            {
                return 0;
            }
        }

        // A poll may end early, since its callers test again. With a timeout it ends at once, because the one timer belongs to the guest.
        if (timeout == 0)
        {
            CallCounts.Block();
            Events.TakePending();
        }

        return 0;
    }
}

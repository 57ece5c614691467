using Tierce.Abi;
using Tierce.Rom.State;

namespace Tierce.Rom.Xen;

/// <summary>Hypercall 24: virtual CPUs, of which there is one. Enters the kernel to set the timer.</summary>
internal static unsafe class VcpuOp
{
    // SAFETY: a request that Guest.Read or Guest.Write has checked for its size; the frame of the vCPU's info was compared with
    // the limit.

    private const uint DeadlineInFuture = 1;
    private const ulong InfoSize = 64;

    /// <summary>struct vcpu_guest_context.</summary>
    private const ulong ContextSize = 5168;
    private const ulong PageSize = 4096;
    private const int RunstateWords = 6;

    private enum Operation
    {
        Initialise = 0,
        Up = 1,
        Down = 2,
        IsUp = 3,
        GetRunstate = 4,
        RegisterRunstate = 5,
        StopPeriodicTimer = 7,
        SetSingleshotTimer = 8,
        StopSingleshotTimer = 9,
        RegisterInfo = 10,
        RegisterTime = 13,
    }

    internal static long Run(ulong operation, ulong virtualCpu, ulong argument)
    {
        if ((uint)virtualCpu != 0)
        {
            return Errno.NoEntry;
        }

        switch ((Operation)(uint)operation)
        {
            case Operation.Initialise: return Guest.Read(argument, ContextSize) == null ? Errno.Fault : Errno.Exists;
            case Operation.Up: return 0;
            case Operation.Down: return SchedOp.Halt();
            case Operation.IsUp: return 1;
            case Operation.GetRunstate: return WriteRunstate(argument);
            case Operation.RegisterRunstate: return RegisterRunstate(argument);
            case Operation.StopPeriodicTimer: return 0;
            case Operation.SetSingleshotTimer: return SetSingleshotTimer(argument);
            case Operation.StopSingleshotTimer: return SetTimerOp.Run(0);
            case Operation.RegisterInfo: return RegisterInfo(argument);
            case Operation.RegisterTime: return RegisterTime(argument);
            default: return Errno.NoCall;
        }
    }

    private static long RegisterRunstate(ulong argument)
    {
        ulong* request = (ulong*)Guest.Read(argument, sizeof(ulong));
        return request == null ? Errno.Fault : *request == 0 ? 0 : WriteRunstate(*request);
    }

    /// <summary>struct vcpu_runstate_info: running (0) since the start. It does not account for time that other threads took.</summary>
    private static long WriteRunstate(ulong address)
    {
        ulong* area = (ulong*)Guest.Write(address, RunstateWords * sizeof(ulong));
        if (area == null)
        {
            return Errno.Fault;
        }

        ulong now = Clock.Now();
        area[0] = 0;
        area[1] = now;
        area[2] = now;
        area[3] = 0;
        area[4] = 0;
        area[5] = 0;
        return 0;
    }

    /// <summary>struct vcpu_set_singleshot_timer: system time, flags.</summary>
    private static long SetSingleshotTimer(ulong argument)
    {
        byte* request = Guest.Read(argument, 16);
        if (request == null)
        {
            return Errno.Fault;
        }

        ulong deadline = *(ulong*)request;
        if ((*(uint*)(request + 8) & DeadlineInFuture) != 0 && deadline < Clock.Now())
        {
            return Errno.Time;
        }

        CallCounts.Enter(VmCall.SetTimer, Clock.Deadline(deadline));
        return 0;
    }

    /// <summary>
    /// struct vcpu_register_vcpu_info: frame, offset in it. Allowed once in a guest's life. The ROM then tests every port again.
    /// </summary>
    private static long RegisterInfo(ulong argument)
    {
        byte* request = Guest.Read(argument, 16);
        if (request == null)
        {
            return Errno.Fault;
        }

        RomState* state = Machine.State;
        ulong frame = *(ulong*)request;
        uint offset = *(uint*)(request + 8);
        if (state->VcpuInfoMoved != 0 || !Guest.IsFrame(frame) || offset > PageSize - InfoSize || (offset & 7) != 0)
        {
            return Errno.Invalid;
        }

        VcpuInfo* old = state->VcpuInfo;
        VcpuInfo* target = (VcpuInfo*)(Machine.Window(frame << 12) + offset);
        target->UpcallMask = old->UpcallMask;
        target->Cr2 = old->Cr2;
        target->Time.Version = 0;
        target->PendingSelector = ulong.MaxValue;
        target->UpcallPending = 1;
        state->VcpuInfo = target;
        state->VcpuInfoMoved = 1;

        // From here on a change of the rate finds the new place, so it is not lost.
        Clock.Fill(&target->Time);
        return 0;
    }

    /// <summary>struct vcpu_register_time_memory_area: an address at which user code of the guest may read the clock.</summary>
    private static long RegisterTime(ulong argument)
    {
        ulong* request = (ulong*)Guest.Read(argument, sizeof(ulong));
        if (request == null)
        {
            return Errno.Fault;
        }

        if (*request == 0)
        {
            Clock.Register(0);
            return 0;
        }

        TimeInfo* area = (TimeInfo*)Guest.Write(*request, (ulong)sizeof(TimeInfo));
        if (area == null)
        {
            return Errno.Fault;
        }

        area->Version = 0;
        Clock.Register(*request);
        Clock.Fill(area);
        return 0;
    }
}

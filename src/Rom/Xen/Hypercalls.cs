using System.Runtime.CompilerServices;
using Tierce.Abi;
using Tierce.Rom.State;

namespace Tierce.Rom.Xen;

/// <summary>Numbers of the hypercalls that the ROM implements (Xen's public xen.h). 23, iret, never reaches C#.</summary>
[AssemblyNames("HYPERCALL")]
internal enum HypercallNumber
{
    SetTrapTable = 0,
    MmuUpdate = 1,
    SetGdt = 2,
    StackSwitch = 3,
    SetCallbacks = 4,
    FpuTaskSwitch = 5,
    SchedOpCompat = 6,
    PlatformOp = 7,
    SetDebugRegister = 8,
    GetDebugRegister = 9,
    UpdateDescriptor = 10,
    MemoryOp = 12,
    Multicall = 13,
    UpdateVaMapping = 14,
    SetTimerOp = 15,
    XenVersion = 17,
    ConsoleIo = 18,
    GrantTableOp = 20,
    VmAssist = 21,
    UpdateVaMappingOther = 22,
    Iret = 23,
    VcpuOp = 24,
    SetSegmentBase = 25,
    MmuextOp = 26,
    NmiOp = 28,
    SchedOp = 29,
    CallbackOp = 30,
    EventChannelOp = 32,
    PhysdevOp = 33,
    SystemControl = 35,
    DomainControl = 36,
    KexecOp = 37,
    PerformanceOp = 40,
    MachineCheckOp = 48,
}

/// <summary>
/// Passes a hypercall to its own file. A number without one gets -ENOSYS and one line in the log; so does the first absent operation of a
/// hypercall.
/// </summary>
internal static unsafe class Hypercalls
{
    /// <summary>
    /// One bit for each hypercall with operations, some of which may be absent: 12, 17, 18, 20, 21, 24, 26, 28 to 30, 32, 33, and 6.
    /// </summary>
    private const ulong Known = 0x3_7536_1040;

    /// <summary>Arguments in the order of RDI, RSI, RDX, R10, R8.</summary>
    internal static long Dispatch(ulong number, ulong a0, ulong a1, ulong a2, ulong a3, ulong a4)
    {
        CallCounts.Begin(number);
        long result = Answer(number, a0, a1, a2, a3, a4);
        if (result == Errno.NoCall)
        {
            Absent(number, a0);
        }

        return result;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static long Answer(ulong number, ulong a0, ulong a1, ulong a2, ulong a3, ulong a4)
    {
        switch ((HypercallNumber)number)
        {
            case HypercallNumber.SetTrapTable: return SetTrapTable.Run(a0);
            case HypercallNumber.MmuUpdate: return MmuUpdate.Run(a0, a1, a2, a3);
            case HypercallNumber.SetGdt: return SetGdt.Run(a0, a1);
            case HypercallNumber.StackSwitch: return StackSwitch.Run(a1);
            case HypercallNumber.SetCallbacks: return CallbackOp.SetAll(a0, a1, a2);
            case HypercallNumber.FpuTaskSwitch: return FpuTaskSwitch.Run(a0);
            case HypercallNumber.SetDebugRegister: return DebugRegister.Set(a0, a1);
            case HypercallNumber.GetDebugRegister: return DebugRegister.Get(a0);
            case HypercallNumber.UpdateDescriptor: return UpdateDescriptor.Run(a0, a1);
            case HypercallNumber.MemoryOp: return MemoryOp.Run(a0, a1);
            case HypercallNumber.Multicall: return Multicall.Run(a0, a1);
            case HypercallNumber.UpdateVaMapping: return UpdateVaMapping.Run(a0, a1, a2);
            case HypercallNumber.SetTimerOp: return SetTimerOp.Run(a0);
            case HypercallNumber.XenVersion: return XenVersion.Run(a0, a1);
            case HypercallNumber.ConsoleIo: return ConsoleIo.Run(a0, a1, a2);
            case HypercallNumber.GrantTableOp: return GrantTableOp.Run(a0, a1, a2);
            case HypercallNumber.VmAssist: return VmAssist.Run(a0, a1);
            case HypercallNumber.VcpuOp: return VcpuOp.Run(a0, a1, a2);
            case HypercallNumber.SetSegmentBase: return SetSegmentBase.Run(a0, a1);
            case HypercallNumber.MmuextOp: return MmuextOp.Run(a0, a1, a2, a3);
            case HypercallNumber.SchedOp: return SchedOp.Run(a0, a1);
            case HypercallNumber.CallbackOp: return CallbackOp.Run(a0, a1);
            case HypercallNumber.EventChannelOp: return EventChannelOp.Run(a0, a1);
            case HypercallNumber.PhysdevOp: return PhysdevOp.Run(a0, a1);
            case HypercallNumber.SchedOpCompat: return SchedOp.RunCompat(a0, a1);
            case HypercallNumber.UpdateVaMappingOther: return UpdateVaMapping.RunOther(a0, a1, a2, a3);
            case HypercallNumber.NmiOp: return CallbackOp.Nmi(a0, a1);
            case HypercallNumber.PlatformOp: return ControlDomain.Refuse(a0, ControlDomain.PlatformVersion);
            case HypercallNumber.SystemControl: return ControlDomain.Refuse(a0, ControlDomain.SystemVersion);
            case HypercallNumber.DomainControl: return ControlDomain.Refuse(a0, ControlDomain.DomainVersion);
            case HypercallNumber.KexecOp or HypercallNumber.MachineCheckOp: return ControlDomain.Refused;
            case HypercallNumber.PerformanceOp: return ControlDomain.NoCounters;
            default: return Errno.NoCall;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Absent(ulong number, ulong operation)
    {
        RomState* state = Machine.State;
        ulong bit = 1UL << (int)(number & 63);
        if (!IsKnown(number))
        {
            if ((state->LoggedCalls & bit) == 0)
            {
                state->LoggedCalls |= bit;
                Log.Line("rom: no hypercall 0x"u8, number);
            }
        }
        else if ((state->LoggedOperations & bit) == 0)
        {
            state->LoggedOperations |= bit;
            Log.Line("rom: no operation 0x"u8, (uint)operation, " of 0x"u8, (uint)number);
        }
    }

    /// <summary>Whether the ROM implements a hypercall.</summary>
    private static bool IsKnown(ulong number) => number < 64 && (Known >> (int)number & 1) != 0;
}

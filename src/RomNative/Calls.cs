using System.Runtime;
using Tierce.Abi;

namespace Tierce.RomNative;

/// <summary>The calls of the guest's kernel (<see cref="NativeCall"/>), on its stack. Run alone is in assembly.</summary>
internal static unsafe class Calls
{
    /// <summary>A call other than Run.</summary>
    [RuntimeExport("native_call")]
    internal static long Dispatch(ulong number, ulong first, ulong second)
    {
        NativePage* page = Machine.Page;
        switch ((NativeCall)number)
        {
            case NativeCall.SetHandler:
                Machine.State->Handler = first;
                return 0;
            case NativeCall.Unmask:
                Events.Unmask(page);
                return 0;
            case NativeCall.Wait:
                Events.Wait(page);
                return 0;
            case NativeCall.SetTimer:
                return Machine.Call(VmCall.SetTimer, first);
            case NativeCall.SetEntry:
                return SetEntry(first, second);
            case NativeCall.LoadRoots:
                return Machine.Call(VmCall.LoadRoot, first, second);
            case NativeCall.Flush:
                return Machine.Call(VmCall.Flush);
            case NativeCall.Invalidate:
                return Machine.Call(VmCall.Invalidate, first);
            case NativeCall.Console:
                return Machine.Call(VmCall.NotifyMonitor, Machine.Info->ConsoleNotifyBit);
            case NativeCall.End:
                return End(first);
            default:
                return (long)Status.BadCall;
        }
    }

    /// <summary>First the entry, then its note. In the interrupt context it may be lost between the two: not to be called there.</summary>
    private static long SetEntry(ulong address, ulong value)
    {
        if ((address & 7) != 0)
        {
            return (long)Status.BadArgument;
        }

        if (address >> 12 >= Machine.Info->AllFrames)
        {
            return (long)Status.BadFrame;
        }

        *(ulong*)Machine.Window(address) = value;
        NotePage* notes = Machine.Notes;
        uint count = notes->Count;
        if (count < NotePage.Capacity)
        {
            (&notes->First)[count] = address | (ulong)NoteKind.Entry;
        }

        notes->Count = count < NotePage.Capacity ? count + 1 : NotePage.Capacity + 1;
        return 0;
    }

    private static long End(ulong how)
    {
        VCpuPage* vcpu = Machine.VCpu;
        vcpu->RequestArg0 = how;
        vcpu->Request = (ulong)MonitorRequest.Shutdown;
        return Machine.Call(VmCall.RequestMonitor);
    }
}

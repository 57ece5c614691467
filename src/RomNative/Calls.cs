using System.Runtime;
using Tierce.Abi;

namespace Tierce.RomNative;

/// <summary>The calls of the guest's kernel (<see cref="NativeCall"/>), on its stack. Only Run is in assembly.</summary>
internal static unsafe class Calls
{
    // SAFETY: the window, at a frame that was compared with the limit.

    /// <summary>Handles a call other than Run.</summary>
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

    /// <summary>
    /// The entry comes first, then its note. An interrupt handler could lose the note in between, so it must not make this call.
    /// </summary>
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

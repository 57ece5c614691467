using System.Runtime.CompilerServices;
using System.Threading;
using Tierce.Abi;
using Tierce.Rom.State;

namespace Tierce.Rom.Xen;

/// <summary>The console's input: moves bytes from the driver's ring to Xen's console ring, and raises the guest's event.</summary>
internal static unsafe class ConsoleInput
{
    // SAFETY: the two rings' pages, which stay mapped; offsets are fixed, indices are masked.

    // Xen public header io/console.h, struct xencons_interface.
    private const int XenOutputConsumed = 3080, XenOutputProduced = 3084;
    private const uint XenOutputSize = 2048;

    /// <summary>Moves all bytes that fit and raises the guest's event.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Take(RomState* state)
    {
        InputRing* input = &state->Input;
        if (!input->Begin())
        {
            return;
        }

        if (input->MoveOne())
        {
            Tell(state, input);
            if (!input->GoesOn())
            {
                return;
            }
        }

        TakeMany(state);
    }

    /// <summary>Moves more bytes after the guest may have made room.</summary>
    internal static void TakeRest()
    {
        if (!Machine.State->Input.IsEmpty)
        {
            Take(Machine.State);
        }
    }

    /// <summary>
    /// Withdraws a pending event after the guest has taken its input. The guest reads as long as it finds bytes, so the event would find
    /// none. After two events without input Linux delays each event, by milliseconds and then longer.
    /// </summary>
    internal static void Withdraw()
    {
        RomState* state = Machine.State;
        InputRing* input = &state->Input;
        if (input->Driver == null)
        {
            return;
        }

        // The monitor's event for output that it has taken stays.
        uint port = (uint)Machine.Info->ConsolePort;
        uint* consumed = (uint*)(input->Guest + XenOutputConsumed);
        uint told = Volatile.Read(ref *consumed);
        if (!Events.IsPending(port))
        {
            state->OutputTold = told;
        }
        else if (told == state->OutputTold && input->IsTaken)
        {
            Events.ClearPending(port);
            if (told != Volatile.Read(ref *consumed) || !input->IsTaken)
            {
                Events.Raise(state, port);
            }
        }
    }

    /// <summary>The guest has used its ring. Returns whether the monitor has output to take.</summary>
    internal static bool HasOutput()
    {
        byte* xen = Machine.State->Input.Guest;
        return Volatile.Read(ref *(uint*)(xen + XenOutputProduced)) != Volatile.Read(ref *(uint*)(xen + XenOutputConsumed));
    }

    /// <summary>If the guest can write nothing until the monitor has taken some of its output, waits for an event.</summary>
    internal static void AwaitRoom()
    {
        InputRing* ring = &Machine.State->Input;
        if (ring->Driver == null)
        {
            return;
        }

        uint* xen = (uint*)ring->Guest;
        uint consumed = Volatile.Read(ref xen[XenOutputConsumed / sizeof(uint)]);
        if (Volatile.Read(ref xen[XenOutputProduced / sizeof(uint)]) - consumed == XenOutputSize)
        {
            CallCounts.BlockWhile(xen + (XenOutputConsumed / sizeof(uint)), consumed);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void TakeMany(RomState* state)
    {
        InputRing* input = &state->Input;
        do
        {
            if (input->Move())
            {
                Tell(state, input);
            }
        }
        while (input->GoesOn());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Tell(RomState* state, InputRing* input)
    {
        RomInfo* info = Machine.Info;
        Events.Raise(state, (uint)info->ConsolePort);
        if (input->DriverWaits)
        {
            Machine.Call(VmCall.NotifyMonitor, info->ConsoleNotifyBit);
        }
    }
}

using System.Runtime.CompilerServices;
using System.Threading;
using Tierce.Abi;
using Tierce.Rom.State;

namespace Tierce.Rom.Xen;

/// <summary>The console's input: bytes from the driver's ring to Xen's console ring, and the guest's event.</summary>
internal static unsafe class ConsoleInput
{
    // Xen public header io/console.h, struct xencons_interface.
    private const int XenOutputConsumed = 3080, XenOutputProduced = 3084;
    private const uint XenOutputSize = 2048;

    /// <summary>Moves what there is and raises the guest's event.</summary>
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

    /// <summary>The guest may have made room for more, if there is more.</summary>
    internal static void TakeRest()
    {
        if (!Machine.State->Input.IsEmpty)
        {
            Take(Machine.State);
        }
    }

    /// <summary>
    /// The guest has taken input, and looks for more as long as it finds some: an event that is still pending for what it has read by now would
    /// find nothing. Linux holds an event back, for milliseconds and longer each time, after two that were for nothing.
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

    /// <summary>The guest has touched its ring: whether the monitor has anything to do.</summary>
    internal static bool HasOutput()
    {
        byte* xen = Machine.State->Input.Guest;
        return Volatile.Read(ref *(uint*)(xen + XenOutputProduced)) != Volatile.Read(ref *(uint*)(xen + XenOutputConsumed));
    }

    /// <summary>If the guest can write nothing until the monitor has taken some of its output: waits for an event.</summary>
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

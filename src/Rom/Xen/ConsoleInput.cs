using System.Runtime.CompilerServices;
using System.Threading;
using Tierce.Abi;
using Tierce.Rom.State;

namespace Tierce.Rom.Xen;

/// <summary>The console's input: bytes from the driver's ring to Xen's console ring, and the guest's event.</summary>
internal static unsafe class ConsoleInput
{
    /// <summary>
    /// Most bytes that wait for the guest. Linux's console takes 16 bytes a read, and tells the hypervisor after each read, which brings the
    /// next portion. Larger portions are slower: 300 kB of input took 14 s by portions of 15, 36 s by 127, and 97 s by the whole ring.
    /// </summary>
    private const uint Portion = 15;

    // Xen public header io/console.h, struct xencons_interface.
    private const int XenOutputConsumed = 3080, XenOutputProduced = 3084;

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

    /// <summary>The guest has touched its ring: whether the monitor has anything to do.</summary>
    internal static bool HasOutput()
    {
        byte* xen = Machine.State->Input.Guest;
        return Volatile.Read(ref *(uint*)(xen + XenOutputProduced)) != Volatile.Read(ref *(uint*)(xen + XenOutputConsumed));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void TakeMany(RomState* state)
    {
        InputRing* input = &state->Input;
        do
        {
            if (input->Move(Portion))
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

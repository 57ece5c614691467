using System.Runtime.CompilerServices;
using System.Threading;
using Tierce.Abi;

namespace Tierce.Rom.Xen;

/// <summary>The console's input: bytes from the driver's ring to Xen's console ring, and the guest's event.</summary>
internal static unsafe class ConsoleInput
{
    // Xen public header io/console.h, struct xencons_interface.
    private const int XenOutputConsumed = 3080, XenOutputProduced = 3084;

    /// <summary>Moves what there is and raises the guest's event.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Take()
    {
        InputRing* input = &Machine.State->Input;
        if (!input->Begin())
        {
            return;
        }

        do
        {
            if (input->Move())
            {
                Tell(input);
            }
        }
        while (input->GoesOn());
    }

    /// <summary>The guest has touched its ring: whether the monitor has anything to do.</summary>
    internal static bool HasOutput()
    {
        byte* xen = Machine.State->Input.Guest;
        return Volatile.Read(ref *(uint*)(xen + XenOutputProduced)) != Volatile.Read(ref *(uint*)(xen + XenOutputConsumed));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Tell(InputRing* input)
    {
        RomInfo* info = Machine.Info;
        Events.Raise((uint)info->ConsolePort);
        if (input->DriverWaits)
        {
            Machine.Call(VmCall.NotifyMonitor, info->ConsoleNotifyBit);
        }
    }
}

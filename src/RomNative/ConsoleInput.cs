using System.Runtime.CompilerServices;
using System.Threading;
using Tierce.Abi;
using Tierce.Rom;

namespace Tierce.RomNative;

/// <summary>The console's input: moves bytes from the driver's ring to the guest's, and raises the guest's event.</summary>
internal static unsafe class ConsoleInput
{
    /// <summary>
    /// Moves all bytes that fit; a single byte without the loop for many. Runs in VMINT, or in VMUSR while the guest waits.
    /// </summary>
    internal static void Take(NativePage* page)
    {
        InputRing* input = Machine.Input;
        if (!input->Begin())
        {
            return;
        }

        do
        {
            if (input->MoveOne() || input->Move())
            {
                Tell(page, input);
            }
        }
        while (input->GoesOn());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Tell(NativePage* page, InputRing* input)
    {
        Interlocked.Or(ref page->Pending, NativeEvent.Console);
        if (input->DriverWaits)
        {
            Machine.Call(VmCall.NotifyMonitor, Machine.Info->ConsoleNotifyBit);
        }
    }
}

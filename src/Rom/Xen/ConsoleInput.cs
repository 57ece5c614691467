using System.Runtime.CompilerServices;
using System.Threading;
using Tierce.Abi;
using Tierce.Rom.State;

namespace Tierce.Rom.Xen;

/// <summary>
/// The console's input: bytes from the driver's ring to Xen's console ring. The ROM is the only one to take them, however the event came,
/// so that binding the driver to the guest, or taking that back, loses and doubles none.
/// </summary>
internal static unsafe class ConsoleInput
{
    // Xen public header io/console.h, struct xencons_interface.
    private const uint XenSize = 1024;
    private const int XenInputConsumed = 3072, XenInputProduced = 3076, XenOutputConsumed = 3080, XenOutputProduced = 3084;

    /// <summary>
    /// Moves what there is and raises the guest's event. VMINT may come while VMUSR is in here: it leaves the work to VMUSR then, which
    /// looks again before it leaves.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Take()
    {
        RomState* state = Machine.State;
        if (state->Input == null)
        {
            return;
        }

        if (Volatile.Read(ref state->TakingInput) != 0)
        {
            Volatile.Write(ref state->MoreInput, 1);
            return;
        }

        do
        {
            Volatile.Write(ref state->MoreInput, 0);
            Volatile.Write(ref state->TakingInput, 1);
            Move();
            Volatile.Write(ref state->TakingInput, 0);
        }
        while (Volatile.Read(ref state->MoreInput) != 0);
    }

    /// <summary>The guest has touched its ring: whether the monitor has anything to do.</summary>
    internal static bool HasOutput()
    {
        byte* xen = Machine.State->XenRing;
        return Volatile.Read(ref *(uint*)(xen + XenOutputProduced)) != Volatile.Read(ref *(uint*)(xen + XenOutputConsumed));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Move()
    {
        RomInfo* info = Machine.Info;
        ByteRingHeader* ring = Machine.State->Input;
        byte* data = (byte*)ring + Abi.ConsoleInput.Data;
        byte* xen = Machine.State->XenRing;
        uint consumed = ring->Consumed;
        uint count = Volatile.Read(ref ring->Produced) - consumed;
        if (count > Abi.ConsoleInput.Size)
        {
            // An index that somebody has written over: what lies there means nothing.
            Volatile.Write(ref ring->Consumed, consumed + count);
            return;
        }

        uint produced = *(uint*)(xen + XenInputProduced);
        uint used = produced - Volatile.Read(ref *(uint*)(xen + XenInputConsumed));
        if (count == 0 || used >= XenSize)
        {
            return;
        }

        uint room = XenSize - used;
        count = count < room ? count : room;

        for (uint i = 0; i < count; i++)
        {
            xen[(produced + i) & (XenSize - 1)] = data[(consumed + i) & (Abi.ConsoleInput.Size - 1)];
        }

        Volatile.Write(ref *(uint*)(xen + XenInputProduced), produced + count);
        Volatile.Write(ref ring->Consumed, consumed + count);
        Events.Raise((uint)info->ConsolePort);
        if (Volatile.Read(ref ring->ProducerWaits) != 0)
        {
            // The driver, which a guest cannot signal, waits for room: the monitor tells it.
            Machine.Call(VmCall.NotifyMonitor, info->ConsoleNotifyBit);
        }
    }
}

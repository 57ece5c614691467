using System.Threading;
using Tierce.Abi;
using Tierce.Runtime;
using Tierce.Runtime.Devices;

namespace Tierce.Root;

/// <summary>Root's own mapping of the pages by which it steers disks: one of limits for each driver, one of wishes for each guest.</summary>
public static unsafe class DiskPages
{
    // SAFETY: root maps each page for its own life before it uses a line of it, and callers stay below the number of lines. The limits can
    // be written by root alone. A monitor can write its guest's wishes, which root therefore only writes, and the states, which it only shows.

    private const ulong RatesAddress = 0x0000_0047_0000_0000, PlugsAddress = 0x0000_0048_0000_0000;
    private const CapRights Both = CapRights.Read | CapRights.Write;

    /// <summary>Maps the limits of a driver's clients.</summary>
    public static Status MapRates(Memory memory, uint queue, uint mapping) => memory.Map(Domain.Own, RatesAddress + (queue << 12), 0, RateTable.Pages, Both, mapping);

    /// <summary>Maps the wishes for a guest's disks.</summary>
    public static Status MapPlugs(Memory memory, int guest, uint mapping) => memory.Map(Domain.Own, PlugsAddress + ((ulong)guest << 12), 0, PlugTable.Pages, Both, mapping);

    /// <summary>The limits of a client.</summary>
    public static ClientRate Rate(uint queue, uint client) => *RateLine(queue, client);

    /// <summary>
    /// Sets the limits of a client. The driver may look between the two writes: a limit that begins is there before one that ends is gone.
    /// </summary>
    public static void SetRate(uint queue, uint client, in ClientRate wanted)
    {
        ClientRate* line = RateLine(queue, client);
        if (wanted.Operations != 0)
        {
            Volatile.Write(ref line->Operations, wanted.Operations);
        }

        Volatile.Write(ref line->Bytes, wanted.Bytes);
        Volatile.Write(ref line->Operations, wanted.Operations);
    }

    /// <summary>Shows a guest's monitor whether the guest shall have a disk.</summary>
    public static void SetPlugged(int guest, int disk, bool plugged) => Volatile.Write(ref Plug(guest, disk)->Wanted, plugged ? 1U : 0);

    /// <summary>What the guest has of a disk, as its monitor says.</summary>
    public static PlugState State(int guest, int disk) => (PlugState)Volatile.Read(ref *(uint*)&Plug(guest, disk)->State);

    private static ClientRate* RateLine(uint queue, uint client) => (ClientRate*)(RatesAddress + (queue << 12)) + client;

    private static PlugLine* Plug(int guest, int disk) => (PlugLine*)(PlugsAddress + ((ulong)guest << 12)) + disk;
}

using System.Threading;
using Tierce.Abi;

namespace Tierce.Rom.Xen;

/// <summary>Event channels of devices, whose other ends are back ends. The monitor says which port belongs to which device.</summary>
internal static unsafe class Devices
{
    /// <summary>Raises the ports of devices, by a bit for each device.</summary>
    internal static void Raise(ulong devices)
    {
        RomInfo* info = Machine.Info;
        for (int i = 0; i < VCpuDoorbell.Count; i++)
        {
            ulong port = Volatile.Read(ref info->DevicePorts[i]);
            if (((devices >> i) & 1) != 0 && port <= uint.MaxValue && Events.Find((uint)port) != null)
            {
                Events.Raise((uint)port);
            }
        }
    }

    /// <summary>Signals the back end at a port's other end. Without one the event is lost, as on Xen.</summary>
    internal static void Ring(uint port)
    {
        RomInfo* info = Machine.Info;
        for (int i = 0; i < VCpuDoorbell.Count; i++)
        {
            if (Volatile.Read(ref info->DevicePorts[i]) == port)
            {
                CallCounts.Enter(VmCall.RingDoorbell, (ulong)i);
                return;
            }
        }
    }
}

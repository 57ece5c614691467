using System.Runtime.CompilerServices;
using Tierce.Runtime.Devices;

namespace Tierce.Drivers.Bus;

/// <summary>What the bus keeps of each device, by its number in the <see cref="BusTable"/>.</summary>
[InlineArray(BusTable.MostDevices)]
public struct DeviceList
{
    private VirtioDevice _first;

    /// <summary>A device; the caller stays below <see cref="BusTable.MostDevices"/>.</summary>
    public static ref VirtioDevice At(ref DeviceList list, uint index) => ref Unsafe.Add(ref list._first, (int)index);
}

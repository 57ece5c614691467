using System.Runtime.InteropServices;

namespace Tierce.Abi;

/// <summary>
/// Information for root from the kernel, on a page mapped read-only at <see cref="Address"/>. Root's first thread gets the address in RDI.
/// Root starts with these capabilities and no others.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct RootInfo
{
    /// <summary>Where the page is mapped in root.</summary>
    public const ulong Address = 0x0000_0000_1000_0000;

    /// <summary>Where the boot bundle is mapped in root, read only.</summary>
    public const ulong BundleAddress = 0x0000_0001_0000_0000;

    /// <summary>Slot of root's own domain.</summary>
    public const int DomainSlot = 1;

    /// <summary>Slot of the log capability.</summary>
    public const int LogSlot = 2;

    /// <summary>Slot of the machine capability.</summary>
    public const int MachineSlot = 3;

    /// <summary>Slot of the I/O-port capability (all 65,536).</summary>
    public const int PortsSlot = 4;

    /// <summary>Slot of the memory capability of the boot bundle.</summary>
    public const int BundleSlot = 5;

    /// <summary>First of <see cref="InterruptSlots"/> slots: interrupt n (global system interrupt) is at this plus n.</summary>
    public const int FirstInterruptSlot = 8;

    /// <summary>Number of interrupt slots.</summary>
    public const int InterruptSlots = 24;

    /// <summary>First slot of free memory: <see cref="MemoryCount"/> capabilities, largest first.</summary>
    public const int FirstMemorySlot = 40;

    /// <summary>First of <see cref="MessageSlots"/> slots of interrupts that devices raise by a memory write (MSI).</summary>
    public const int FirstMessageSlot = 16320;

    /// <summary>Number of those slots. Message n has the interrupt number <see cref="InterruptSlots"/> plus n.</summary>
    public const int MessageSlots = 32;

    /// <summary>First slot of device memory: <see cref="DeviceCount"/> capabilities.</summary>
    public const int FirstDeviceSlot = 16352;

    /// <summary>Most ranges of device memory.</summary>
    public const int MostDevices = 8;

    /// <summary>First slot that root may use freely.</summary>
    public const int FirstFreeSlot = 64;

    /// <summary>Bytes of the bundle.</summary>
    public ulong BundleSize;

    /// <summary>Ticks of the time-stamp counter a second.</summary>
    public ulong TscHertz;

    /// <summary>TSC at the kernel's entry.</summary>
    public ulong TscAtEntry;

    /// <summary>Number of memory capabilities from <see cref="FirstMemorySlot"/>.</summary>
    public ulong MemoryCount;

    /// <summary>Physical pages of each memory capability.</summary>
    public fixed ulong MemoryPages[16];

    /// <summary>Number of the first physical page of each memory capability, for alignment.</summary>
    public fixed ulong MemoryFirst[16];

    /// <summary>Number of device memory capabilities from <see cref="FirstDeviceSlot"/>. They hold no RAM and are mapped uncached.</summary>
    public ulong DeviceCount;

    /// <summary>Physical pages of each.</summary>
    public fixed ulong DevicePages[MostDevices];

    /// <summary>Number of the first physical page of each.</summary>
    public fixed ulong DeviceFirst[MostDevices];

    /// <summary>Address to which a device writes to raise a message's interrupt.</summary>
    public ulong MessageAddress;

    /// <summary>What it writes for message 0; that for message n is larger by n.</summary>
    public ulong FirstMessageData;
}

using Tierce.Runtime;

namespace Tierce.Root;

/// <summary>The parts of a domain that root needs to end it and to report its end.</summary>
public struct DomainParts
{
    /// <summary>The domain, in root's table.</summary>
    public uint DomainSlot;

    /// <summary>Its first thread and that thread's stack, in root's table.</summary>
    public uint ThreadSlot, StackSlot;

    /// <summary>Its image.</summary>
    public BundleFile Image;
}

/// <summary>Root's state of one program section.</summary>
public struct ProgramWiring
{
    /// <summary>The program's notification, in root's table.</summary>
    public uint EventsSlot;

    /// <summary>Its domain.</summary>
    public DomainParts Parts;

    /// <summary>It could not be started.</summary>
    public bool Failed;

    /// <summary>It has ended.</summary>
    public bool Ended;

    /// <summary>Its lives.</summary>
    public Lives Lives;

    /// <summary>The device that it drives.</summary>
    public DeviceWiring Device;
}

/// <summary>Root's state of a driver's device.</summary>
public struct DeviceWiring
{
    /// <summary>Its line in the table of the bus; -1 if the machine has no such device.</summary>
    public int Line;

    /// <summary>Which of the bus's queues is its own; its message has the same number.</summary>
    public uint Queue;

    /// <summary>Memory of the queue that the driver has, and of the part that the bus has, in root's table; their physical addresses.</summary>
    public uint RingsSlot, DescriptorsSlot;

    /// <inheritdoc cref="RingsSlot"/>
    public ulong RingsAddress, DescriptorsAddress;

    /// <summary>Memory of its clients' limits, in root's table.</summary>
    public uint RatesSlot;

    /// <summary>Clients that it has.</summary>
    public uint Clients;

    /// <summary>It has died, and will be started again when the bus has set its device up.</summary>
    public bool WaitsForBus;
}

/// <summary>Root's state of one disk of a guest.</summary>
public struct DiskWiring
{
    /// <summary>Index of the driver's section, and which of its clients this is.</summary>
    public int Driver;

    /// <inheritdoc cref="Driver"/>
    public uint Client;

    /// <summary>Memory that the back end shares with the driver, and its buffers, in root's table; pages of the buffers.</summary>
    public uint ChannelSlot, PoolSlot, PoolPages;

    /// <summary>The notification that becomes an event of the guest.</summary>
    public uint GuestEventSlot;
}

/// <summary>The disks of a guest.</summary>
[System.Runtime.CompilerServices.InlineArray(Runtime.Devices.DeviceControl.MostDevices)]
public struct DiskWirings
{
    private DiskWiring _first;
}

/// <summary>Root's state of a guest's block back end. Its memory outlives it.</summary>
public struct BackEndWiring
{
    /// <summary>Its notification, the page that it shares with the monitor, and its own memory, in root's table.</summary>
    public uint EventsSlot, ControlSlot, MemorySlot;

    /// <summary>Its domain.</summary>
    public DomainParts Parts;

    /// <summary>Its lives.</summary>
    public Lives Lives;

    /// <summary>It runs.</summary>
    public bool Running;
}

/// <summary>Root's state of the control line.</summary>
public struct ControlWiring
{
    /// <summary>Index of its driver's section.</summary>
    public int Driver;

    /// <summary>Root's own notification, and memory of the two rings, in root's table.</summary>
    public uint EventsSlot, ChannelSlot, InputSlot;
}

/// <summary>Root's state of one guest.</summary>
public struct GuestWiring
{
    /// <summary>The monitor's notification, in root's table.</summary>
    public uint EventsSlot;

    /// <summary>All its memory and that of its page-table cache, in root's table: the same for all its lives. 0 if the machine has too little.</summary>
    public uint MemorySlot, CacheSlot;

    /// <summary>Memory of its console channel and of its console's input, in root's table; 0 if it has none.</summary>
    public uint ChannelSlot, InputSlot;

    /// <summary>Its monitor's domain.</summary>
    public DomainParts Parts;

    /// <summary>Index of its console's program section; -1 for none.</summary>
    public int Driver;

    /// <summary>Its disks.</summary>
    public DiskWirings Disks;

    /// <summary>Their back end.</summary>
    public BackEndWiring BackEnd;

    /// <summary>Memory of the wishes for its disks, which root and the monitor share, in root's table.</summary>
    public uint PlugsSlot;

    /// <summary>It has ended, and the end was logged.</summary>
    public bool Ended;

    /// <summary>It has ended and will be started again when its domain is gone.</summary>
    public bool Restarting;

    /// <summary>Its console's driver has died.</summary>
    public bool ConsoleGone;

    /// <summary>Its lives.</summary>
    public Lives Lives;
}

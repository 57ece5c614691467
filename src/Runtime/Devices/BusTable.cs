using System.Runtime.InteropServices;

namespace Tierce.Runtime.Devices;

/// <summary>What a device is for.</summary>
public enum DeviceKind : uint
{
    /// <summary>No device.</summary>
    None = 0,

    /// <summary>A disk.</summary>
    Block = 1,

    /// <summary>A console.</summary>
    Console = 2,
}

/// <summary>What the bus has done with a device.</summary>
public enum DeviceState : uint
{
    /// <summary>It was found and can be set up.</summary>
    Found = 0,

    /// <summary>It is set up: a driver may use it.</summary>
    Ready = 1,

    /// <summary>It did not do what its specification says, and is reset.</summary>
    Failed = 2,
}

/// <summary>What root wants of a device.</summary>
public enum DeviceCommand : uint
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Reset it and set it up with the memory and the message of its line.</summary>
    SetUp = 1,
}

/// <summary>Properties of a disk.</summary>
[System.Flags]
public enum BlockFeatures : uint
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>It cannot be written.</summary>
    ReadOnly = 1,

    /// <summary>Writes are stable only after a flush.</summary>
    Flush = 2,
}

/// <summary>Properties of a device's queues.</summary>
[System.Flags]
public enum QueueFeatures : uint
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>They have indices for events: an interrupt can wait for several requests.</summary>
    EventIndex = 1,
}

/// <summary>One device in the <see cref="BusTable"/>. The bus writes the first part and root the second.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
public unsafe struct BusDevice
{
    /// <summary>What it is for.</summary>
    [FieldOffset(0)] public DeviceKind Kind;

    /// <summary>Entries of each of its queues.</summary>
    [FieldOffset(8)] public uint QueueSize;

    /// <summary>Properties of its queues.</summary>
    [FieldOffset(12)] public QueueFeatures QueueFeatures;

    /// <summary>Number of the physical page with the notify registers. The driver gets this page of the device and no other.</summary>
    [FieldOffset(16)] public ulong NotifyPage;

    /// <summary>Sectors of 512 bytes.</summary>
    [FieldOffset(24)] public ulong Sectors;

    /// <summary>Properties of a disk.</summary>
    [FieldOffset(32)] public BlockFeatures Features;

    /// <summary>Bytes that the disk reads and writes at least.</summary>
    [FieldOffset(36)] public uint BlockSize;

    /// <summary>What the bus has done.</summary>
    [FieldOffset(40)] public DeviceState State;

    /// <summary>Offset of each queue's notify register in <see cref="NotifyPage"/>.</summary>
    [FieldOffset(44)] public fixed uint NotifyOffsets[MostQueues];

    /// <summary>What root wants. The bus sets it to None when <see cref="State"/> shows the result.</summary>
    [FieldOffset(64)] public DeviceCommand Command;

    /// <summary>Which of the bus's queue memories is its own.</summary>
    [FieldOffset(68)] public uint Queue;

    /// <summary>Physical address of the first part of its first queue's <see cref="QueueLayout"/>, and of the second.</summary>
    [FieldOffset(72)] public ulong QueueAddress;

    /// <inheritdoc cref="QueueAddress"/>
    [FieldOffset(80)] public ulong RingsAddress;

    /// <summary>Clients that share the queue.</summary>
    [FieldOffset(88)] public uint Clients;

    /// <summary>What it writes to raise its interrupt.</summary>
    [FieldOffset(92)] public uint MessageData;

    /// <summary>Where it writes that.</summary>
    [FieldOffset(96)] public ulong MessageAddress;

    /// <summary>Physical address of each client's buffers.</summary>
    [FieldOffset(128)] public fixed ulong Pools[MostClients];

    /// <summary>Most clients of a device.</summary>
    public const int MostClients = 8;

    /// <summary>Most queues of a device that are used.</summary>
    public const int MostQueues = 4;

    /// <summary>Queues that are used of a device of a kind.</summary>
    public static uint QueuesOf(DeviceKind kind) => kind == DeviceKind.Console ? ConsoleQueues.Count : 1U;

    /// <summary>Descriptors of the queue that each client has.</summary>
    public static uint HeadsOfClient(uint queueSize, uint clients) => queueSize / (clients == 0 ? 1 : clients);
}

/// <summary>The page that root and the bus share: the machine's devices.</summary>
[StructLayout(LayoutKind.Explicit, Size = 4096)]
public struct BusTable
{
    /// <summary>Most devices.</summary>
    public const int MostDevices = 15;

    /// <summary>Bit of the bus's notification: root has written commands.</summary>
    public const ulong CommandBit = 1;

    /// <summary>Devices that the bus has found.</summary>
    [FieldOffset(0)] public uint Count;

    /// <summary>First of the devices.</summary>
    [FieldOffset(256)] public BusDevice First;
}

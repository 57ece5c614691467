using System.Runtime.InteropServices;

namespace Tierce.Runtime;

/// <summary>Purposes of the capabilities in a startup page.</summary>
public enum StartupPurpose : uint
{
    /// <summary>End of the list.</summary>
    None = 0,

    /// <summary>The kernel's log.</summary>
    Log = 1,

    /// <summary>Endpoint of root, for a guest's or an application's end.</summary>
    Supervisor = 2,

    /// <summary>The notification that the program waits on.</summary>
    Events = 3,

    /// <summary>All memory of a guest. Value: its pages; <see cref="GuestRam"/> has the number of RAM pages among them.</summary>
    GuestMemory = 4,

    /// <summary>No capability. Value: frames of RAM.</summary>
    GuestRam = 5,

    /// <summary>Memory for the kernel's page-table cache of a guest. Value: pages.</summary>
    GuestCache = 6,

    /// <summary>The guest kernel's file. Value: bytes.</summary>
    KernelImage = 7,

    /// <summary>The guest's initial RAM disk. Value: bytes.</summary>
    InitialRamDisk = 8,

    /// <summary>The ROM image. Value: bytes.</summary>
    RomImage = 9,

    /// <summary>Memory of a console channel (<see cref="ConsoleChannel"/>); the n-th goes with the n-th <see cref="Peer"/>.</summary>
    Channel = 10,

    /// <summary>Notification of the program at a channel's other end. Value: lowest of the two bits to signal.</summary>
    Peer = 11,

    /// <summary>An interrupt. Value: its number.</summary>
    Interrupt = 12,

    /// <summary>I/O ports, already enabled. Value: first port.</summary>
    Ports = 13,

    /// <summary>No capability. Value: <see cref="EntryWay"/> of a guest.</summary>
    GuestEntry = 14,

    /// <summary>No capability. Value: seconds without taking an event after which a guest counts as hung; 0 for never.</summary>
    Watchdog = 15,

    /// <summary>The ROM image for native guests. Value: bytes.</summary>
    NativeRomImage = 16,

    /// <summary>Memory that is the program's own, to map, or to build domains of. Value: pages.</summary>
    Memory = 17,

    /// <summary>No capability. Value: <see cref="Abi.CacheSettings"/> of a guest.</summary>
    PageTableCache = 18,

    /// <summary>Memory of a guest's <see cref="Abi.ConsoleInput"/>, for its driver; the n-th goes with the n-th <see cref="Channel"/>.</summary>
    ConsoleInput = 19,

    /// <summary>No capability. Value: <see cref="Runtime.InterruptWay"/> of a guest.</summary>
    InterruptWay = 20,

    /// <summary>Memory of the <see cref="Devices.BusTable"/>.</summary>
    BusTable = 21,

    /// <summary>Memory of devices. Value: a <see cref="Devices.DeviceRange"/>.</summary>
    DeviceMemory = 22,

    /// <summary>First part of a <see cref="Devices.QueueLayout"/>, for the bus; the n-th belongs to queue n.</summary>
    QueueDescriptors = 23,

    /// <summary>Second part of a <see cref="Devices.QueueLayout"/>, for the driver. Value: entries of the queue.</summary>
    QueueRings = 24,

    /// <summary>Memory of a <see cref="Devices.BlockChannel"/>; the n-th goes with the n-th <see cref="Peer"/> of a driver, or with device n of a back end.</summary>
    BlockChannel = 25,

    /// <summary>A back end's buffers for a device, which the disk's device reads and writes. Value: pages.</summary>
    BufferPool = 26,

    /// <summary>Memory of a <see cref="Devices.DeviceControl"/>.</summary>
    DeviceControl = 27,

    /// <summary>Notification that becomes an event of the guest, for device n: a back end signals it, a monitor binds it.</summary>
    GuestEvent = 28,

    /// <summary>What the guest grants.</summary>
    Grants = 29,

    /// <summary>Notification of the back end, for a monitor; that of the monitor, for a back end.</summary>
    BackEnd = 30,

    /// <summary>No capability. Value: properties of a driver's device, the n-th word of <see cref="Devices.DeviceFacts"/>.</summary>
    DeviceFact = 31,

    /// <summary>No capability. Value: a word of <see cref="Devices.ClientFacts"/>, as many for each client of a driver.</summary>
    ClientFact = 32,

    /// <summary>Memory of a <see cref="Devices.RateTable"/>, which a driver can only read.</summary>
    RateTable = 33,

    /// <summary>Memory of a <see cref="Devices.PlugTable"/>.</summary>
    PlugTable = 34,
}

/// <summary>One line of a startup page.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct StartupGrant
{
    /// <summary>What it is for.</summary>
    public StartupPurpose Purpose;

    /// <summary>Slot of the capability; 0 where the purpose has none.</summary>
    public uint Slot;

    /// <summary>Value, as the purpose defines it.</summary>
    public ulong Value;
}

/// <summary>
/// Information from root for a program, on one page or more, mapped read-only at <see cref="Address"/>. The first thread gets the address
/// in RDI. The program holds the capabilities listed here and no others.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 4096)]
public unsafe struct StartupPage
{
    /// <summary>Where root maps the page.</summary>
    public const ulong Address = 0x0000_0000_1000_0000;

    /// <summary>"TierceP1" in ASCII, first character in the lowest byte.</summary>
    public const ulong ExpectedMagic = 0x3150_6563_7265_6954;

    /// <summary>Most bytes of <see cref="Name"/>.</summary>
    public const int NameSize = Abi.ManifestLimits.NameSize;

    /// <summary>Most bytes of <see cref="CommandLine"/>; Xen's start_info has room for as many.</summary>
    public const int CommandLineSize = Abi.ManifestLimits.CommandLineSize;

    /// <summary>Most pages: as many as one call maps.</summary>
    public const ulong MostPages = 512;

    private const int FirstGrantOffset = 2048;

    /// <summary><see cref="ExpectedMagic"/>.</summary>
    [FieldOffset(0)] public ulong Magic;

    /// <summary>Number of grants.</summary>
    [FieldOffset(8)] public uint GrantCount;

    /// <summary>First slot that the program may use as it likes.</summary>
    [FieldOffset(12)] public uint FirstFreeSlot;

    /// <summary>Ticks of the time-stamp counter a second.</summary>
    [FieldOffset(16)] public ulong TscHertz;

    /// <summary>Nanoseconds since 1970, UTC, when the counter stood at <see cref="WallClockTsc"/>.</summary>
    [FieldOffset(24)] public ulong WallClockNanoseconds;

    /// <summary>See <see cref="WallClockNanoseconds"/>.</summary>
    [FieldOffset(32)] public ulong WallClockTsc;

    /// <summary>Bytes of the name and of the command line.</summary>
    [FieldOffset(40)] public uint NameLength;

    /// <summary>Bytes of the command line.</summary>
    [FieldOffset(44)] public uint CommandLineLength;

    /// <summary>The program's name: the manifest section's.</summary>
    [FieldOffset(48)] public fixed byte Name[NameSize];

    /// <summary>Arguments as text: for a monitor, its guest's command line.</summary>
    [FieldOffset(96)] public fixed byte CommandLine[CommandLineSize];

    /// <summary>First of the grants. Where they are many, they go on over the pages that follow this one.</summary>
    [FieldOffset(FirstGrantOffset)] public StartupGrant FirstGrant;

    /// <summary>Number of grants that fit on this number of pages.</summary>
    public static uint GrantsOn(ulong pages) => (uint)(((pages * 4096) - FirstGrantOffset) / (ulong)sizeof(StartupGrant));

    /// <summary>Pages for this number of grants, <see cref="MostPages"/> at most.</summary>
    public static ulong PagesFor(uint grants)
    {
        ulong pages = (FirstGrantOffset + (grants * (ulong)sizeof(StartupGrant)) + 4095) / 4096;
        return pages < MostPages ? pages : MostPages;
    }
}

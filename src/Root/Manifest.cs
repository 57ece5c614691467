namespace Tierce.Root;

/// <summary>A part of the manifest's text, by offset, so that nothing is copied.</summary>
public readonly struct TextRange
{
    /// <summary>First byte.</summary>
    public readonly int Start;

    /// <summary>Bytes; 0 if the key is absent.</summary>
    public readonly int Length;

    /// <summary>A part at an offset.</summary>
    public TextRange(int start, int length)
    {
        Start = start;
        Length = length;
    }

    /// <summary>The bytes.</summary>
    public ReadOnlySpan<byte> In(ReadOnlySpan<byte> text) => text.Slice(Start, Length);
}

/// <summary>Section <c>[machine]</c>.</summary>
public struct MachineEntry
{
    /// <summary><c>exit-port</c>: I/O port to which a guest's end is written; 0 for none.</summary>
    public ushort ExitPort;

    /// <summary><c>control</c>: name of the driver section of the control line; may be absent.</summary>
    public TextRange Control;

    /// <summary>Line of <see cref="Control"/>.</summary>
    public int ControlLine;
}

/// <summary>When a guest that has ended is built and started again.</summary>
public enum RestartPolicy
{
    /// <summary>Not at all; the default.</summary>
    Never,

    /// <summary>After a crash, a fault, its watchdog, or its monitor's death.</summary>
    OnCrash,

    /// <summary>After those ends, and when it asks for a restart itself, as a machine would be.</summary>
    OnReboot,

    /// <summary>However it ended, once it has been started.</summary>
    Always,
}

/// <summary>Sections <c>[driver NAME]</c> and <c>[application NAME]</c>; an application has no interrupt and no ports.</summary>
public struct ProgramEntry
{
    /// <summary>The section's name.</summary>
    public TextRange Name;

    /// <summary><c>image</c>: file in the bundle.</summary>
    public TextRange Image;

    /// <summary><c>irq</c>: global interrupt number; -1 for none.</summary>
    public int Interrupt;

    /// <summary><c>ports=FIRST-LAST</c>: I/O ports.</summary>
    public ushort FirstPort;

    /// <summary>Number of ports; 0 for none.</summary>
    public uint PortCount;

    /// <summary><c>priority</c>: 0 to 31; -1 if the key is absent.</summary>
    public int Priority;

    /// <summary><c>args</c>: text for the program.</summary>
    public TextRange Arguments;

    /// <summary><c>budget</c>, of a driver: percent of the processor that it may use at its priority.</summary>
    public uint BudgetPercent;

    /// <summary><see cref="BudgetPercent"/> without the key: a storm then leaves more than eight tenths to others.</summary>
    public const uint UsualBudget = 15;

    /// <summary><c>restart</c>, of a driver: when it is started again.</summary>
    public RestartPolicy Restart;

    /// <summary><c>memory</c>, of an application: bytes of its own, in addition to what it runs in; 0 for none.</summary>
    public ulong MemoryBytes;

    /// <summary>The section is a driver's.</summary>
    public bool IsDriver;

    /// <summary><c>bus=pci</c>, of a driver: it finds the devices of others.</summary>
    public bool IsBus;

    /// <summary><c>device=block:N</c>, <c>console:N</c>, of a driver: the device that it drives, by the bus's count of the kind; -1 for none.</summary>
    public int Device;

    /// <inheritdoc cref="Device"/>
    public Runtime.Devices.DeviceKind DeviceKind;

    /// <summary><c>on-end=exit-last</c>, of an application: the machine stops when the last section with this value has ended.</summary>
    public bool ExitWhenLast;

    /// <summary>Line of the section's head.</summary>
    public int Line;

    /// <summary>Index of the bus among some sections, or -1.</summary>
    public static int FindBus(ReadOnlySpan<ProgramEntry> programs)
    {
        for (int i = 0; i < programs.Length; i++)
        {
            if (programs[i].IsBus)
            {
                return i;
            }
        }

        return -1;
    }
}

/// <summary>Section <c>[guest NAME]</c>.</summary>
public struct GuestEntry
{
    /// <summary>The section's name.</summary>
    public TextRange Name;

    /// <summary><c>monitor</c>, <c>rom</c>, <c>kernel</c>, <c>initrd</c>, <c>native-rom</c>: files in the bundle; the last two may be absent.</summary>
    public TextRange Monitor, Rom, Kernel, RamDisk, NativeRom;

    /// <summary><c>cmdline</c>: the guest kernel's command line.</summary>
    public TextRange CommandLine;

    /// <summary><c>console</c>: name of a driver section; may be absent.</summary>
    public TextRange Console;

    /// <summary><c>disk</c>, once for each disk, and <c>block-back</c>: the file of their back end.</summary>
    public GuestDisks Disks;

    /// <inheritdoc cref="Disks"/>
    public int DiskCount;

    /// <inheritdoc cref="Disks"/>
    public TextRange BackEnd;

    /// <summary><c>memory</c>: bytes of RAM, with suffix K, M or G.</summary>
    public ulong MemoryBytes;

    /// <summary><c>watchdog</c>: seconds without taking an event after which it counts as hung; 0 for never.</summary>
    public uint WatchdogSeconds;

    /// <summary><c>restart</c>: when it is started again.</summary>
    public RestartPolicy Restart;

    /// <summary><c>cache-roots</c>, <c>cache-policy</c>, <c>cache-fill-ahead</c>: <see cref="Abi.CacheSettings"/>.</summary>
    public ulong CacheSettings;

    /// <summary><see cref="MostShortLives"/> without the key.</summary>
    public const uint UsualShortLives = 5;

    /// <summary>
    /// <c>short-lives</c>: after this number of consecutive lives of less than ten seconds it is not started again; 0 for no limit.
    /// </summary>
    public uint MostShortLives;

    /// <summary><c>interrupts</c>: how devices' interrupts reach it.</summary>
    public Runtime.InterruptWay Interrupts;

    /// <summary><c>entry</c>: how its kernel enters the ROM.</summary>
    public Runtime.EntryWay Entry;

    /// <summary><c>on-end=exit</c>: root writes its end to the exit port. The default is <c>on-end=stay</c>.</summary>
    public bool ExitOnEnd;

    /// <summary><c>on-end=exit-last</c>: the machine stops when the last section with this value has ended.</summary>
    public bool ExitWhenLast;

    /// <summary>Line of the section's head.</summary>
    public int Line;
}

/// <summary>
/// A disk of a guest: <c>DRIVER[:ro][:unplugged][:first=SECTOR][:sectors=COUNT][:ops=COUNT][:bytes=COUNT]</c>.
/// </summary>
public struct GuestDisk
{
    /// <summary>Name of the driver's section.</summary>
    public TextRange Driver;

    /// <summary><c>ro</c>: the guest may not write to it.</summary>
    public bool ReadOnly;

    /// <summary><c>unplugged</c>: the guest has it only after it was plugged.</summary>
    public bool Unplugged;

    /// <summary><c>first</c>, <c>sectors</c>: the part of the device, in sectors of 512 bytes; without <c>sectors</c> it is 0 and means to the end.</summary>
    public ulong FirstSector, Sectors;

    /// <summary><c>ops</c>, <c>bytes</c>: limits of a second; 0 for none.</summary>
    public ulong Operations, Bytes;

    /// <summary>Whether it has sectors in common with another part of the same device.</summary>
    public readonly bool Overlaps(in GuestDisk other) => StartsBeforeEndOf(other) && other.StartsBeforeEndOf(this);

    private readonly bool StartsBeforeEndOf(in GuestDisk other) => other.Sectors == 0 || FirstSector < other.FirstSector + other.Sectors;
}

/// <summary>The disks of a guest, in the order of its names for them.</summary>
[System.Runtime.CompilerServices.InlineArray(Runtime.Devices.DeviceControl.MostDevices)]
public struct GuestDisks
{
    private GuestDisk _first;
}

/// <summary>What is wrong with a line.</summary>
public enum ManifestProblem
{
    /// <summary>A section of an unknown kind.</summary>
    UnknownSection,

    /// <summary>A key that its section does not have.</summary>
    UnknownKey,

    /// <summary>Neither a section's head, nor key=value, nor a comment.</summary>
    BadLine,

    /// <summary>A key before the first section.</summary>
    NoSection,

    /// <summary>A value that its key does not accept.</summary>
    BadValue,

    /// <summary>A section lacks a key that it needs.</summary>
    MissingKey,

    /// <summary>More sections than there is room for.</summary>
    TooMany,

    /// <summary>A section's name is missing or longer than 48 characters.</summary>
    BadName,

    /// <summary>A console that names no driver section, or that of a disk's.</summary>
    UnknownConsole,

    /// <summary>A disk that names no driver section with a disk.</summary>
    UnknownDisk,

    /// <summary>A driver of a device in a manifest without a bus.</summary>
    NoBus,

    /// <summary>A driver of a device that another one has.</summary>
    SharedDevice,

    /// <summary>Two have sectors of a disk in common, and one of them may write them.</summary>
    SharedDisk,

    /// <summary>The control line's driver is none, has a device, or is a guest's console too.</summary>
    BadControl,
}

/// <summary>One problem, with its line (from 1) and the text concerned.</summary>
public struct ManifestError
{
    /// <summary>Kind of the problem.</summary>
    public ManifestProblem Problem;

    /// <summary>Line number.</summary>
    public int Line;

    /// <summary>The text.</summary>
    public TextRange About;
}

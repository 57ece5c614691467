using Tierce.Runtime;

namespace Tierce.Monitor;

/// <summary>Bits of a monitor's notification.</summary>
public static class MonitorEvent
{
    /// <summary>The virtual CPU stopped, or makes a request.</summary>
    public const ulong CpuStopped = 1 << 0;

    /// <summary>The guest has used its console ring.</summary>
    public const ulong GuestConsole = 1 << 1;

    /// <summary>The guest has used its xenstore ring.</summary>
    public const ulong GuestStore = 1 << 2;

    /// <summary>The console driver has input. The next bit: it has room for output again.</summary>
    public const ulong Channel = ConsoleChannel.ClientBit;

    /// <summary>The back end of the guest's disks has changed the state of one.</summary>
    public const ulong BackEnd = 1 << Runtime.Devices.BackEndEvent.Monitor;

    /// <summary>Root wants a disk plugged or unplugged.</summary>
    public const ulong Plug = Runtime.Devices.PlugTable.ChangedBit;

    /// <summary>The console driver has died.</summary>
    public const ulong ChannelGone = ConsoleChannel.ClientGoneBit;
}

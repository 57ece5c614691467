namespace Tierce.Abi;

/// <summary>
/// How a guest ended. The number is also the byte that root writes to the manifest's exit port when the guest's section says
/// <c>on-end=exit</c>; with QEMU's isa-debug-exit device, QEMU's own status is then twice the byte plus one. Append only.
/// </summary>
public enum GuestEnd
{
    /// <summary>It powered itself off (log: "poweroff").</summary>
    Poweroff = 0,

    /// <summary>It requested a restart ("reboot").</summary>
    Reboot = 1,

    /// <summary>It requested to be suspended, which is not supported ("suspend").</summary>
    Suspend = 2,

    /// <summary>Its kernel panicked ("crash").</summary>
    Crash = 3,

    /// <summary>Its watchdog fired ("watchdog").</summary>
    Watchdog = 4,

    /// <summary>Kernel or ROM stopped its virtual CPU; the line before in the log gives the reason ("fault").</summary>
    Fault = 5,

    /// <summary>It could not be built; the line before in the log gives the reason ("not started").</summary>
    NotStarted = 6,

    /// <summary>Its monitor died ("monitor died").</summary>
    MonitorDied = 7,

    /// <summary>The boot manifest is wrong, and nothing was started. This value occurs only as an exit byte.</summary>
    BadManifest = 8,
}

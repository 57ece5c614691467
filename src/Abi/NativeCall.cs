namespace Tierce.Abi;

/// <summary>
/// Calls of a native guest's kernel to its ROM: <see cref="NativePage.Call"/> as a System V function. The number comes first, then up to
/// three arguments. The result is 0 or a negative <see cref="Status"/>, unless stated otherwise. Append only.
/// </summary>
public enum NativeCall
{
    /// <summary>
    /// Runs user mode with the registers in <see cref="NativePage.User"/> until it stops. Returns a <see cref="RunEnd"/>.
    /// </summary>
    Run = 0,

    /// <summary>First: address of a System V function that takes the event bits, called in the interrupt context; 0 for none.</summary>
    SetHandler = 1,

    /// <summary>Clears the mask. Pending events go to the handler first.</summary>
    Unmask = 2,

    /// <summary>Waits until an event is pending, masked or not. The caller must have events masked.</summary>
    Wait = 3,

    /// <summary>First: absolute deadline in ticks of the time-stamp counter, 0 cancels.</summary>
    SetTimer = 4,

    /// <summary>
    /// Writes a page-table entry, and notes it for the next drain. First: guest-physical address of the entry, aligned to 8; second: the
    /// entry.
    /// </summary>
    SetEntry = 5,

    /// <summary>First, second: frames of the top-level tables of kernel and user mode, the latter 0 for none. Drains.</summary>
    LoadRoots = 6,

    /// <summary>Drains, and flushes the TLB.</summary>
    Flush = 7,

    /// <summary>First: an address. Flushes one page.</summary>
    Invalidate = 8,

    /// <summary>Reports to the monitor that the guest has written or read the console's ring.</summary>
    Console = 9,

    /// <summary>First: <see cref="GuestEnd"/>, Poweroff to Crash. Does not return.</summary>
    End = 10,
}

/// <summary>Why <see cref="NativeCall.Run"/> returned.</summary>
[AssemblyNames("RUN")]
public enum RunEnd
{
    /// <summary>SYSCALL: number and arguments are in <see cref="NativePage.User"/>.</summary>
    SystemCall = 0,

    /// <summary>An exception.</summary>
    Exception = 1,

    /// <summary><see cref="NativePage.StopUser"/> was set.</summary>
    Stopped = 2,
}

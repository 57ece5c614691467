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

    /// <summary>Sets the function that takes events. The first argument is the address of a System V function, which the ROM calls in the interrupt context with the event bits; 0 for none.</summary>
    SetHandler = 1,

    /// <summary>Clears the mask. Pending events go to the handler first.</summary>
    Unmask = 2,

    /// <summary>Waits until an event is pending, masked or not. The caller must have events masked.</summary>
    Wait = 3,

    /// <summary>Sets the timer. The first argument is an absolute deadline in ticks of the time-stamp counter; 0 cancels.</summary>
    SetTimer = 4,

    /// <summary>
    /// Writes a page-table entry, and notes it for the next drain. The first argument is the guest-physical address of the entry, aligned to 8.
    /// The second is its value.
    /// </summary>
    SetEntry = 5,

    /// <summary>Drains, and loads roots. The arguments are the frames of the top-level tables of kernel mode and of user mode; 0 for no table of user mode.</summary>
    LoadRoots = 6,

    /// <summary>Drains, and flushes the TLB.</summary>
    Flush = 7,

    /// <summary>Flushes one page. The first argument is an address in it.</summary>
    Invalidate = 8,

    /// <summary>Reports to the monitor that the guest has written or read the console's ring.</summary>
    Console = 9,

    /// <summary>Ends the guest. The first argument is a <see cref="GuestEnd"/> from Poweroff to Crash. Does not return.</summary>
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

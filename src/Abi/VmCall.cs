namespace Tierce.Abi;

/// <summary>
/// Kernel calls of a virtual CPU: made by SYSCALL with the return address in ROM text, in guest kernel mode. <see cref="CallFrame"/> states
/// where number, arguments and status (0, or a negative <see cref="Status"/>) are. RCX and R11 are lost; every other register is preserved
/// unless a call states otherwise.
/// </summary>
[AssemblyNames("VMCALL")]
public enum VmCall
{
    /// <summary>
    /// Resume VMUSR in guest user mode, in the user root. RIP, CS, RFLAGS, RSP, SS, RAX, RCX and R11 come from
    /// <see cref="VCpuPage.Usr"/>; the other registers are those of the caller. GS bases are swapped. Does not return.
    /// </summary>
    ReturnToUser = 0,

    /// <summary>
    /// End of an interrupt (RCV): clears InVmint and resumes VMUSR with every register from <see cref="VCpuPage.Usr"/>, in the mode that
    /// <see cref="VCpuPage.UserMode"/> specifies. If Pending is not zero, VMINT is entered again at once. Does not return.
    /// </summary>
    Rcv = 1,

    /// <summary>
    /// Wait until <see cref="VCpuPage.Pending"/> is not zero; returns 0. The kernel does not enter VMINT for the events that end the wait:
    /// the ROM takes Pending itself.
    /// </summary>
    Block = 2,

    /// <summary>Set the one-shot timer: <see cref="VmSetTimerArguments"/>. Sets <see cref="VCpuEvent.Timer"/>.</summary>
    SetTimer = 3,

    /// <summary>
    /// Load roots: <see cref="VmLoadRootArguments"/>. Drains first. Fails
    /// with <see cref="Status.BadFrame"/>, or with <see cref="Status.NoMemory"/> if the cache cannot hold two more loaded roots.
    /// </summary>
    LoadRoot = 4,

    /// <summary>Drain, and flush the TLB.</summary>
    Flush = 5,

    /// <summary>
    /// Flush the page at an address (<see cref="VmInvalidateArguments"/>): bring what the loaded roots hold of it up to date. Notes stay for the next drain.
    /// </summary>
    Invalidate = 6,

    /// <summary>Set a segment's base: <see cref="VmSetSegmentBaseArguments"/>.</summary>
    SetSegmentBase = 7,

    /// <summary>Stop this virtual CPU until the monitor answers the request in the vCPU page. Events stay pending.</summary>
    RequestMonitor = 8,

    /// <summary>Signal the monitor's notification: <see cref="VmNotifyMonitorArguments"/>.</summary>
    NotifyMonitor = 9,

    /// <summary>Append to the kernel's log: <see cref="VmLogArguments"/>.</summary>
    Log = 10,

    /// <summary>
    /// Stop the guest, which cannot continue: <see cref="VmCrashArguments"/>. Does not return; the kernel signals the
    /// monitor.
    /// </summary>
    Crash = 11,

    /// <summary>
    /// Read changed descriptors again from the frames that the vCPU page names: <see cref="VmLoadDescriptorsArguments"/>.
    /// Descriptors that ring 3 must not have become absent.
    /// </summary>
    LoadDescriptors = 12,

    /// <summary>
    /// Set a debug register: <see cref="VmSetDebugRegisterArguments"/>. An address is canonical and outside the hole; from the control
    /// register the kernel drops what would harm others. Fails with <see cref="Status.BadArgument"/>.
    /// </summary>
    SetDebugRegister = 13,

    /// <summary>Return the GS base of guest user mode.</summary>
    ReadUserGsBase = 14,

    /// <summary>
    /// Signal the notification that is connected with a doorbell (<see cref="VmRingDoorbellArguments"/>). Without one it does nothing.
    /// </summary>
    RingDoorbell = 15,
}

/// <summary>Which table <see cref="VmCall.LoadDescriptors"/> reads.</summary>
public enum DescriptorTable
{
    /// <summary>The global one.</summary>
    Gdt = 0,

    /// <summary>The local one.</summary>
    Ldt = 1,
}

/// <summary>Which base <see cref="VmCall.SetSegmentBase"/> sets.</summary>
[AssemblyNames("SEGMENT_BASE")]
public enum SegmentBase
{
    /// <summary>FS base.</summary>
    Fs = 0,

    /// <summary>GS base of guest user mode.</summary>
    GsUser = 1,

    /// <summary>GS base of guest kernel mode (the active one).</summary>
    GsKernel = 2,
}

/// <summary>Requests of the ROM to the monitor through the vCPU page.</summary>
public enum MonitorRequest
{
    /// <summary>No request.</summary>
    None = 0,

    /// <summary>The guest shuts down. Arg0: reason (Xen's <c>sched.h</c>: 0 poweroff, 1 reboot, 2 suspend, 3 crash, 4 watchdog).</summary>
    Shutdown = 1,

    /// <summary>Console text of the emergency console. Arg0: guest frame, Arg1: offset, Arg2: length.</summary>
    ConsoleWrite = 2,
}

/// <summary>Why a guest was stopped.</summary>
[AssemblyNames("CRASH")]
public enum CrashReason
{
    /// <summary>It runs, or has ended by itself.</summary>
    None = 0,

    /// <summary>An exception for which the guest has no handler. Detail: vector.</summary>
    NoHandler = 1,

    /// <summary>The ROM could not write a frame to the guest's stack. Detail: stack pointer.</summary>
    BadStack = 2,

    /// <summary>An exception inside the ROM at an address without a fix-up. Detail: address.</summary>
    RomFault = 3,

    /// <summary>A state that the kernel will not load (bad selector, address not canonical, ...). Detail: the value.</summary>
    BadState = 4,

    /// <summary>A root that is not a usable frame. Detail: frame.</summary>
    BadRoot = 5,

    /// <summary>A call that the state does not permit, or an unrecoverable argument. Detail: call number.</summary>
    BadCall = 6,
}

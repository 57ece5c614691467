namespace Tierce.Abi;

/// <summary>
/// Kernel calls of a protection domain: SYSCALL, number in RAX (bits 0 to 7), arguments in RDI, RSI, RDX, R10, R8, R9. Status in RAX;
/// results in RDI, RSI, RDX, R10, R8, R9 where the call lists them; otherwise these are preserved. RCX and R11 are lost; all other
/// registers are preserved. "cap" is a slot number in the caller's capability table; slot 0 is never a capability. Append only.
/// </summary>
public enum KernelCall
{
    /// <summary>Does nothing. Used for measuring.</summary>
    Null = 0,

    /// <summary>Give the rest of the time slice to the next thread of the same priority.</summary>
    Yield = 1,

    /// <summary>End the calling thread. RDI: exit code, shown in the log and to the domain's supervisor.</summary>
    ThreadExit = 2,

    /// <summary>
    /// Call an endpoint and wait for the reply. RDI: endpoint cap (right Send) | cap to delegate &lt;&lt; 32 (0 for none); RSI, RDX, R10,
    /// R8, R9: message. On return RSI, RDX, R10, R8, R9: reply; RDI: 0, since no capability comes with a reply. The receiver's capability
    /// is derived from the caller's: revoking the caller's removes the receiver's.
    /// </summary>
    IpcCall = 3,

    /// <summary>
    /// Wait for a call. RDI: endpoint cap (right Receive) | slot for a delegated capability &lt;&lt; 32 (0: accept none).
    /// Results: RDI: badge of the caller's endpoint cap | 1 &lt;&lt; 63 if a capability was received; RSI, RDX, R10, R8, R9: message.
    /// </summary>
    IpcReceive = 4,

    /// <summary>Answer the call received last. RSI, RDX, R10, R8, R9: reply. Never blocks.</summary>
    IpcReply = 5,

    /// <summary><see cref="IpcReply"/>, then <see cref="IpcReceive"/>: RDI as there.</summary>
    IpcReplyReceive = 6,

    /// <summary>Set bits of a notification and wake its waiter. RDI: notification cap (right Send); RSI: bits.</summary>
    NotificationSignal = 7,

    /// <summary>
    /// Wait until a notification has bits, take them all. RDI: notification cap (right Receive); RSI: deadline in TSC ticks,
    /// 0 for none, 1 to poll. Result RSI: bits. Fails with TimedOut.
    /// </summary>
    NotificationWait = 8,

    /// <summary>
    /// Delete a capability. The capabilities derived from it move up to its parent. Deleting the last capability of an object destroys the
    /// object. RDI: cap.
    /// </summary>
    CapDelete = 9,

    /// <summary>Delete everything derived from a capability, in every domain. RDI: cap. Returns Again until done.</summary>
    CapRevoke = 10,

    /// <summary>
    /// Derive a capability into a domain's table. RDI: source cap; RSI: domain cap (right Control; 0: own); RDX: destination slot;
    /// R10: <see cref="CapRights"/> to keep; R8: badge for endpoints and bit shift for notifications (0: keep).
    /// </summary>
    CapDelegate = 11,

    /// <summary>
    /// Derive a part of a memory capability. RDI: memory cap; RSI: first page in it; RDX: pages; R10: rights; R8: destination slot (own table).
    /// </summary>
    MemoryDerive = 12,

    /// <summary>
    /// Map memory into a domain. RDI: memory cap; RSI: domain cap (0: own); RDX: address (page aligned, user half);
    /// R10: first page in the memory | pages &lt;&lt; 32; R8: <see cref="CapRights"/> (Read, Write, Execute); R9: slot for the mapping
    /// capability (own table): deleting or revoking it unmaps. Page tables come from the target domain's pool.
    /// At most 512 pages a call.
    /// </summary>
    MemoryMap = 13,

    /// <summary>
    /// Create a domain. RDI: memory cap, whose pages become the pool of kernel memory (they must not be mapped, and nothing may be derived
    /// from the cap; while the domain exists, they can be neither mapped nor used); RSI: destination slot; RDX: notification cap to signal
    /// when it faults or its last thread ends (0: none); R10: bits to signal.
    /// </summary>
    DomainCreate = 14,

    /// <summary>
    /// Create a thread, stopped. RDI: domain cap (right Control; memory from that domain's pool); RSI: destination slot;
    /// RDX: entry address; R10: stack pointer; R8: priority (0 lowest to 31; at most the caller's) | time slice in microseconds &lt;&lt; 8;
    /// R9: argument, in RDI of the new thread.
    /// </summary>
    ThreadCreate = 15,

    /// <summary>
    /// RDI: thread cap; RSI: <see cref="ThreadOperation"/>; RDX: argument. Results of Query: RSI: <see cref="ThreadState"/>;
    /// RDX: RIP; R10: RSP; R8: RBP.
    /// </summary>
    ThreadControl = 16,

    /// <summary>Create an endpoint from the caller's pool. RDI: destination slot.</summary>
    EndpointCreate = 17,

    /// <summary>Create a notification from the caller's pool. RDI: destination slot.</summary>
    NotificationCreate = 18,

    /// <summary>Bind an interrupt to a notification. RDI: interrupt cap; RSI: notification cap; RDX: bits; R10: 1 level, 0 edge triggered. Unmasks.</summary>
    InterruptBind = 19,

    /// <summary>Report that an interrupt is handled, and unmask it. RDI: interrupt cap.</summary>
    InterruptAcknowledge = 20,

    /// <summary>Derive an I/O-port range. RDI: port cap; RSI: first port; RDX: ports; R10: destination slot (own table).</summary>
    PortDerive = 21,

    /// <summary>Give a domain the ports of a capability (in its I/O bitmap), until the capability is revoked. RDI: port cap; RSI: domain cap (0: own). At most 4 ranges a domain.</summary>
    PortEnable = 22,

    /// <summary>Append to the kernel's log. RDI: log cap; RSI, RDX, R10, R8, R9: up to 40 characters, first in the lowest byte, 0 ends.</summary>
    Log = 23,

    /// <summary>
    /// Create a guest address space. RDI: memory cap with all of the guest's frames (one range; frame n is page n);
    /// RSI: memory cap for the kernel's use (page-table cache and frame records); RDX: destination slot;
    /// R10: guest frame of the table-frame bitmap; R8: guest frame of the note page; R9: <see cref="CacheSettings"/>.
    /// </summary>
    GuestCreate = 24,

    /// <summary>
    /// Map guest frames into the hole of the guest kernel root. RDI: guest cap; RSI: address (below <see cref="HoleLayout.Kernel"/>, page aligned);
    /// RDX: first guest frame; R10: pages (at most 512 a call, or a multiple of 512 with address and frame 2 MiB aligned: large pages, at most 512 of them);
    /// R8: <see cref="CapRights"/>.
    /// </summary>
    GuestMap = 25,

    /// <summary>
    /// Create a virtual CPU, stopped. RDI: guest cap; RSI: destination slot; RDX: guest frame of its vCPU page | priority &lt;&lt; 48;
    /// R10: notification cap signalled when it stops, asks, or notifies; R8: bits for "stopped or asks" in the
    /// lower half, bits that it may signal itself (<see cref="VmCall.NotifyMonitor"/>) in the upper; R9: guest frame of the ROM header (read once).
    /// </summary>
    VCpuCreate = 26,

    /// <summary>RDI: vCPU cap; RSI: <see cref="VCpuOperation"/>; RDX, R10: arguments.</summary>
    VCpuControl = 27,

    /// <summary>
    /// Report why a virtual CPU has stopped. RDI: vCPU cap. Results: RSI: <see cref="VCpuState"/>; RDX: <see cref="CrashReason"/>; R10:
    /// detail; R8: RIP; R9: RSP; RDI: guest frame of the guest kernel's root.
    /// </summary>
    VCpuQuery = 28,

    /// <summary>Stop or restart the machine. RDI: machine cap; RSI: 0 halt, 1 restart.</summary>
    MachineControl = 29,

    /// <summary>
    /// Report what a program cannot find out by itself. Results: RSI: pages left in the caller's pool; RDX: TSC ticks per second; R10:
    /// kernel calls of all domains since start-up.
    /// </summary>
    Query = 30,

    /// <summary>
    /// Bind bits of a notification to a virtual CPU: a signal of these bits then becomes events of the virtual CPU, and no waiter of the
    /// notification sees them. RDI: vCPU cap (Control); RSI: notification cap (Receive); RDX: bits, 0 removes the binding; R10:
    /// <see cref="VCpuEvent"/> bits, of <see cref="VCpuEvent.FromOutside"/>.
    /// </summary>
    VCpuBind = 31,

    /// <summary>
    /// Signal one notification, then wait at another, in one call. RDI: cap to signal (Send), or vCPU cap (Control); RSI: bits, or
    /// <see cref="VCpuEvent"/> bits to inject; RDX: cap to wait at (Receive); R10: deadline in TSC ticks, 0 for none. Result as for
    /// <see cref="NotificationWait"/>.
    /// </summary>
    SignalWait = 32,

    /// <summary>
    /// Compare the time-stamp counter with the counter that the kernel measured it with. No argument. Results: RSI: the time-stamp counter;
    /// RDX: nanoseconds by the other counter since the kernel measured the two; R10: ticks of the time-stamp counter within which both were
    /// read.
    /// </summary>
    ReadClock = 33,
}

/// <summary>Rights of a capability. The object's type decides which of them apply.</summary>
[System.Flags]
public enum CapRights
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Memory may be mapped for reading.</summary>
    Read = 1,

    /// <summary>Memory may be mapped for writing.</summary>
    Write = 2,

    /// <summary>Memory may be mapped for execution.</summary>
    Execute = 4,

    /// <summary>Call an endpoint, signal a notification.</summary>
    Send = 8,

    /// <summary>Receive from an endpoint, wait on a notification.</summary>
    Receive = 16,

    /// <summary>Control the object: delegate into a domain, create threads in it, stop it.</summary>
    Control = 32,

    /// <summary>The capability may be delegated further.</summary>
    Delegate = 64,

    /// <summary>All.</summary>
    All = 127,
}

/// <summary>Operations of <see cref="KernelCall.ThreadControl"/>.</summary>
public enum ThreadOperation
{
    /// <summary>Make a new or stopped thread runnable.</summary>
    Start = 0,

    /// <summary>Stop it at its current instruction.</summary>
    Stop = 1,

    /// <summary>Set priority (argument: as in ThreadCreate).</summary>
    SetPriority = 2,

    /// <summary>Report whether it has ended, and its registers. Allowed after its end too.</summary>
    Query = 3,

    /// <summary>
    /// Limit its time at its priority (argument: microseconds of budget | microseconds of period &lt;&lt; 32; 0: no limit). A thread that
    /// has used up its budget runs at priority 0 until the period ends.
    /// </summary>
    SetBudget = 4,
}

/// <summary>State of a thread as <see cref="ThreadOperation.Query"/> reports it.</summary>
public enum ThreadState
{
    /// <summary>It has not ended.</summary>
    Alive = 0,

    /// <summary>It has ended itself.</summary>
    Ended = 1,

    /// <summary>An exception has ended it. RIP is that of the faulting instruction.</summary>
    Faulted = 2,
}

/// <summary>Operations of <see cref="KernelCall.VCpuControl"/>.</summary>
public enum VCpuOperation
{
    /// <summary>
    /// Start in guest kernel mode with the registers in the vCPU page. Argument RDX: guest frame of the kernel's top-level table.
    /// </summary>
    Start = 0,

    /// <summary>Resume after a request to the monitor.</summary>
    Resume = 1,

    /// <summary>Set bits in Pending (argument RDX: <see cref="VCpuEvent"/> bits) and enter VMINT, or end a Block.</summary>
    Inject = 2,

    /// <summary>Stop it at its current instruction.</summary>
    Stop = 3,
}

/// <summary>State of a virtual CPU as <see cref="KernelCall.VCpuQuery"/> reports it.</summary>
public enum VCpuState
{
    /// <summary>Created, not started.</summary>
    New = 0,

    /// <summary>Runs or can run.</summary>
    Running = 1,

    /// <summary>Waits in <see cref="VmCall.Block"/>.</summary>
    Blocked = 2,

    /// <summary>Waits for the monitor (<see cref="VmCall.RequestMonitor"/>).</summary>
    Asking = 3,

    /// <summary>Stopped for good, with a <see cref="CrashReason"/>.</summary>
    Crashed = 4,

    /// <summary>Stopped by its monitor.</summary>
    Stopped = 5,
}

namespace Tierce.Abi;

/// <summary>
/// Kernel calls of a protection domain, made by SYSCALL. <see cref="CallFrame"/> says which registers carry number, status, arguments and
/// results; a call's own are in <c>src/Abi/Calls</c>. The number is in bits 0 to 7. Registers that carry no result are preserved except
/// RCX and R11, which are lost. "cap" is a slot number in the caller's capability table; slot 0 is never a capability. Append only.
/// </summary>
[AssemblyNames("KERNEL_CALL")]
public enum KernelCall
{
    /// <summary>Does nothing. Used for measuring.</summary>
    Null = 0,

    /// <summary>Give the rest of the time slice to the next thread of the same priority.</summary>
    Yield = 1,

    /// <summary>End the calling thread: <see cref="ThreadExitArguments"/>.</summary>
    ThreadExit = 2,

    /// <summary>
    /// Call an endpoint and wait for the reply: <see cref="IpcCallArguments"/>, <see cref="IpcCallResults"/>. The receiver's capability is
    /// derived from the caller's: revoking the caller's removes the receiver's.
    /// </summary>
    IpcCall = 3,

    /// <summary>Wait for a call: <see cref="IpcReceiveArguments"/>, <see cref="IpcReceiveResults"/>.</summary>
    IpcReceive = 4,

    /// <summary>Answer the call received last: <see cref="IpcReplyArguments"/>. Never blocks.</summary>
    IpcReply = 5,

    /// <summary>
    /// <see cref="IpcReply"/>, then <see cref="IpcReceive"/>: <see cref="IpcReplyReceiveArguments"/>, <see cref="IpcReceiveResults"/>.
    /// </summary>
    IpcReplyReceive = 6,

    /// <summary>Set bits of a notification and wake its waiter: <see cref="NotificationSignalArguments"/>.</summary>
    NotificationSignal = 7,

    /// <summary>
    /// Wait until a notification has bits, take them all: <see cref="NotificationWaitArguments"/>, <see cref="NotificationWaitResults"/>.
    /// Fails with TimedOut.
    /// </summary>
    NotificationWait = 8,

    /// <summary>
    /// Delete a capability. The capabilities derived from it move up to its parent. Deleting the last capability of an object destroys the
    /// object. <see cref="CapDeleteArguments"/>.
    /// </summary>
    CapDelete = 9,

    /// <summary>
    /// Delete everything derived from a capability, in every domain: <see cref="CapRevokeArguments"/>. Returns Again until done.
    /// </summary>
    CapRevoke = 10,

    /// <summary>Derive a capability into a domain's table: <see cref="CapDelegateArguments"/>.</summary>
    CapDelegate = 11,

    /// <summary>Derive a part of a memory capability: <see cref="MemoryDeriveArguments"/>.</summary>
    MemoryDerive = 12,

    /// <summary>Map memory into a domain: <see cref="MemoryMapArguments"/>. Page tables come from the target domain's pool.</summary>
    MemoryMap = 13,

    /// <summary>
    /// Create a domain: <see cref="DomainCreateArguments"/>. The pages of its pool must not be mapped, and nothing may be derived from the
    /// cap; while the domain exists, they can be neither mapped nor used.
    /// </summary>
    DomainCreate = 14,

    /// <summary>Create a thread, stopped: <see cref="ThreadCreateArguments"/>.</summary>
    ThreadCreate = 15,

    /// <summary>
    /// Start, stop, bound or query a thread: <see cref="ThreadControlArguments"/>, <see cref="ThreadControlResults"/>.
    /// </summary>
    ThreadControl = 16,

    /// <summary>Create an endpoint from the caller's pool: <see cref="EndpointCreateArguments"/>.</summary>
    EndpointCreate = 17,

    /// <summary>Create a notification from the caller's pool: <see cref="NotificationCreateArguments"/>.</summary>
    NotificationCreate = 18,

    /// <summary>Bind an interrupt to a notification: <see cref="InterruptBindArguments"/>. Unmasks.</summary>
    InterruptBind = 19,

    /// <summary>Report that an interrupt is handled, and unmask it. <see cref="InterruptAcknowledgeArguments"/>.</summary>
    InterruptAcknowledge = 20,

    /// <summary>Derive an I/O-port range: <see cref="PortDeriveArguments"/>.</summary>
    PortDerive = 21,

    /// <summary>
    /// Give a domain the ports of a capability (in its I/O bitmap), until the capability is revoked: <see cref="PortEnableArguments"/>. At
    /// most 4 ranges a domain.
    /// </summary>
    PortEnable = 22,

    /// <summary>Append to the kernel's log: <see cref="LogArguments"/>.</summary>
    Log = 23,

    /// <summary>Create a guest address space: <see cref="GuestCreateArguments"/>.</summary>
    GuestCreate = 24,

    /// <summary>Map guest frames into the hole of the guest kernel root: <see cref="GuestMapArguments"/>.</summary>
    GuestMap = 25,

    /// <summary>Create a virtual CPU, stopped: <see cref="VCpuCreateArguments"/>.</summary>
    VCpuCreate = 26,

    /// <summary>Start, resume, stop a virtual CPU, or inject events: <see cref="VCpuControlArguments"/>.</summary>
    VCpuControl = 27,

    /// <summary>Report why a virtual CPU has stopped: <see cref="VCpuQueryArguments"/>, <see cref="VCpuQueryResults"/>.</summary>
    VCpuQuery = 28,

    /// <summary>Stop or restart the machine: <see cref="MachineControlArguments"/>.</summary>
    MachineControl = 29,

    /// <summary>Report what a program cannot find out by itself: <see cref="QueryResults"/>.</summary>
    Query = 30,

    /// <summary>
    /// Bind bits of a notification to a virtual CPU: a signal of these bits then becomes events of the virtual CPU, and no waiter of the
    /// notification sees them. <see cref="VCpuBindArguments"/>.
    /// </summary>
    VCpuBind = 31,

    /// <summary>
    /// Signal one notification, then wait at another, in one call: <see cref="SignalWaitArguments"/>,
    /// <see cref="NotificationWaitResults"/>.
    /// </summary>
    SignalWait = 32,

    /// <summary>
    /// Compare the time-stamp counter with the counter that the kernel measured it with: <see cref="ReadClockResults"/>.
    /// </summary>
    ReadClock = 33,

    /// <summary>
    /// Derive from a guest's memory the right to copy what the guest grants: <see cref="GrantsDeriveArguments"/>. Revoking the memory
    /// removes it.
    /// </summary>
    GrantsDerive = 34,

    /// <summary>
    /// Copy between a buffer and pages that a guest grants: <see cref="GrantCopyArguments"/>, <see cref="GrantCopyResults"/>. The kernel
    /// reads each <see cref="GrantOperation"/> once and checks its grant at that moment. Returns Again if a thread of higher priority has
    /// to run; the caller then makes the call for the rest.
    /// </summary>
    GrantCopy = 35,

    /// <summary>
    /// Connect a doorbell of a virtual CPU with a notification, which <see cref="VmCall.RingDoorbell"/> then signals:
    /// <see cref="VCpuConnectArguments"/>.
    /// </summary>
    VCpuConnect = 36,
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

    /// <summary>Set priority and time slice (value: as in ThreadCreate).</summary>
    SetPriority = 2,

    /// <summary>Report whether it has ended, and its registers. Allowed after its end too.</summary>
    Query = 3,

    /// <summary>
    /// Limit its time at its priority (value: microseconds of budget | microseconds of period &lt;&lt; 32; 0: no limit). A thread that
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

    /// <summary>An exception has ended it. The instruction pointer is that of the faulting instruction.</summary>
    Faulted = 2,
}

/// <summary>Operations of <see cref="KernelCall.VCpuControl"/>.</summary>
public enum VCpuOperation
{
    /// <summary>
    /// Start in guest kernel mode with the registers in the vCPU page. Value: guest frame of the kernel's top-level table.
    /// </summary>
    Start = 0,

    /// <summary>Resume after a request to the monitor.</summary>
    Resume = 1,

    /// <summary>Set bits in Pending (value: <see cref="VCpuEvent"/> bits) and enter VMINT, or end a Block.</summary>
    Inject = 2,

    /// <summary>Stop it at its current instruction.</summary>
    Stop = 3,
}

/// <summary>Where a virtual CPU is in its life, as <see cref="KernelCall.VCpuQuery"/> reports it.</summary>
public enum VCpuPhase
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

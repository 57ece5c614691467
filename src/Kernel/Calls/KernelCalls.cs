using Tierce.Abi;
using Tierce.Kernel.Processors;
using Tierce.Kernel.Scheduling;

namespace Tierce.Kernel.Calls;

/// <summary>
/// The kernel calls of domains, one file each. Every call first decides everything that can fail and then does what cannot fail. A failed
/// call has changed nothing, except that a new page for slots or for a table stays for later use.
/// </summary>
public static unsafe partial class KernelCalls
{
    private const ulong NumberMask = 0xff;

    /// <summary>Executes the call in the caller's registers. Interrupts are off; the caller is the current thread.</summary>
    public static void Dispatch(PerCpu* cpu, Thread* caller)
    {
        cpu->Calls++;
        if (caller->Domain->Object.Dying)
        {
            Scheduler.Suspend(cpu, caller);
            return;
        }

        Status status = Invoke(cpu, caller, (KernelCall)(caller->Context.Number & NumberMask));

        // The call may have destroyed its caller. If the caller waits, the thread that wakes it sets its status.
        if (cpu->Current == caller)
        {
            caller->Context.Status = unchecked((ulong)status);
        }
    }

    private static Status Invoke(PerCpu* cpu, Thread* caller, KernelCall call) => call switch
    {
        KernelCall.Null => Status.Ok,
        KernelCall.Yield => Yield(cpu),
        KernelCall.ThreadExit => ThreadExit(cpu, caller),
        KernelCall.IpcCall => IpcCall(cpu, caller),
        KernelCall.IpcReceive => IpcReceive(cpu, caller),
        KernelCall.IpcReply => IpcReply(cpu, caller),
        KernelCall.IpcReplyReceive => IpcReplyReceive(cpu, caller),
        KernelCall.NotificationSignal => NotificationSignal(cpu, caller),
        KernelCall.NotificationWait => NotificationWait(cpu, caller),
        KernelCall.CapDelete => CapDelete(cpu, caller),
        KernelCall.CapRevoke => CapRevoke(cpu, caller),
        KernelCall.CapDelegate => CapDelegate(caller),
        KernelCall.MemoryDerive => MemoryDerive(caller),
        KernelCall.MemoryMap => MemoryMap(caller),
        KernelCall.DomainCreate => DomainCreate(caller),
        KernelCall.ThreadCreate => ThreadCreate(cpu, caller),
        KernelCall.ThreadControl => ThreadControl(cpu, caller),
        KernelCall.EndpointCreate => EndpointCreate(caller),
        KernelCall.NotificationCreate => NotificationCreate(caller),
        KernelCall.InterruptBind => InterruptBind(caller),
        KernelCall.InterruptAcknowledge => InterruptAcknowledge(caller),
        KernelCall.PortDerive => PortDerive(caller),
        KernelCall.PortEnable => PortEnable(cpu, caller),
        KernelCall.Log => Log(caller),
        KernelCall.GuestCreate => GuestCreate(caller),
        KernelCall.GuestMap => GuestMap(caller),
        KernelCall.VCpuCreate => VCpuCreate(cpu, caller),
        KernelCall.VCpuControl => VCpuControl(cpu, caller),
        KernelCall.VCpuQuery => VCpuQuery(cpu, caller),
        KernelCall.MachineControl => MachineControl(caller),
        KernelCall.Query => Query(cpu, caller),
        KernelCall.VCpuBind => VCpuBind(cpu, caller),
        KernelCall.SignalWait => SignalWait(cpu, caller),
        KernelCall.ReadClock => ReadClock(caller),
        KernelCall.GrantsDerive => GrantsDerive(caller),
        KernelCall.GrantCopy => GrantCopy(caller),
        KernelCall.VCpuConnect => VCpuConnect(cpu, caller),
        _ => Status.BadCall,
    };
}

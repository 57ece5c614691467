using System.Runtime.CompilerServices;
using Tierce.Abi;
using Tierce.Kernel.Arch;
using Tierce.Kernel.Arch.Instructions;
using Tierce.Kernel.Diagnostics;
using Tierce.Kernel.Objects;
using Tierce.Kernel.Processors;
using Tierce.Kernel.Scheduling;
using Tierce.Kernel.UserState;
using Tierce.Kernel.VirtualCpu;

namespace Tierce.Kernel.Switching;

/// <summary>Switches contexts: the general function and its short forms, and the processor state that belongs to a context.</summary>
internal static unsafe class ContextSwitch
{
    // SAFETY: a thread begins with the frame that entry code loads.

    private static bool careful;

    /// <summary>
    /// Makes <paramref name="next"/> the running context. This changes the thread, the context of a virtual CPU, or both at once, which is
    /// one switch. The caller has checked that it differs from the current one.
    /// </summary>
    /// <returns><paramref name="next"/>.</returns>
    public static Thread* To(PerCpu* cpu, Thread* next, VirtualContext context)
    {
        Thread* previous = cpu->Current;
        Become(cpu, next);
        if (next != previous)
        {
            if (Trace.IsOn)
            {
                Trace.Record(TraceKind.Switch, (ulong)next, next->Priority | (next->VCpu != null ? 0x100UL : 0));
            }

            if (previous != null)
            {
                Save(cpu, previous);
            }

            Load(cpu, previous, next);
            if (previous != null && previous->Budget != 0)
            {
                Budget.ChargeWays(previous);
            }
        }

        if (context == VirtualContext.Vmint)
        {
            ulong pending = Trace.IsOn ? next->VCpu->Page->Pending : 0;
            VirtualInterrupt.Enter(cpu, next->VCpu);
            if (Trace.IsOn)
            {
                Trace.Record(TraceKind.Event, pending, next->VCpu->Page->Usr.Rip);
            }
        }
        else if (context == VirtualContext.Vmusr)
        {
            VirtualInterrupt.Receive(cpu, next->VCpu);
        }

        return next;
    }

    /// <summary>
    /// Decides at start-up whether a switch between domains has to do more than load the other's root; and sets the targets of SYSCALL.
    /// </summary>
    public static void Prepare(PerCpu* cpu)
    {
        careful = PredictorBarrier.IsPresent || Isolation.Enabled;
        cpu->DomainSyscall = (ulong)ImageSymbols.DomainSyscall();
        cpu->GuestUserSyscall = (ulong)ImageSymbols.GuestUserSyscall();
        cpu->GuestKernelSyscall = (ulong)ImageSymbols.GuestKernelSyscall();
    }

    /// <summary>
    /// Updates <see cref="PerCpu"/> after the virtual CPU that owns the descriptors, or its use of breakpoints, has changed.
    /// </summary>
    public static void UpdateFastSwitchGuest(PerCpu* cpu)
    {
        VCpu* owner = cpu->DescriptorOwner;
        cpu->FastSwitchGuest = careful || owner == null || owner->Debug.Control != 0 ? null : owner;
    }

    /// <summary>
    /// The short form of <see cref="To"/> from the current thread to another, both of domains. The other entered the kernel by a call, so
    /// that its frame has the flat selectors. No trace is recorded.
    /// </summary>
    /// <returns><paramref name="next"/>.</returns>
    public static Thread* Between(PerCpu* cpu, Thread* current, Thread* next)
    {
        Domain* from = current->Domain;
        Domain* to = next->Domain;
        if (from == to)
        {
            Become(cpu, next);
            return Cpu.ExchangeState(current, next);
        }

        if (careful)
        {
            return To(cpu, next, VirtualContext.Same);
        }

        if (to->HasPorts)
        {
            if (cpu->PortsOwner != to)
            {
                return To(cpu, next, VirtualContext.Same);
            }

            Machine.ShowPorts(cpu, true);
        }
        else if (from->HasPorts)
        {
            Machine.ShowPorts(cpu, false);
        }

        Become(cpu, next);
        cpu->Counters.RootLoads = cpu->Counters.RootLoads + 1;
        return Cpu.ExchangeDomain(current, next, to->TopTable);
    }

    /// <summary>
    /// The short form from a virtual CPU to a domain's thread. State that only the virtual CPU uses stays in the processor
    /// (<see cref="PerCpu.DescriptorOwner"/>).
    /// </summary>
    /// <returns><paramref name="next"/>.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Thread* FromGuest(PerCpu* cpu, Thread* current, Thread* next)
    {
        VCpu* vcpu = current->VCpu;
        Domain* to = next->Domain;
        if (cpu->FastSwitchGuest != vcpu)
        {
            return To(cpu, next, VirtualContext.Same);
        }

        if (cpu->PortsOwner == to)
        {
            Machine.ShowPorts(cpu, true);
        }
        else if (to->HasPorts)
        {
            return To(cpu, next, VirtualContext.Same);
        }

        Become(cpu, next);
        vcpu->SyscallTarget = cpu->SyscallTarget;
        cpu->SyscallTarget = cpu->DomainSyscall;
        cpu->Counters.RootLoads = cpu->Counters.RootLoads + 1;
        return Cpu.LeaveGuest(current, next, to->TopTable);
    }

    /// <summary>
    /// The short form from a domain's thread to a virtual CPU that gets events, and in the same switch into VMINT unless that runs.
    /// </summary>
    /// <returns><paramref name="next"/>.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Thread* ToGuest(PerCpu* cpu, Thread* current, Thread* next, ulong events)
    {
        VCpu* vcpu = next->VCpu;
        VCpuPage* page = vcpu->Page;
        if (cpu->FastSwitchGuest != vcpu)
        {
            return To(cpu, next, VCpu.RaiseNow(vcpu, page, events) ? VirtualContext.Vmint : VirtualContext.Same);
        }

        Machine.ShowPorts(cpu, false);
        Become(cpu, next);
        cpu->Counters.RootLoads = cpu->Counters.RootLoads + 1;
        if (!VCpu.RaiseNow(vcpu, page, events))
        {
            ulong target = vcpu->SyscallTarget;
            cpu->SyscallTarget = target;
            return Cpu.ExchangeDomain(current, next, target == cpu->GuestUserSyscall ? cpu->GuestUserRoot : cpu->GuestKernelRoot);
        }

        cpu->SyscallTarget = cpu->GuestKernelSyscall;
        if (vcpu->SyscallTarget != cpu->GuestUserSyscall)
        {
            VirtualInterrupt.Start(cpu, vcpu, (RegisterFrame*)next, page, 0);
            return Cpu.ExchangeDomain(current, next, cpu->GuestKernelRoot);
        }

        VirtualInterrupt.Start(cpu, vcpu, (RegisterFrame*)next, page, 1);
        cpu->Counters.RingSwitches = cpu->Counters.RingSwitches + 1;
        return Cpu.ExchangeRing(current, next, cpu->GuestKernelRoot);
    }

    /// <summary>Counts the switch, and makes the next thread the one in which an entry stores its frame.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Become(PerCpu* cpu, Thread* next)
    {
        ulong top = (ulong)next + (ulong)sizeof(RegisterFrame);
        cpu->ContextSwitches = cpu->ContextSwitches + 1;
        cpu->Current = next;
        cpu->FrameTop = top;
        *cpu->FrameTopCopy = top;
    }

    private static void Save(PerCpu* cpu, Thread* thread)
    {
        VCpuTransfer.TakeFromProcessor(cpu, thread);
        if (thread->VCpu != null)
        {
            CurrentContext.DisarmBreakpoints(thread->VCpu);
        }
    }

    private static void Load(PerCpu* cpu, Thread* previous, Thread* thread)
    {
        // Loading a selector may change the base, so selectors come first.
        VCpu* owner = cpu->DescriptorOwner;
        bool tables = thread->VCpu != null && DescriptorTables.Switch(cpu, thread->VCpu);
        if (tables || thread->Selectors != Cpu.ReadSelectors())
        {
            Cpu.WriteSelectors(thread->Selectors);
        }

        Cpu.LoadState(thread);
        bool afterGuest = previous != null && previous->VCpu != null;
        PredictorBarrier.Before(cpu, thread->VCpu != null ? thread->Guest : thread->Domain);
        if (thread->VCpu != null)
        {
            if (tables)
            {
                if (owner != null)
                {
                    VCpuTransfer.TakeLeftBehind(owner);
                }

                Cpu.WriteMsr(Cpu.OtherGsBaseMsr, thread->OtherLocalBase);
                VCpu.TellEntries(cpu, thread->VCpu);
                UpdateFastSwitchGuest(cpu);
            }

            cpu->SyscallTarget = thread->VCpu->SyscallTarget;
            RootRegister.Load(cpu, VCpu.IsInUser(cpu) ? cpu->GuestUserRoot : cpu->GuestKernelRoot, afterGuest);
            if (thread->VCpu->Debug.Control != 0)
            {
                Machine.LoadDebugRegisters(thread->VCpu->Debug.Addresses, thread->VCpu->Debug.Control);
            }

            if (tables)
            {
                VCpu.RecheckSelectors(cpu, thread->VCpu);
            }
        }
        else
        {
            // The thread may have loaded a guest's descriptors, which may be another's by now.
            thread->Frame.Cs = Thread.UserCode;
            thread->Frame.Ss = Thread.UserData;
            cpu->SyscallTarget = cpu->DomainSyscall;
            RootRegister.Load(cpu, thread->Domain->TopTable, afterGuest);
        }

        if (previous == null || previous->Domain != thread->Domain || (previous->VCpu == null) != (thread->VCpu == null))
        {
            SwitchPorts(cpu, previous, thread);
        }
    }

    /// <summary>Ports belong to a domain's threads, not to the guests that the domain monitors.</summary>
    private static void SwitchPorts(PerCpu* cpu, Thread* previous, Thread* next)
    {
        if (previous != null && previous->VCpu == null && previous->Domain->HasPorts)
        {
            Machine.ShowPorts(cpu, false);
        }

        if (next->VCpu == null && next->Domain->HasPorts)
        {
            Domain.PortsOn(cpu, next->Domain);
        }
    }
}

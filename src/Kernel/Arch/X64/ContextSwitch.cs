using System.Runtime.CompilerServices;
using Tierce.Abi;

namespace Tierce.Kernel;

/// <summary>The one function that switches contexts, and the processor state that goes with a context.</summary>
internal static unsafe class ContextSwitch
{
    /// <summary>IA32_KERNEL_GS_BASE: the GS base that SWAPGS brings (Intel SDM vol. 4, 2.1).</summary>
    public const uint OtherGsBaseMsr = 0xc000_0102;

    private static bool careful;

    /// <summary>
    /// Makes <paramref name="next"/> the context that goes on: a thread whose state comes to this processor, one of a virtual CPU's two
    /// contexts, or both at once, which is one switch. The caller sees that it is another than the current.
    /// </summary>
    public static void To(PerCpu* cpu, Thread* next, VirtualContext context)
    {
        cpu->ContextSwitches++;
        if (next != cpu->Current)
        {
            if (Trace.IsOn)
            {
                Trace.Record(TraceKind.Switch, (ulong)next, next->Priority | (next->VCpu != null ? 0x100UL : 0));
            }

            ToThread(cpu, next);
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
    }

    /// <summary>Decided at start-up: whether a switch between domains has to do more than load the other's root.</summary>
    public static void Prepare() => careful = PredictorBarrier.IsPresent || Isolation.Enabled;

    /// <summary>
    /// As <see cref="To"/>, from the current thread to another, both of domains: the short form. The other entered the kernel by a
    /// call, so that its frame has the flat selectors. No trace is taken.
    /// </summary>
    /// <returns><paramref name="next"/>.</returns>
    public static Thread* Between(PerCpu* cpu, Thread* current, Thread* next)
    {
        cpu->ContextSwitches++;
        cpu->Current = next;
        SetFrameTop(cpu, (ulong)next + (ulong)sizeof(RegisterFrame));
        Domain* from = current->Domain;
        Domain* to = next->Domain;
        if (from == to)
        {
            return Cpu.ExchangeState(current, next);
        }

        if (careful || from->HasPorts || to->HasPorts)
        {
            return BetweenDomains(cpu, current, next);
        }

        cpu->Counters.RootLoads++;
        return Cpu.ExchangeDomain(current, next, to->TopTable);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Thread* BetweenDomains(PerCpu* cpu, Thread* current, Thread* next)
    {
        PredictorBarrier.Before(cpu, next->Domain);
        SwitchPorts(current, next);
        RootRegister.Load(cpu, next->Domain->TopTable);
        return Cpu.ExchangeState(current, next);
    }

    /// <summary>A thread is being destroyed: if it is the current one, nothing of it stays on the processor.</summary>
    public static void Forget(PerCpu* cpu, Thread* thread)
    {
        if (cpu->Current == thread)
        {
            if (thread->VCpu == null)
            {
                Domain.PortsOff(thread->Domain);
            }
            else
            {
                DisarmBreakpoints(thread->VCpu);
            }

            cpu->Current = null;
            cpu->Reschedule = true;
            Machine.LeaveRoot();
        }
    }

    private static void ToThread(PerCpu* cpu, Thread* next)
    {
        Thread* previous = cpu->Current;
        if (previous != null)
        {
            Save(cpu, previous);
        }

        cpu->Current = next;
        SetFrameTop(cpu, (ulong)next + (ulong)sizeof(RegisterFrame));
        Load(cpu, previous, next);
    }

    private static void Save(PerCpu* cpu, Thread* thread)
    {
        Cpu.SaveState(thread);
        if (thread->VCpu != null)
        {
            thread->OtherGsBase = Cpu.ReadMsr(OtherGsBaseMsr);
            thread->VCpu->InUser = VCpu.IsInUser(cpu);
            DisarmBreakpoints(thread->VCpu);
        }
    }

    private static void Load(PerCpu* cpu, Thread* previous, Thread* thread)
    {
        // Loading a selector may change the base: selectors first.
        bool tables = thread->VCpu != null && DescriptorTables.Switch(cpu, thread->VCpu);
        if (tables || thread->Selectors != Cpu.ReadSelectors())
        {
            Cpu.WriteSelectors(thread->Selectors);
        }

        Cpu.LoadState(thread);
        PredictorBarrier.Before(cpu, thread->VCpu != null ? thread->Guest : thread->Domain);
        if (thread->VCpu != null)
        {
            Cpu.WriteMsr(OtherGsBaseMsr, thread->OtherGsBase);
            VCpu.Load(cpu, thread->VCpu);
            if (thread->VCpu->DebugControl != 0)
            {
                Machine.LoadDebugRegisters(thread->VCpu->DebugAddresses, thread->VCpu->DebugControl);
            }

            if (tables)
            {
                VCpu.RecheckSelectors(cpu, thread->VCpu);
            }
        }
        else
        {
            // It may have loaded a guest's descriptors, which may be others by now.
            thread->Frame.Cs = Thread.UserCode;
            thread->Frame.Ss = Thread.UserData;
            cpu->SyscallTarget = (ulong)ImageSymbols.DomainSyscall();
            RootRegister.Load(cpu, thread->Domain->TopTable);
        }

        if (previous == null || previous->Domain != thread->Domain || (previous->VCpu == null) != (thread->VCpu == null))
        {
            SwitchPorts(previous, thread);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SetFrameTop(PerCpu* cpu, ulong address)
    {
        cpu->FrameTop = address;
        *cpu->FrameTopCopy = address;
    }

    private static void DisarmBreakpoints(VCpu* vcpu)
    {
        if (vcpu->DebugControl != 0)
        {
            Cpu.WriteDebugControl(0);
        }
    }

    /// <summary>Ports belong to a domain's threads, not to the guests that the domain monitors.</summary>
    private static void SwitchPorts(Thread* previous, Thread* next)
    {
        if (previous != null && previous->VCpu == null && previous->Domain->HasPorts)
        {
            Domain.PortsOff(previous->Domain);
        }

        if (next->VCpu == null && next->Domain->HasPorts)
        {
            Domain.PortsOn(next->Domain);
        }
    }
}

using Tierce.Abi;

namespace Tierce.Kernel;

/// <summary>The one function that switches contexts, and the processor state that goes with a context.</summary>
internal static unsafe class ContextSwitch
{
    /// <summary>IA32_KERNEL_GS_BASE: the GS base that SWAPGS brings (Intel SDM vol. 4, 2.1).</summary>
    public const uint OtherGsBaseMsr = 0xc000_0102;

    private const ushort FpuControlReset = 0x37f;
    private const uint SimdControlReset = 0x1f80;

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
        cpu->FrameTop = (ulong)next + (ulong)sizeof(Abi.RegisterFrame);
        Descriptors.SetFrameTop(cpu->FrameTop);
        Load(cpu, previous, next);
    }

    private static void Save(PerCpu* cpu, Thread* thread)
    {
        thread->FsBase = Cpu.ReadFsBase();
        thread->GsBase = Cpu.ReadGsBase();
        thread->Selectors = Cpu.ReadSelectors();
        Cpu.SaveFpu(thread->Fpu);
        if (thread->VCpu != null)
        {
            thread->OtherGsBase = Cpu.ReadMsr(OtherGsBaseMsr);
            thread->VCpu->InUser = VCpu.IsInUser(cpu);
            DisarmBreakpoints(thread->VCpu);
        }
    }

    private static void Load(PerCpu* cpu, Thread* previous, Thread* thread)
    {
        if (!thread->FpuValid)
        {
            *(ushort*)thread->Fpu = FpuControlReset;
            *(uint*)(thread->Fpu + 24) = SimdControlReset;
            thread->FpuValid = true;
        }

        Cpu.RestoreFpu(thread->Fpu);

        // Loading a selector may change the base: selectors first.
        bool tables = thread->VCpu != null && DescriptorTables.Switch(cpu, thread->VCpu);
        if (tables || thread->Selectors != Cpu.ReadSelectors())
        {
            Cpu.WriteSelectors(thread->Selectors);
        }

        Cpu.WriteFsBase(thread->FsBase);
        Cpu.WriteGsBase(thread->GsBase);
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
            RootRegister.Load(thread->Domain->TopTable);
        }

        if (previous == null || previous->Domain != thread->Domain || (previous->VCpu == null) != (thread->VCpu == null))
        {
            SwitchPorts(previous, thread);
        }
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

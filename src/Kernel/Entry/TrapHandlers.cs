using System.Runtime;
using System.Runtime.CompilerServices;
using Tierce.Abi;
using Tierce.Kernel.Arch;
using Tierce.Kernel.Arch.Formats;
using Tierce.Kernel.Arch.Instructions;
using Tierce.Kernel.Calls;
using Tierce.Kernel.Diagnostics;
using Tierce.Kernel.Objects;
using Tierce.Kernel.Processors;
using Tierce.Kernel.RomCalls;
using Tierce.Kernel.Scheduling;
using Tierce.Kernel.Switching;
using Tierce.Kernel.VirtualCpu;

namespace Tierce.Kernel.Entry;

/// <summary>The functions in C# that the entry stubs call, and the one exit: <see cref="Leave"/>.</summary>
internal static unsafe class TrapHandlers
{
    /// <summary>Bytes of <c>cpu_write_selectors</c> up to its return.</summary>
    private const ulong SelectorLoadsSize = 20;

    /// <summary>Handles an exception or interrupt that came from ring 3.</summary>
    /// <returns>The thread to resume. Its state is in the processor.</returns>
    [RuntimeExport("kernel_trap")]
    public static Thread* Trap(PerCpu* cpu, Thread* thread, uint vector, ulong errorCode, ulong faultAddress)
    {
        ulong hidden = cpu->Counters.HiddenFaults;
        ulong place = thread->Frame.Rip;
        if (IsInterrupt(vector))
        {
            Interrupt(cpu, vector);
        }
        else if (thread->VCpu != null && vector == Vector.PageFault)
        {
            // Isolated entries always come this way, and all entries while events are traced.
            PageFault(cpu, thread->VCpu, errorCode, faultAddress);
        }
        else if (thread->VCpu != null)
        {
            VirtualException.Handle(cpu, thread->VCpu, vector, errorCode, faultAddress);
        }
        else
        {
            ThreadLife.Fault(cpu, thread, vector, errorCode, faultAddress);
        }

        if (Trace.IsOn && !IsInterrupt(vector))
        {
            TraceKind kind = thread->VCpu == null ? TraceKind.DomainFault : cpu->Counters.HiddenFaults != hidden ? TraceKind.HiddenFault : TraceKind.GuestFault;
            Trace.Record(kind, kind == TraceKind.HiddenFault ? faultAddress : vector | (errorCode << 8), place);
        }

        return Leave(cpu);
    }

    /// <summary>A function of its own, so that interrupts do not pay for its registers.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void PageFault(PerCpu* cpu, VCpu* vcpu, ulong errorCode, ulong address) =>
        VirtualException.PageFault(cpu, vcpu, errorCode, address);

    /// <summary>Handles an interrupt of a line that came from ring 3.</summary>
    /// <returns>As <see cref="Trap"/>.</returns>
    [RuntimeExport("kernel_line")]
    public static Thread* Line(PerCpu* cpu, Thread* thread, uint vector, ulong now)
    {
        InterruptLine* line = InterruptLine.Get((int)vector - Vector.FirstLine);
        return Trace.IsOn ? LineOnward(cpu, thread, line) : DirectCalls.Interrupt(cpu, thread, line, now);
    }

    /// <summary>The long way of an interrupt of a line.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static Thread* LineOnward(PerCpu* cpu, Thread* thread, InterruptLine* line) =>
        Trap(cpu, thread, (uint)line->Number + Vector.FirstLine, 0, 0);

    /// <summary>Handles a kernel call of a domain's thread.</summary>
    [RuntimeExport("kernel_call")]
    public static Thread* Call(PerCpu* cpu, Thread* thread, ulong now) =>
        Trace.IsOn ? CallTraced(cpu, thread) : DirectCalls.Enter(cpu, thread, now);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Thread* CallTraced(PerCpu* cpu, Thread* thread)
    {
        Trace.Record(TraceKind.Call, thread->Frame.Rax, thread->Frame.Rdi);
        return CallOnward(cpu, thread);
    }

    /// <summary>The long way of a call.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static Thread* CallOnward(PerCpu* cpu, Thread* thread)
    {
        KernelCalls.Dispatch(cpu, thread);
        return Leave(cpu);
    }

    /// <summary>Handles a kernel call of a virtual CPU's ROM.</summary>
    [RuntimeExport("kernel_vm_call")]
    public static Thread* VirtualCall(PerCpu* cpu, Thread* thread)
    {
        if (Trace.IsOn)
        {
            Trace.Record(TraceKind.VirtualCall, thread->Frame.Rax, thread->Frame.Rdi);
        }

        VmCalls.Dispatch(cpu, thread->VCpu);
        return Leave(cpu);
    }

    /// <summary>Handles a trap in ring 0: an interrupt that ends the idle halt, or the kernel's own failure.</summary>
    [RuntimeExport("kernel_trap_in_kernel")]
    public static void TrapInKernel(PerCpu* cpu, KernelTrapFrame* frame, uint vector, ulong errorCode, ulong faultAddress)
    {
        if (IsInterrupt(vector))
        {
            Interrupt(cpu, vector);
            return;
        }

        if (frame->Rip - (ulong)ImageSymbols.SelectorLoads() < SelectorLoadsSize)
        {
            frame->Rdi &= ~0xffffUL;
            return;
        }

        Panic.Trap(frame, vector, errorCode, faultAddress);
    }

    /// <summary>Chooses the thread to run, waits while there is none, and loads its state.</summary>
    public static Thread* Leave(PerCpu* cpu)
    {
        while (true)
        {
            Thread* next = cpu->Current;
            if (cpu->Reschedule || next == null)
            {
                next = Scheduler.Choose(cpu);
                if (next == null)
                {
                    Cpu.Idle();
                    EntryTimes.Restart();
                    cpu->Reschedule = true;
                    continue;
                }
            }

            if (next->VCpu != null && VCpu.EntersVmint(next->VCpu))
            {
                ContextSwitch.To(cpu, next, VirtualContext.Vmint);
            }
            else if (next != cpu->Current)
            {
                ContextSwitch.To(cpu, next, VirtualContext.Same);
            }

            if (!cpu->Reschedule)
            {
                return next;
            }
        }
    }

    private static bool IsInterrupt(uint vector) =>
        vector is >= Vector.FirstInterrupt and not (>= Vector.LinuxSystemCall and <= Vector.LastEntry);

    private static void Interrupt(PerCpu* cpu, uint vector)
    {
        cpu->Interrupts++;
        if (Trace.IsOn)
        {
            Trace.Record(TraceKind.Interrupt, vector, 0);
        }

        switch (vector)
        {
            case Vector.Timer:
                LocalApic.EndOfInterrupt();
                ExpiredTimers.Handle(cpu, Cpu.ReadTsc());
                break;
            case >= Vector.FirstLine and < Vector.FirstLine + Vector.Lines:
                // Raise masks a level-triggered line first, so that ending the interrupt does not raise it again.
                InterruptLine.Raise(cpu, (int)vector - Vector.FirstLine);
                LocalApic.EndOfInterrupt();
                break;
            default:
                break;
        }
    }
}

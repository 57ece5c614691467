using System.Runtime.CompilerServices;
using Tierce.Abi;
using Tierce.Kernel.Arch;
using Tierce.Kernel.Arch.Formats;
using Tierce.Kernel.Arch.Instructions;
using Tierce.Kernel.Diagnostics;
using Tierce.Kernel.Objects;
using Tierce.Kernel.Processors;
using Tierce.Kernel.Scheduling;
using Tierce.Kernel.Switching;
using Tierce.Kernel.Translation;
using Tierce.Kernel.Translation.Guests;
using Tierce.Kernel.UserState;
using Tierce.Kernel.VirtualCpu;

namespace Tierce.Kernel.RomCalls;

/// <summary>
/// The kernel calls of a virtual CPU's ROM (<see cref="VmCall"/>). The fast return (<c>entry.S</c>) and the load of known roots
/// (<see cref="ShortEntries"/>) are elsewhere.
/// </summary>
internal static unsafe class VmCalls
{
    /// <summary>Executes the call in the thread's registers.</summary>
    public static void Dispatch(PerCpu* cpu, VCpu* vcpu)
    {
        RegisterFrame* frame = &vcpu->Thread->Frame;
        if (frame->Rax < Counters.MostVmCalls)
        {
            cpu->Counters.VmCalls[frame->Rax]++;
        }

        VmCall number = (VmCall)frame->Rax;
        frame->Rax = 0;
        switch (number)
        {
            case VmCall.ReturnToUser:
                ReturnToUser(cpu, vcpu, frame);
                break;
            case VmCall.Rcv:
                ContextSwitch.To(cpu, vcpu->Thread, VirtualContext.Vmusr);
                break;
            case VmCall.Block:
                Block(cpu, vcpu);
                break;
            case VmCall.SetTimer:
                SetTimer(cpu, vcpu, frame->Rdi);
                break;
            case VmCall.LoadRoot:
                LoadRoots(cpu, vcpu, frame);
                break;
            case VmCall.Flush:
                Flush(vcpu, frame);
                break;
            case VmCall.Invalidate:
                GuestSpace.FlushAddress(vcpu->Guest, VCpu.RootsOf(vcpu), frame->Rdi);
                break;
            case VmCall.SetSegmentBase:
                frame->Rax = (ulong)SetSegmentBase((SegmentBase)frame->Rdi, PageEntry.Canonical(frame->Rsi));
                break;
            case VmCall.RequestMonitor:
                VCpu.Ask(cpu, vcpu);
                break;
            case VmCall.NotifyMonitor:
                Notify(cpu, vcpu, frame->Rdi & vcpu->GuestBits);
                break;
            case VmCall.Log:
                Log(vcpu, frame);
                break;
            case VmCall.Crash:
                VCpu.Fail(cpu, vcpu, (CrashReason)frame->Rdi, frame->Rsi);
                break;
            case VmCall.LoadDescriptors:
                DescriptorTables.Load(cpu, vcpu, (int)frame->Rdi & 1, frame->Rsi, frame->Rdx);
                break;
            case VmCall.SetDebugRegister:
                frame->Rax = (ulong)SetDebugRegister(cpu, vcpu, frame);
                break;
            case VmCall.ReadUserGsBase:
                // entry.S handles this call unless it took the longer way.
                frame->Rax = Cpu.ReadMsr(Cpu.OtherGsBaseMsr);
                break;
            case VmCall.RingDoorbell:
                Doorbells.Ring(cpu, vcpu->Thread, Thread.Arguments<VmRingDoorbellArguments>(vcpu->Thread)->Doorbell);
                break;
            default:
                frame->Rax = unchecked((ulong)Status.BadCall);
                break;
        }
    }

    private static void ReturnToUser(PerCpu* cpu, VCpu* vcpu, RegisterFrame* frame)
    {
        GuestSpace.TakeNotes(vcpu->Guest, VCpu.RootsOf(vcpu), waiting: false);
        ResumeState.LoadReturn(frame, vcpu->Page);
        RingSwitch.ResumeUser(cpu, vcpu, frame);
    }

    private static void Flush(VCpu* vcpu, RegisterFrame* frame)
    {
        if (!GuestSpace.Flush(vcpu->Guest, VCpu.RootsOf(vcpu)))
        {
            MakeAgain(frame, VmCall.Flush);
        }
    }

    private static Status SetDebugRegister(PerCpu* cpu, VCpu* vcpu, RegisterFrame* frame)
    {
        Status status = DebugRegisters.Set(&vcpu->Debug, frame->Rdi, frame->Rsi);
        ContextSwitch.UpdateFastSwitchGuest(cpu);
        return status;
    }

    private static void Block(PerCpu* cpu, VCpu* vcpu)
    {
        vcpu->EventCheck = false;
        if (Volatile.Read(ref vcpu->Page->Pending) == 0)
        {
            vcpu->Phase = VCpuPhase.Blocked;
            Scheduler.Block(cpu, vcpu->Thread, WaitKind.VCpu);
        }
    }

    /// <summary>Signals the monitor. A guest must not be able to forge the notification's other signals, such as the end of its console driver.</summary>
    private static void Notify(PerCpu* cpu, VCpu* vcpu, ulong bits)
    {
        if (bits != 0)
        {
            ThreadLife.NotifyMonitor(cpu, vcpu->Thread, bits);
        }
    }

    private static void SetTimer(PerCpu* cpu, VCpu* vcpu, ulong deadline)
    {
        Timer* timer = &vcpu->Thread->Timer;
        if (deadline == 0)
        {
            cpu->Timers.Cancel(timer);
        }
        else
        {
            cpu->Timers.Arm(timer, deadline, TimerKind.VCpu, vcpu->Thread);
        }
    }

    /// <summary>The roots of the current virtual CPU have changed: loads that of its kernel.</summary>
    public static void EnterRoots(PerCpu* cpu, VCpu* vcpu)
    {
        VCpu.RootsChanged(cpu, vcpu);
        RootRegister.Load(cpu, cpu->GuestKernelRoot, afterGuest: true);
    }

    private static void LoadRoots(PerCpu* cpu, VCpu* vcpu, RegisterFrame* frame)
    {
        Status status = GuestSpace.LoadRoots(vcpu->Guest, VCpu.RootsOf(vcpu), frame->Rdi, frame->Rsi, restartable: true);
        if (status == Status.Again)
        {
            MakeAgain(frame, VmCall.LoadRoot);
            return;
        }

        frame->Rax = (ulong)status;
        if (status == Status.Ok)
        {
            EnterRoots(cpu, vcpu);
            GuestSpace.LimitRoots(vcpu->Guest);
        }
    }

    /// <summary>
    /// The call was preempted before it was done: the virtual CPU makes it again when it runs next, from the same instruction.
    /// </summary>
    private static void MakeAgain(RegisterFrame* frame, VmCall number)
    {
        const ulong SyscallSize = 2;
        frame->Rax = (ulong)number;
        frame->Rip -= SyscallSize;
    }

    private static void Log(VCpu* vcpu, RegisterFrame* frame)
    {
        LogLine* line = &vcpu->Line;
        bool more = LogLine.AddWord(line, frame->Rdi) && LogLine.AddWord(line, frame->Rsi) && LogLine.AddWord(line, frame->Rdx);
        _ = more && LogLine.AddWord(line, frame->R10) && LogLine.AddWord(line, frame->R8) && LogLine.AddWord(line, frame->R9);
    }

    private static Status SetSegmentBase(SegmentBase which, ulong address)
    {
        switch (which)
        {
            case SegmentBase.Fs:
                Cpu.WriteFsBase(address);
                return Status.Ok;
            case SegmentBase.GsUser:
                Cpu.WriteMsr(Cpu.OtherGsBaseMsr, address);
                return Status.Ok;
            case SegmentBase.GsKernel:
                Cpu.WriteGsBase(address);
                return Status.Ok;
            default:
                return Status.BadArgument;
        }
    }
}

using System.Runtime.CompilerServices;
using Tierce.Abi;
using Tierce.Kernel.Arch.Formats;
using Tierce.Kernel.Arch.Instructions;
using Tierce.Kernel.Processors;
using Tierce.Kernel.Scheduling;
using Tierce.Kernel.Translation;
using Tierce.Kernel.UserState;

namespace Tierce.Kernel.VirtualCpu;

/// <summary>
/// Saves and loads the state of a virtual CPU. While it does not run, its thread and its own part hold that state; while it runs, and for
/// some of it until another virtual CPU runs, the processor does.
/// </summary>
internal static unsafe class VCpuTransfer
{
    // SAFETY: the caller's state, and a virtual CPU with its thread.

    /// <summary>Takes from the processor what a thread that is leaving it has there. Part of a context switch.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void TakeFromProcessor(PerCpu* cpu, Thread* thread)
    {
        Cpu.SaveState(thread);
        if (thread->VCpu != null)
        {
            thread->VCpu->SyscallTarget = cpu->SyscallTarget;
        }
    }

    /// <summary>Takes from the processor what the last virtual CPU has left there for the case that it is the next one, too.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void TakeLeftBehind(VCpu* owner) => owner->Thread->OtherLocalBase = Cpu.ReadMsr(Cpu.OtherGsBaseMsr);

    /// <summary>Saves the state of a virtual CPU, which may be the current context.</summary>
    public static void Save(PerCpu* cpu, VCpu* vcpu, VCpuState* state)
    {
        Thread* thread = vcpu->Thread;
        if (cpu->Current == thread)
        {
            TakeFromProcessor(cpu, thread);
        }

        if (cpu->DescriptorOwner == vcpu)
        {
            TakeLeftBehind(vcpu);
        }

        *state = default;
        state->Version = VCpuState.CurrentVersion;
        state->Phase = vcpu->Phase;
        state->Reason = vcpu->Crash;
        state->Detail = vcpu->CrashDetail;
        state->UserMode = vcpu->SyscallTarget == cpu->GuestUserSyscall ? 1UL : 0;
        state->KernelRootFrame = vcpu->Roots.KernelRootFrame;
        state->UserRootFrame = vcpu->Roots.UserRootFrame;
        state->FaultAddress = vcpu->Roots.FaultAddress;
        state->TimerDeadline = thread->Timer.Armed ? thread->Timer.Deadline : 0;
        state->TlsBase = thread->TlsBase;
        state->LocalBase = thread->LocalBase;
        state->OtherLocalBase = thread->OtherLocalBase;
        state->Selectors = thread->Selectors;
        for (int i = 0; i < DebugRegisters.Breakpoints; i++)
        {
            state->DebugAddresses[i] = vcpu->Debug.Addresses[i];
        }

        state->DebugControl = vcpu->Debug.Control;
        state->Registers = thread->Frame;
    }

    /// <summary>
    /// Loads the state of a virtual CPU of which the processor holds nothing. The state may come from anywhere: what ring 3 must not have
    /// is refused or made harmless. All that can fail is decided before anything is changed.
    /// </summary>
    /// <returns>BadArgument for another version, a breakpoint in the hole, or guest user mode without a root; otherwise as
    /// <see cref="GuestSpace.LoadRoots"/>.</returns>
    public static Status Load(PerCpu* cpu, VCpu* vcpu, VCpuState* state)
    {
        Invariant.Holds(cpu->Current != vcpu->Thread && cpu->DescriptorOwner != vcpu);
        if (state->Version != VCpuState.CurrentVersion || (state->UserMode != 0 && state->UserRootFrame == 0) || !AreAllowed(state->DebugAddresses))
        {
            return Status.BadArgument;
        }

        Status status = GuestSpace.LoadRoots(vcpu->Guest, VCpu.RootsOf(vcpu), state->KernelRootFrame, state->UserRootFrame, restartable: false);
        if (status != Status.Ok)
        {
            return status;
        }

        GuestSpace.LimitRoots(vcpu->Guest);
        vcpu->Roots.FaultAddress = state->FaultAddress;
        vcpu->SyscallTarget = state->UserMode != 0 ? cpu->GuestUserSyscall : cpu->GuestKernelSyscall;
        vcpu->Phase = state->Phase;
        vcpu->Crash = state->Reason;
        vcpu->CrashDetail = state->Detail;
        vcpu->EventCheck = true;
        for (int i = 0; i < DebugRegisters.Breakpoints; i++)
        {
            vcpu->Debug.Addresses[i] = state->DebugAddresses[i];
        }

        vcpu->Debug.Control = DebugRegisters.Harmless(state->DebugControl);
        LoadThread(cpu, vcpu->Thread, state);
        return Status.Ok;
    }

    private static void LoadThread(PerCpu* cpu, Thread* thread, VCpuState* state)
    {
        thread->Frame = state->Registers;
        if (state->UserMode == 0)
        {
            ResumeState.ToGuestKernel(&thread->Frame);
        }
        else
        {
            // Whether its descriptors allow what the frame names is tested when they are loaded, with the switch to it.
            _ = ResumeState.ToGuestUser(&thread->Frame);
        }

        thread->TlsBase = PageEntry.Canonical(state->TlsBase);
        thread->LocalBase = PageEntry.Canonical(state->LocalBase);
        thread->OtherLocalBase = PageEntry.Canonical(state->OtherLocalBase);
        thread->Selectors = state->Selectors;
        if (state->TimerDeadline != 0)
        {
            cpu->Timers.Arm(&thread->Timer, state->TimerDeadline, TimerKind.VCpu, thread);
        }
        else
        {
            cpu->Timers.Cancel(&thread->Timer);
        }
    }

    private static bool AreAllowed(ulong* addresses)
    {
        bool allowed = true;
        for (int i = 0; i < DebugRegisters.Breakpoints; i++)
        {
            allowed &= DebugRegisters.IsAllowed(addresses[i]);
        }

        return allowed;
    }
}

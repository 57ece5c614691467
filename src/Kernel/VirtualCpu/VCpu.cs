using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Tierce.Abi;
using Tierce.Kernel.Arch.Formats;
using Tierce.Kernel.Diagnostics;
using Tierce.Kernel.Objects;
using Tierce.Kernel.Processors;
using Tierce.Kernel.RomCalls;
using Tierce.Kernel.Scheduling;
using Tierce.Kernel.Translation;
using Tierce.Kernel.Translation.Guests;
using Tierce.Kernel.UserState;

namespace Tierce.Kernel.VirtualCpu;

/// <summary>
/// A virtual CPU: two contexts, VMUSR and VMINT, over one page that kernel and ROM share. The page records which of them runs; this code
/// decides what may be loaded. It takes one page of its owner's pool.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
[AssemblyNames("VIRTUAL")]
public unsafe partial struct VCpu
{
    /// <summary>The address spaces that it has loaded (<see cref="RootsOf"/>).</summary>
    [AssemblyNames("VIRTUAL")] public LoadedRoots Roots;

    /// <summary>The thread for the scheduler.</summary>
    public Thread* Thread;

    /// <summary>The guest it belongs to.</summary>
    public Guest* Guest;

    /// <summary>The shared page, in the direct map. The guest may write it at any time.</summary>
    public VCpuPage* Page;

    /// <summary>Bits of the monitor's notification for "stopped or asks".</summary>
    public ulong MonitorBits;

    /// <summary>Bits of the monitor's notification that the guest may set. All other bits are reserved for the monitor and its peers.</summary>
    public ulong GuestBits;

    /// <summary>Where it is in its life.</summary>
    public VCpuPhase Phase;

    /// <summary>Reason of its crash.</summary>
    public CrashReason Crash;

    /// <summary>See <see cref="CrashReason"/>.</summary>
    public ulong CrashDetail;

    /// <summary>
    /// Target of its SYSCALL, which tells whether guest user or guest kernel runs. Valid while it is not the current context.
    /// </summary>
    public ulong SyscallTarget;

    /// <summary>Pending may be set: test it before the next resume.</summary>
    public bool EventCheck;

    /// <summary>Entry points and text bounds of its ROM, read once from the ROM's header.</summary>
    public ulong RomTextStart, RomTextEnd, RomHypercall, RomSyscall, RomException, RomVmint;

    /// <summary>Its breakpoints: see <see cref="DebugRegisters"/>.</summary>
    public DebugState Debug;

    /// <summary>The line that the guest is writing to the log.</summary>
    public LogLine Line;

    /// <summary>
    /// The address spaces that a virtual CPU has loaded. They are its first member: to take the address of a member costs a test of the
    /// pointer, and a cast costs nothing.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LoadedRoots* RootsOf(VCpu* vcpu) => (LoadedRoots*)vcpu;

    /// <summary>Prepares a virtual CPU whose memory is zero. All that can fail is decided before anything is changed.</summary>
    /// <param name="guest">The guest.</param>
    /// <param name="pageFrame">Guest frame of the vCPU page.</param>
    /// <param name="bits">Bits to signal when it stops or asks.</param>
    /// <param name="headerFrame">Guest frame of the ROM's header.</param>
    /// <param name="thread">Its thread, zero except for what the scheduler needs.</param>
    /// <param name="vcpu">The memory.</param>
    /// <returns>BadFrame or BadArgument if the frames or the ROM's header are not usable.</returns>
    public static Status Create(Guest* guest, ulong pageFrame, ulong bits, ulong headerFrame, Thread* thread, VCpu* vcpu)
    {
        if (!guest->Owns(pageFrame) || !guest->Owns(headerFrame))
        {
            return Status.BadFrame;
        }

        // SAFETY: both frames are the guest's.
        if (!RomEntries.TryRead((RomHeader*)guest->FrameAddress(headerFrame), out RomEntries rom))
        {
            return Status.BadArgument;
        }

        vcpu->Thread = thread;
        vcpu->Guest = guest;
        vcpu->Page = (VCpuPage*)guest->FrameAddress(pageFrame);
        vcpu->MonitorBits = (uint)bits;
        vcpu->GuestBits = bits >> 32;
        vcpu->Phase = VCpuPhase.New;
        vcpu->RomTextStart = rom.TextStart;
        vcpu->RomTextEnd = rom.TextEnd;
        vcpu->RomHypercall = rom.Hypercall;
        vcpu->RomSyscall = rom.Syscall;
        vcpu->RomException = rom.Exception;
        vcpu->RomVmint = rom.Vmint;
        vcpu->Roots = LoadedRoots.None;
        return Status.Ok;
    }

    /// <summary>Executes a monitor's order.</summary>
    public static Status Control(PerCpu* cpu, VCpu* vcpu, VCpuOperation operation, ulong argument)
    {
        switch (operation)
        {
            case VCpuOperation.Start when vcpu->Phase == VCpuPhase.New:
                return Start(cpu, vcpu, argument);
            case VCpuOperation.Resume when vcpu->Phase == VCpuPhase.Asking:
                vcpu->Phase = VCpuPhase.Running;
                vcpu->EventCheck = true;
                Scheduler.MakeReady(cpu, vcpu->Thread);
                return Status.Ok;
            case VCpuOperation.Inject:
                Raise(cpu, vcpu, argument & VCpuEvent.FromOutside);
                return Status.Ok;
            case VCpuOperation.Stop when vcpu->Phase != VCpuPhase.Crashed:
                vcpu->Phase = VCpuPhase.Stopped;
                LogLine.Flush(&vcpu->Line);
                Scheduler.Block(cpu, vcpu->Thread, WaitKind.VCpu);
                return Status.Ok;
            case VCpuOperation.Start or VCpuOperation.Resume or VCpuOperation.Stop:
                return Status.BadState;
            default:
                return Status.BadArgument;
        }
    }

    /// <summary>Reports why it stopped.</summary>
    public static void Query(PerCpu* cpu, VCpu* vcpu, VCpuQueryResults* results)
    {
        VCpuState state;
        VCpuTransfer.Save(cpu, vcpu, &state);
        Context* registers = (Context*)&state.Registers;
        results->State = (ulong)state.Phase;
        results->Reason = (ulong)state.Reason;
        results->Detail = state.Detail;
        results->InstructionPointer = registers->InstructionPointer;
        results->StackPointer = registers->StackPointer;
        results->RootFrame = state.KernelRootFrame;
    }

    /// <summary>Prepares the end of its memory: releases its roots. The scheduler and the timers have removed it already.</summary>
    public static void Destroy(PerCpu* cpu, VCpu* vcpu)
    {
        LogLine.Flush(&vcpu->Line);
        cpu->Timers.Cancel(&vcpu->Thread->Timer);
        CurrentContext.Forget(cpu, vcpu->Thread);
        if (cpu->DescriptorOwner == vcpu)
        {
            cpu->DescriptorOwner = null;
            cpu->FastSwitchGuest = null;
        }

        GuestSpace.ReleaseRoots(vcpu->Guest, RootsOf(vcpu));
    }

    /// <summary>Sets pending bits; wakes it if it waits for events.</summary>
    public static void Raise(PerCpu* cpu, VCpu* vcpu, ulong events)
    {
        System.Threading.Interlocked.Or(ref vcpu->Page->Pending, events);
        vcpu->EventCheck = true;
        if (vcpu->Phase == VCpuPhase.Blocked)
        {
            vcpu->Phase = VCpuPhase.Running;
            vcpu->EventCheck = false;
            Scheduler.MakeReady(cpu, vcpu->Thread);
        }
    }

    /// <summary>
    /// Sets pending bits of a virtual CPU, with this page, that will now run. Returns whether VMINT runs, as <see cref="EntersVmint"/>.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool RaiseNow(VCpu* vcpu, VCpuPage* page, ulong events)
    {
        // The exchange is a barrier: later reads are not moved before it, and each is done once.
        System.Threading.Interlocked.Or(ref page->Pending, events);
        vcpu->EventCheck = false;
        return page->InVmint == 0;
    }

    /// <summary>The one-shot timer of a virtual CPU's thread has fired.</summary>
    public static void TimerExpired(PerCpu* cpu, Thread* owner) => Raise(cpu, owner->VCpu, VCpuEvent.Timer);

    /// <summary>Stops a virtual CPU that cannot continue, for good, and signals its monitor.</summary>
    public static void Fail(PerCpu* cpu, VCpu* vcpu, CrashReason reason, ulong detail)
    {
        vcpu->Phase = VCpuPhase.Crashed;
        vcpu->Crash = reason;
        vcpu->CrashDetail = detail;
        LogLine.Flush(&vcpu->Line);
        Scheduler.Block(cpu, vcpu->Thread, WaitKind.VCpu);
        VCpuState state;
        VCpuTransfer.Save(cpu, vcpu, &state);
        GuestReport.Crash(&state, vcpu->Page);
        ThreadLife.NotifyMonitor(cpu, vcpu->Thread, vcpu->MonitorBits);
    }

    /// <summary>Stops it until the monitor has answered.</summary>
    public static void Ask(PerCpu* cpu, VCpu* vcpu)
    {
        if (vcpu->Page->Request == (ulong)MonitorRequest.Shutdown)
        {
            CounterReport.Write(cpu);
        }

        vcpu->Phase = VCpuPhase.Asking;
        Scheduler.Block(cpu, vcpu->Thread, WaitKind.VCpu);
        ThreadLife.NotifyMonitor(cpu, vcpu->Thread, vcpu->MonitorBits);
    }

    /// <summary>
    /// Whether the current context is a virtual CPU in guest user mode. Entry code records that in the target of SYSCALL.
    /// </summary>
    public static bool IsInUser(PerCpu* cpu) => cpu->SyscallTarget == cpu->GuestUserSyscall;

    /// <summary>Fills the fields that entry code needs of a virtual CPU. Part of a context switch.</summary>
    public static void TellEntries(PerCpu* cpu, VCpu* vcpu)
    {
        cpu->VCpuPage = vcpu->Page;
        cpu->RomTextStart = vcpu->RomTextStart;
        cpu->RomTextEnd = vcpu->RomTextEnd;
        cpu->RomHypercall = vcpu->RomHypercall;
        cpu->RomSyscall = vcpu->RomSyscall;
        cpu->RomException = vcpu->RomException;
        cpu->NoteCount = vcpu->Guest->NoteCount;
        cpu->GuestMemory = vcpu->Guest->FrameAddress(0);
        cpu->GuestBytes = vcpu->Guest->Frames << 12;
        RootsChanged(cpu, vcpu);
    }

    /// <summary>Handles new descriptors of the current virtual CPU: a frame that no longer fits them raises the exception.</summary>
    public static void RecheckSelectors(PerCpu* cpu, VCpu* vcpu)
    {
        ulong fault = ResumeState.CheckTarget(&vcpu->Thread->Frame);
        if (fault != 0)
        {
            VirtualException.Reflect(cpu, vcpu, ResumeState.FaultVector(fault), ResumeState.FaultCode(fault), 0);
        }
    }

    /// <summary>Updates the fields in which entry code finds the roots of the current virtual CPU, the cache's and the guest's.</summary>
    public static void RootsChanged(PerCpu* cpu, VCpu* vcpu)
    {
        cpu->GuestKernelRoot = vcpu->Roots.KernelTop;
        cpu->GuestUserRoot = vcpu->Roots.UserTop;
        cpu->GuestUserTable = vcpu->Guest->FrameAddress(vcpu->Roots.UserRootFrame);
    }

    /// <summary>Whether VMINT runs next: an event is pending, and VMINT does not run. Tested once before each resume.</summary>
    public static bool EntersVmint(VCpu* vcpu)
    {
        if (!vcpu->EventCheck)
        {
            return false;
        }

        vcpu->EventCheck = false;
        VCpuPage* page = vcpu->Page;
        return Volatile.Read(ref page->Pending) != 0 && Volatile.Read(ref page->InVmint) == 0;
    }

    /// <summary>
    /// Interrupts were taken in the middle of work for the current thread. If one has raised an event of its virtual CPU, the thread must
    /// not resume by a short way (<see cref="ShortEntries"/>), which tests for no event: the guest's own timer does not fire again until it
    /// was handled.
    /// </summary>
    public static void SeeEvents(PerCpu* cpu)
    {
        VCpu* vcpu = cpu->Current->VCpu;
        cpu->Reschedule |= vcpu != null && vcpu->EventCheck;
    }

    private static Status Start(PerCpu* cpu, VCpu* vcpu, ulong rootFrame)
    {
        VCpuState state;
        VCpuTransfer.Save(cpu, vcpu, &state);
        ResumeState.Load(&state.Registers, vcpu->Page);
        state.UserMode = 0;
        state.KernelRootFrame = rootFrame;
        state.Phase = VCpuPhase.Running;
        Status status = VCpuTransfer.Load(cpu, vcpu, &state);
        if (status == Status.Ok)
        {
            Scheduler.MakeReady(cpu, vcpu->Thread);
        }

        return status;
    }
}

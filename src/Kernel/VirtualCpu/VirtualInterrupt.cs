using System.Runtime.CompilerServices;
using Tierce.Abi;
using Tierce.Kernel.Processors;
using Tierce.Kernel.Translation;
using Tierce.Kernel.UserState;

namespace Tierce.Kernel.VirtualCpu;

/// <summary>The two ends of an interrupt at a virtual CPU: entering VMINT, and RCV, its return to VMUSR.</summary>
public static unsafe class VirtualInterrupt
{
    // SAFETY: a thread begins with the frame that entry code loads.

    /// <summary>
    /// Stops VMUSR and starts VMINT in the ROM. The state that IRET restores goes to the shared page. The general registers are still
    /// VMUSR's; VMINT saves those that it needs.
    /// </summary>
    public static void Enter(PerCpu* cpu, VCpu* vcpu)
    {
        Start(cpu, vcpu, (RegisterFrame*)vcpu->Thread, vcpu->Page, VCpu.IsInUser(cpu) ? 1u : 0);
        RingSwitch.ToKernel(cpu);
    }

    /// <summary>The part of <see cref="Enter"/> in memory; the rest is the switch to the guest kernel's ring.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Start(PerCpu* cpu, VCpu* vcpu, RegisterFrame* frame, VCpuPage* page, uint userMode)
    {
        cpu->Counters.VirtualInterrupts = cpu->Counters.VirtualInterrupts + 1;
        *(EntryFrame*)&page->Usr.Rip = *(EntryFrame*)&frame->Rip;
        page->UserMode = userMode;
        page->InVmint = 1;
        RingSwitch.EnterRom(frame, vcpu->RomVmint);
    }

    /// <summary>RCV: resumes VMUSR with the registers that the page holds now.</summary>
    public static void Receive(PerCpu* cpu, VCpu* vcpu)
    {
        VCpuPage* page = vcpu->Page;
        RegisterFrame* frame = &vcpu->Thread->Frame;
        Volatile.Write(ref page->InVmint, 0);
        vcpu->EventCheck = true;
        ResumeState.Load(frame, page);
        if (Volatile.Read(ref page->UserMode) == 0)
        {
            ResumeState.ToGuestKernel(frame);
            return;
        }

        GuestSpace.TakeNotes(vcpu->Guest, VCpu.RootsOf(vcpu), waiting: false);
        RingSwitch.ResumeUser(cpu, vcpu, frame);
    }
}

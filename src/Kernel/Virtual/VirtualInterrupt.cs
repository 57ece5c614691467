using System.Runtime.CompilerServices;
using Tierce.Abi;

namespace Tierce.Kernel;

/// <summary>The two ends of an interrupt at a virtual CPU: entering VMINT, and RCV, its return to VMUSR.</summary>
public static unsafe class VirtualInterrupt
{
    /// <summary>
    /// VMUSR stops where it is, and VMINT starts in the ROM: what IRET would restore goes to the shared page, the general registers are
    /// still VMUSR's, and VMINT saves what it needs.
    /// </summary>
    public static void Enter(PerCpu* cpu, VCpu* vcpu)
    {
        Start(cpu, vcpu, VCpu.IsInUser(cpu));
        RingSwitch.ToKernel(cpu);
    }

    /// <summary>What <see cref="Enter"/> does in memory: the rest is the switch to the guest kernel's ring.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Start(PerCpu* cpu, VCpu* vcpu, bool user)
    {
        cpu->Counters.VirtualInterrupts++;
        RegisterFrame* frame = &vcpu->Thread->Frame;
        VCpuPage* page = vcpu->Page;
        page->Usr.Rip = frame->Rip;
        page->Usr.Cs = frame->Cs;
        page->Usr.Rflags = frame->Rflags;
        page->Usr.Rsp = frame->Rsp;
        page->Usr.Ss = frame->Ss;
        page->UserMode = user ? 1u : 0u;
        page->InVmint = 1;
        RingSwitch.EnterRom(frame, vcpu->RomVmint);
    }

    /// <summary>RCV: VMUSR goes on with the registers that the page holds now.</summary>
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

        vcpu->Guest->TakeNotesBeforeUser(vcpu);
        VmCalls.ResumeUser(cpu, vcpu, frame);
    }
}

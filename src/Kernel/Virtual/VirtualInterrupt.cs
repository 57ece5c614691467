using Tierce.Abi;

namespace Tierce.Kernel;

/// <summary>The two ends of an interrupt at a virtual CPU: entering VMINT, and RCV, its return to VMUSR.</summary>
public static unsafe class VirtualInterrupt
{
    /// <summary>VMUSR stops where it is, its registers go to the shared page, and VMINT starts in the ROM.</summary>
    public static void Enter(PerCpu* cpu, VCpu* vcpu)
    {
        cpu->Counters.VirtualInterrupts++;
        RegisterFrame* frame = &vcpu->Thread->Frame;
        VCpuPage* page = vcpu->Page;
        Save(frame, &page->Usr);
        page->UserMode = VCpu.IsInUser(cpu) ? 1u : 0u;
        page->InVmint = 1;
        RingSwitch.ToKernel(cpu);
        RingSwitch.EnterRom(frame, vcpu->RomVmint);
    }

    /// <summary>Word by word: a loop costs three times as many instructions, a copy of the structure SIMD registers.</summary>
    private static void Save(RegisterFrame* from, RegisterFrame* to)
    {
        to->Rax = from->Rax;
        to->Rbx = from->Rbx;
        to->Rcx = from->Rcx;
        to->Rdx = from->Rdx;
        to->Rsi = from->Rsi;
        to->Rdi = from->Rdi;
        to->Rbp = from->Rbp;
        to->R8 = from->R8;
        to->R9 = from->R9;
        to->R10 = from->R10;
        to->R11 = from->R11;
        to->R12 = from->R12;
        to->R13 = from->R13;
        to->R14 = from->R14;
        to->R15 = from->R15;
        to->Rip = from->Rip;
        to->Cs = from->Cs;
        to->Rflags = from->Rflags;
        to->Rsp = from->Rsp;
        to->Ss = from->Ss;
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

        vcpu->Guest->TakeNotesBeforeUser();
        VmCalls.ResumeUser(cpu, vcpu, frame);
    }
}

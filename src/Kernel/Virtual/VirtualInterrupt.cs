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
        ulong* from = (ulong*)frame;
        ulong* to = (ulong*)&page->Usr;
        for (int i = 0; i < sizeof(RegisterFrame) / sizeof(ulong); i++)
        {
            to[i] = from[i];
        }

        page->UserMode = VCpu.IsInUser(cpu) ? 1u : 0u;
        page->InVmint = 1;
        RingSwitch.ToKernel(cpu);
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

        vcpu->Guest->TakeNotesBeforeUser();
        VmCalls.ResumeUser(cpu, vcpu, frame);
    }
}

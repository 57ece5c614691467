using Tierce.Abi;
using Tierce.Cases;
using Tierce.Kernel.Processors;
using Tierce.Kernel.UserState;

namespace Tierce.Kernel.VirtualCpu;

/// <summary>
/// In the place of the shipped kernel's file of that name: the two ends of an interrupt at a virtual CPU, each case its own. The ROM is
/// entered with the frame on the guest's stack in RDI (0 where VMINT is a context of its own), and the case in RSI.
/// </summary>
public static unsafe class VirtualInterrupt
{
    // SAFETY: a thread begins with the frame that entry code loads.

    /// <summary>An event is pending: the guest's handler, or VMINT, starts in the ROM.</summary>
    public static void Enter(PerCpu* cpu, VCpu* vcpu)
    {
        Start(cpu, vcpu, (RegisterFrame*)vcpu->Thread, vcpu->Page, VCpu.IsInUser(cpu) ? 1u : 0);
        RingSwitch.ToKernel(cpu);
    }

    /// <summary>What <see cref="Enter"/> does in memory.</summary>
    public static void Start(PerCpu* cpu, VCpu* vcpu, RegisterFrame* frame, VCpuPage* page, uint userMode)
    {
        cpu->Counters.VirtualInterrupts++;
        ulong onStack = 0;
        if (Delivery.HasOneContext)
        {
            // Guest user would need the guest kernel's stack: the test guest has none.
            onStack = userMode != 0 ? 0 : Delivery.Push(vcpu, frame);
            if (onStack == 0)
            {
                VCpu.Fail(cpu, vcpu, CrashReason.BadStack, frame->Rsp);
                return;
            }
        }
        else if (Delivery.Case == CaseName.IIIA)
        {
            Delivery.Keep(frame);
        }
        else
        {
            Delivery.Copy(&page->Usr, frame);
        }

        page->UserMode = userMode;
        page->InVmint = 1;
        RingSwitch.EnterRom(frame, vcpu->RomVmint);
        frame->Rdi = onStack;
        frame->Rsi = (ulong)Delivery.Case;
        frame->Rsp = onStack;
    }

    /// <summary>RCV, and in case I A the trap that stands for IRET. The other cases with one context never come here.</summary>
    public static void Receive(PerCpu* cpu, VCpu* vcpu)
    {
        RegisterFrame* frame = &vcpu->Thread->Frame;
        if (Delivery.HasOneContext)
        {
            if (Delivery.Case != CaseName.IA || !Delivery.Pop(vcpu, frame->Rsp))
            {
                VCpu.Fail(cpu, vcpu, CrashReason.BadState, frame->Rsp);
            }

            return;
        }

        VCpuPage* page = vcpu->Page;
        Volatile.Write(ref page->InVmint, 0);
        vcpu->EventCheck = true;
        if (Delivery.Case == CaseName.IIIA)
        {
            Delivery.Kept(frame);
        }
        else
        {
            ResumeState.Load(frame, page);
        }

        if (Volatile.Read(ref page->UserMode) == 0)
        {
            ResumeState.ToGuestKernel(frame);
            return;
        }

        RingSwitch.ResumeUser(cpu, vcpu, frame);
    }
}

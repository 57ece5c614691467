using Tierce.Abi;

namespace Tierce.Kernel;

/// <summary>An exception in a guest: a miss of the page-table cache, or the guest's own, which the ROM delivers.</summary>
internal static unsafe class VirtualException
{
    private const ulong FaultFromUser = 4;
    private const ulong TrapFlag = 1 << 8;

    /// <summary>Handles an exception of the current virtual CPU.</summary>
    public static void Handle(PerCpu* cpu, VCpu* vcpu, uint vector, ulong errorCode, ulong faultAddress)
    {
        bool user = VCpu.IsInUser(cpu);
        if (vector < Counters.MostExceptions)
        {
            cpu->Counters.Exceptions[vector]++;
        }

        if (vector == Vector.PageFault)
        {
            Guest* guest = vcpu->Guest;
            FillResult result = guest->Fill(vcpu, user, faultAddress, errorCode);
            if (result.Filled)
            {
                cpu->Counters.HiddenFaults++;
                return;
            }

            errorCode = user ? result.ErrorCode | FaultFromUser : result.ErrorCode & ~FaultFromUser;
        }

        if (vector == Vector.Debug)
        {
            faultAddress = Cpu.TakeDebugStatus();
            RegisterFrame* frame = &vcpu->Thread->Frame;
            if (!user && frame->Rip >= vcpu->RomTextStart && frame->Rip < vcpu->RomTextEnd)
            {
                // The ROM is not stepped, nor what follows: the guest's kernel has called it while it single-steps, or it met a watched address.
                frame->Rflags &= ~TrapFlag;
                return;
            }
        }

        Reflect(cpu, vcpu, vector, errorCode, faultAddress);
    }

    /// <summary>Gives an exception to the ROM.</summary>
    public static void Reflect(PerCpu* cpu, VCpu* vcpu, uint vector, ulong errorCode, ulong faultAddress)
    {
        RegisterFrame* frame = &vcpu->Thread->Frame;
        VCpuPage* page = vcpu->Page;
        page->Entry.Rip = frame->Rip;
        page->Entry.Cs = frame->Cs;
        page->Entry.Rflags = frame->Rflags;
        page->Entry.Rsp = frame->Rsp;
        page->Entry.Ss = frame->Ss;
        page->Vector = vector;
        page->ErrorCode = errorCode;
        page->FaultAddress = faultAddress;
        page->EntryUserMode = VCpu.IsInUser(cpu) ? 1u : 0u;
        RingSwitch.ToKernel(cpu);
        RingSwitch.EnterRom(frame, vcpu->RomException);
    }
}

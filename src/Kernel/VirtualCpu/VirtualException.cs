using System.Runtime.CompilerServices;
using Tierce.Abi;
using Tierce.Kernel.Arch.Formats;
using Tierce.Kernel.Arch.Instructions;
using Tierce.Kernel.Processors;
using Tierce.Kernel.Scheduling;
using Tierce.Kernel.Translation;
using Tierce.Kernel.Translation.Guests;

namespace Tierce.Kernel.VirtualCpu;

/// <summary>An exception in a guest: a miss of the page-table cache, or the guest's own, which the ROM delivers.</summary>
internal static unsafe class VirtualException
{
    private const ulong FaultFromUser = 4;
    private const ulong TrapFlag = 1 << 8;

    /// <summary>Handles an exception of the current virtual CPU, other than a page fault.</summary>
    public static void Handle(PerCpu* cpu, VCpu* vcpu, uint vector, ulong errorCode, ulong faultAddress)
    {
        if (vector < Counters.MostExceptions)
        {
            cpu->Counters.Exceptions[vector]++;
        }

        if (vector == Vector.Debug)
        {
            faultAddress = Cpu.TakeDebugStatus();
            RegisterFrame* frame = &vcpu->Thread->Frame;
            if (!VCpu.IsInUser(cpu) && frame->Rip >= vcpu->RomTextStart && frame->Rip < vcpu->RomTextEnd)
            {
                // The ROM is not single-stepped, nor what follows: the guest's kernel has called it while it single-steps, or it met a
                // watched address.
                frame->Rflags &= ~TrapFlag;
                return;
            }
        }

        if (vector == Vector.GeneralProtection && VCpu.IsInUser(cpu))
        {
            ShowOwnSelectors(cpu, &vcpu->Thread->Frame);
        }

        Reflect(cpu, vcpu, vector, errorCode, faultAddress);
    }

    /// <summary>
    /// SYSRET enters guest user with Xen's flat selectors. When Linux decodes the instruction of a general protection fault, such as SGDT,
    /// it treats a selector as a signed number and fails on these. If its own selectors mean the same, the frame shows those instead.
    /// </summary>
    private static void ShowOwnSelectors(PerCpu* cpu, RegisterFrame* frame)
    {
        if (frame->Cs == Thread.UserCode && frame->Ss == Thread.UserData)
        {
            frame->Cs = cpu->OtherUserCode;
            frame->Ss = cpu->OtherUserData;
        }
    }

    /// <summary>Handles a page fault of the current virtual CPU.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PageFault(PerCpu* cpu, VCpu* vcpu, ulong errorCode, ulong address)
    {
        cpu->Counters.Exceptions[Vector.PageFault]++;
        bool user = VCpu.IsInUser(cpu);
        FillResult result = GuestSpace.Fill(vcpu->Guest, VCpu.RootsOf(vcpu), user, address, errorCode);
        if (result.Filled)
        {
            cpu->Counters.HiddenFaults++;
            return;
        }

        vcpu->Roots.FaultAddress = user ? address : 0;
        Deliver(cpu, vcpu, Vector.PageFault, user ? result.ErrorCode | FaultFromUser : result.ErrorCode, address, user);
    }

    /// <summary>Passes an exception to the ROM.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Reflect(PerCpu* cpu, VCpu* vcpu, uint vector, ulong errorCode, ulong faultAddress) =>
        Deliver(cpu, vcpu, vector, errorCode, faultAddress, VCpu.IsInUser(cpu));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Deliver(PerCpu* cpu, VCpu* vcpu, uint vector, ulong errorCode, ulong faultAddress, bool user)
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
        page->EntryUserMode = user ? 1u : 0u;
        RingSwitch.EnterRom(frame, vcpu->RomException);
        if (user)
        {
            RingSwitch.FromUser(cpu);
        }
    }
}
